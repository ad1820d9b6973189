"""The question in what a citizen writes: without salutation, thanks and signature."""

import re

_SENTENCE = re.compile(r"[^.!?\n]*[.!?]+|[^.!?\n]+")
_SALUTATION = re.compile(
    r"^\s*(?:(?:dag|beste|geachte|hallo|hoi|goedemorgen|goedemiddag|goedenavond|goeiedag|hi|hello|dear)\b"
    r"(?:[ \t]+(?:heer|mevrouw|meneer|sir|madam|allemaal|team|iedereen|stad|gemeente|[A-Z][\w'-]*|[/]))*"
    r"[ \t]*(?:[,!.:\n]|$))+",
    re.IGNORECASE,
)
_CLOSING = re.compile(
    r"(?:^|(?<=[.!?\n,]))\s*(?:met vriendelijke groet\w*|(?:vriendelijke|hartelijke) groet\w*|groet(?:en|jes)?|mvg|"
    r"hoogachtend|alvast (?:hartelijk )?(?:bedankt|dank)|bij voorbaat dank|(?:kind |best )?regards|many thanks)\b.*",
    re.IGNORECASE | re.DOTALL,
)


def core(text: str) -> str:
    """The sentences that ask, or all that is left without courtesies when none has a question mark.

    Never empty for a text that has words: when only courtesies are there, the text itself comes back.
    """
    plain = _CLOSING.sub("", _SALUTATION.sub("", text, count=1)).strip()
    if not re.search(r"\w", plain):
        return text.strip()
    sentences = [sentence.strip() for sentence in _SENTENCE.findall(plain) if re.search(r"\w", sentence)]
    asking = [sentence for sentence in sentences if sentence.endswith("?")]
    return " ".join(asking or sentences)
