"""The question in what a citizen writes: without salutation, thanks and signature. Linear in the length of the text."""

import re

_SALUTATION = re.compile(
    r"(?:dag|beste|geachte|hallo|hoi|goedemorgen|goedemiddag|goedenavond|goeiedag|hi|hello|dear)\b"
    r"(?: (?:heer|mevrouw|meneer|sir|madam|allemaal|team|iedereen|stad|gemeente|/|[A-Z][\w'-]*))*"
    r" ?(?:[,!.:]|$)",
    re.IGNORECASE,
)
_CLOSING = re.compile(
    r"(?:met vriendelijke groet|vriendelijke groet|hartelijke groet|groet(?:en|jes)?\b|mvg\b|hoogachtend\b|"
    r"alvast (?:hartelijk )?(?:bedankt|dank)|bij voorbaat dank|kind regards|best regards|regards\b|many thanks)",
    re.IGNORECASE,
)
_ENDS = ".!?"


def core(text: str) -> str:
    """The sentences that ask, or all that is left without courtesies when none has a question mark.

    Never empty for a text that has words: when only courtesies are there, the text itself comes back.
    """
    sentences: list[str] = []
    for piece in _pieces(text):
        if _CLOSING.match(piece):
            break
        rest = piece
        if not sentences and (salutation := _SALUTATION.match(piece)):
            rest = piece[salutation.end() :].strip()
        if any(char.isalnum() for char in rest):
            sentences.append(rest)
    asking = [sentence for sentence in sentences if sentence.endswith("?")]
    return " ".join(asking or sentences) or " ".join(text.split())


def _pieces(text: str) -> list[str]:
    """Sentences and lines, with single spaces; a closing after a comma begins a piece of its own."""
    pieces: list[str] = []
    for line in text.splitlines():
        start, plain = 0, " ".join(line.split())
        for place, char in enumerate(plain):
            is_comma_before_closing = char == "," and _CLOSING.match(plain, place + 2)
            if char in _ENDS or is_comma_before_closing:
                pieces.append(plain[start : place + 1].strip())
                start = place + 1
        pieces.append(plain[start:].strip())
    return [piece for piece in pieces if piece]
