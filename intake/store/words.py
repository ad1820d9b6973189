"""The words by which contacts are found: folded, without accents, each a prefix to look up."""

import re
import unicodedata

WORD_CHARS = 40
WORDS = 32
"""At most so many words of one text are kept: a subject has 200 characters."""

_WORD = re.compile(r"[^\W_]+")
_PHONE = re.compile(r"[+0-9][0-9 ./()-]{5,}")


def of(text: str) -> list[str]:
    """The different words of `text`, in order: `Één Café` gives `een` and `cafe`."""
    plain = "".join(char for char in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(char))
    return list(dict.fromkeys(word[:WORD_CHARS] for word in _WORD.findall(plain)))[:WORDS]


def of_phone(value: str) -> list[str]:
    """A phone number as one word that starts with its last digit: however people write the start, the end is alike."""
    digits = re.sub(r"\D", "", value)
    return ["#" + digits[::-1]] if digits else []


def asked(text: str) -> list[str]:
    """The words to look for, the longest first: it narrows most."""
    if _PHONE.fullmatch(text.strip()):
        return ["#" + re.sub(r"\D", "", text).lstrip("0")[::-1]]
    return sorted(of(text), key=len, reverse=True)


def end_of_prefix(word: str) -> str:
    """The first text after all texts that start with `word`, in code point order."""
    return word + "\U0010ffff"
