"""Text as the ranking sees it: folded, cut into words, without politeness."""

import re
import unicodedata

# Longer mails hold their question near the start; ranking time grows with the length.
MAX_CHARS = 1_000

# Phrases, not single words: inside one, words that mean something elsewhere ("graag weten") mean nothing.
_POLITE = re.compile(
    r"\b(?:"
    r"goede(?:morgen|middag|avond|ndag)|goeie(?:morgen|middag|avond|ndag)|goedendag|dag allemaal|hallo|hoi|hey|"
    r"beste(?: (?:meneer|mevrouw|heer|allemaal|gemeente|stad))*|geachte(?: (?:heer|mevrouw|meneer))*|"
    r"ik (?:zou|wil|wilde|had) (?:(?:graag|eens|even|u|je|jullie) )*(?:willen )?(?:weten|vragen)|"
    r"(?:kunt u|kun je|kan u|kunnen jullie|kan je|kan iemand|weet u|weet je|weet iemand)"
    r"(?: (?:mij|me|ons|even|misschien|soms))*(?: (?:vertellen|zeggen|uitleggen|helpen|laten weten))?|"
    r"ik heb een vraag(?:je)?(?: over)?|(?:mijn|een) vraag is|mijn vraag|"
    r"(?:alvast |hartelijk )?(?:bedankt|dank u(?: wel)?|dank je(?: wel)?|dankjewel)|"
    r"met vriendelijke groet(?:en)?|vriendelijke groet(?:en)?|hoogachtend|mvg|alstublieft|alsjeblieft|aub|svp|"
    r"good (?:morning|afternoon|evening)|hello|hi there|dear (?:sir|madam|sir or madam)|"
    r"(?:can|could) you (?:please )?(?:tell|help|explain)(?: me| us)?|i (?:would like|d like|want) to know|"
    r"thank you(?: very much)?|thanks(?: a lot)?|kind regards|best regards|please|"
    r"bonjour|bonsoir|madame|monsieur|s il vous plait|merci(?: beaucoup| d avance)?|cordialement|"
    r"je voudrais savoir|pouvez vous(?: me dire)?"
    r")\b"
)
_NO_WORD = re.compile(r"[^a-z0-9]+")
_LETTERS = str.maketrans({"æ": "ae", "ø": "o", "ß": "ss", "œ": "oe"})
_WORD = re.compile(r"[^\W_]+(?:['’.\-][^\W_]+)*")


def fold(text: str) -> str:
    """Lower case, no accents, everything but letters and digits a single space; at most MAX_CHARS read."""
    lowered = text[:MAX_CHARS].lower().translate(_LETTERS)
    bare = "".join(c for c in unicodedata.normalize("NFKD", lowered) if not unicodedata.combining(c))
    return _NO_WORD.sub(" ", bare).strip()


def question_words(text: str) -> list[str]:
    """The folded words without greetings and politeness; all words when nothing else is left."""
    folded = fold(text)
    kept = _POLITE.sub(" ", folded).split()
    return kept or folded.split()


def surface_forms(text: str) -> dict[str, str]:
    """Each folded word with the first way the citizen wrote it, in lower case."""
    forms: dict[str, str] = {}
    for match in _WORD.finditer(text[:MAX_CHARS]):
        for word in fold(match.group()).split():
            forms.setdefault(word, match.group().lower())
    return forms
