"""What the citizen says now, apart from quoted mail and signatures. Nothing is deleted: the rest is folded away.

Line by line and in linear time; the marks are those of the mailers people use in Dutch, French, German and English.
"""

import re
from typing import Final

_SEPARATOR: Final = re.compile(
    r"^\W{0,3}(?:-{2,}|_{2,})\s*(?:oorspronkelijk bericht|origineel bericht|originele bericht|doorgestuurd bericht"
    r"|original message|original appointment|forwarded message|message d['’]origine|message original"
    r"|message d['’]origine|message transf[ée]r[ée]|ursprüngliche nachricht|originalnachricht"
    r"|weitergeleitete nachricht)\s*(?:-{2,}|_{2,})?\s*$",
    re.IGNORECASE,
)
_RULE: Final = re.compile(r"^\s*[_-]{20,}\s*$")
_FIELD: Final = re.compile(
    r"^[>*\s]{0,8}(van|verzonden|verstuurd|datum|aan|onderwerp|cc|from|sent|date|to|subject|de|envoyé|envoyé le|à"
    r"|objet|von|gesendet|an|betreff)\s?\*?\s?:",
    re.IGNORECASE,
)
_FIRST_FIELDS: Final = frozenset({"van", "from", "de", "von"})
_MIN_FIELDS: Final = 3
_BLOCK_LINES: Final = 8
_WROTE: Final = re.compile(
    r"^[>\s]{0,8}(?:"
    r"op\b.{4,300}\bschreef\b.{0,200}:"
    r"|.{4,200}\bschreef (?:op|het volgende)\b.{0,200}:"
    r"|on\b.{4,300}\bwrote\s?:"
    r"|le\b.{4,300}\ba écrit\s?:"
    r"|am\b.{4,300}\bschrieb\b.{0,200}:"
    r")\s*$",
    re.IGNORECASE,
)
_WROTE_LINES: Final = 4
_WROTE_STARTS: Final = re.compile(r"^[>\s]{0,8}(?:op|on|le|am)\b", re.IGNORECASE)
_OTHER_WROTE: Final = re.compile(r"[^\s<>@]{1,100}@[^\s<>@]{1,200}.{0,100}:\s*$")
_DEVICE: Final = re.compile(
    r"^\s*(?:verstuurd|verzonden|verstuurd|gestuurd) (?:vanaf|vanuit|van|met|via) (?:mijn|een|outlook|mail|yahoo|gmail"
    r"|samsung|proton)\b.{0,60}$"
    r"|^\s*(?:download|verkrijg|get|télécharger|holen sie sich|obtenez) outlook (?:voor|for|pour|für)\b.{0,80}$"
    r"|^\s*outlook voor \w+ downloaden.{0,60}$"
    r"|^\s*sent from (?:my|a|outlook|mail|yahoo|samsung|proton)\b.{0,60}$"
    r"|^\s*envoyé (?:de|depuis|à partir de) (?:mon|ma|outlook|mail|yahoo|l['’]).{0,60}$"
    r"|^\s*von mein\w{0,2} .{1,40} gesendet\.?\s*$"
    r"|^\s*gesendet (?:von|mit) .{1,60}$",
    re.IGNORECASE,
)
_SIGNATURE_LINES: Final = 20
_WORDS_OF_OWN: Final = re.compile(r"\w")


def split(text: str) -> tuple[str, str]:
    """(what is said now, what is quoted or signed); the second is empty when the mail is nothing but a quote.

    An answer that stands between the lines of a quote keeps those lines: it means nothing without them.
    """
    lines = text.split("\n")
    cut = _cut(lines)
    own, folded = _inside(lines[:cut])
    rest = [line for part in (folded, lines[cut:]) for line in part]
    said = "\n".join(own).strip()
    if not _WORDS_OF_OWN.search(said):
        return text.strip(), ""
    return said, "\n".join(rest).strip("\n").rstrip()


def _cut(lines: list[str]) -> int:
    """The first line from which on everything is older mail."""
    last_marked = max((index for index, line in enumerate(lines) if line.lstrip().startswith(">")), default=-1)
    for index, line in enumerate(lines):
        if _SEPARATOR.match(line) or (_is_header_block(lines, index)):
            return index - (index > 0 and bool(_RULE.match(lines[index - 1])))
        length = _attribution(lines, index)
        if length and last_marked < index + length:
            return index
    return len(lines)


def _is_header_block(lines: list[str], index: int) -> bool:
    """Whether the fields of an older mail (Van, Verzonden, Aan, Onderwerp) begin here."""
    first = _FIELD.match(lines[index])
    if first is None or first[1].lower() not in _FIRST_FIELDS:
        return False
    found = {match[1].lower() for line in lines[index : index + _BLOCK_LINES] if (match := _FIELD.match(line))}
    return len(found) >= _MIN_FIELDS


def _attribution(lines: list[str], index: int) -> int:
    """How many lines the "Op … schreef …:" takes that begins here; 0 when none does."""
    line = lines[index]
    if _WROTE_STARTS.match(line) or "schreef" in line:
        joined = ""
        for length, part in enumerate(lines[index : index + _WROTE_LINES], 1):
            if not part.strip():
                break
            joined = f"{joined} {part.strip()}".strip()
            if joined.endswith(":") and _WROTE.match(joined[:600]):
                return length
    if _OTHER_WROTE.search(line[-400:]):  # another language: an address, a colon, and then a quote
        following = next((later for later in lines[index + 1 : index + 4] if later.strip()), "")
        return int(following.lstrip().startswith(">"))
    return 0


def _inside(lines: list[str]) -> tuple[list[str], list[str]]:
    """Own and folded lines above the cut: `>` lines with what introduces them, device lines, signature."""
    is_own = [True] * len(lines)
    index = 0
    while index < len(lines):
        length = _attribution(lines, index) or int(lines[index].lstrip().startswith(">") or _is_device(lines[index]))
        for folded in range(index, min(len(lines), index + length)):
            is_own[folded] = False
        if not lines[index].strip() and index and not is_own[index - 1]:
            is_own[index] = False  # an empty line goes with what is above it
        index += max(1, length)
    signature = _signature(lines, is_own)
    for folded in range(signature, len(lines)):
        is_own[folded] = False
    if _between(lines, is_own):
        last = max(index for index, own in enumerate(is_own) if own and lines[index].strip())
        first = next(index for index, own in enumerate(is_own) if not own)
        for index in range(first, last):
            is_own[index] = not _is_device(lines[index])
    return (
        [line for line, own in zip(lines, is_own, strict=True) if own],
        [line for line, own in zip(lines, is_own, strict=True) if not own],
    )


def _is_device(line: str) -> bool:
    return len(line) < 120 and _DEVICE.match(line) is not None  # noqa: PLR2004 - such a line is short


def _signature(lines: list[str], is_own: list[bool]) -> int:
    """Where the signature begins that ends the own lines: `-- ` alone on a line. Source: RFC 3676 4.3."""
    for index in range(len(lines) - 1, max(-1, len(lines) - _SIGNATURE_LINES - 1), -1):
        if lines[index] in {"-- ", "--"} and all(
            own or not later.strip() for own, later in zip(is_own[index:], lines[index:], strict=True)
        ):
            return index
    return len(lines)


def _between(lines: list[str], is_own: list[bool]) -> bool:
    """Whether own words stand in two or more places after the first quote: answers between the lines."""
    places, after_quote, in_quote = 0, False, False
    for line, own in zip(lines, is_own, strict=True):
        if not line.strip():
            continue
        if not own:
            after_quote = in_quote = True
        elif after_quote and in_quote:
            places += 1
            in_quote = False
    return places >= 2  # noqa: PLR2004 - once is an answer below the quote
