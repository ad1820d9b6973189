"""Texts of feeds as plain text: no tags, no marks, no signs that nobody sees."""

import re
from datetime import date
from typing import Final
from urllib.parse import urlsplit

import markdown_it

from intake import markup

MAX_ADDRESS_CHARS: Final = 2_000
_MARKED_UP: Final = re.compile(r"</?[a-zA-Z][^<>]*>|&(?:#\d+|#x[0-9a-fA-F]+|[a-zA-Z]\w{1,30});")
_UNSEEN: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
_SPACES: Final = re.compile(r"[ \t\xa0]+")
_MARK: Final = re.compile(r"^(?:[-*•–]|\d{1,2}[.)])\s+")
_MARKDOWN: Final = markdown_it.MarkdownIt("commonmark", {"html": True})
_HEADING: Final = re.compile(
    r"\s*(?:voorwaarden?|procedure|kost(?:en)?|bedrag|prijs|bewijs(?:stukken)?|uitzondering(?:en)?)\s*:\s*",
    re.IGNORECASE,
)
_DAY: Final = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[T ].*)?|(\d{1,2})[-/](\d{1,2})[-/](\d{4})", re.DOTALL)


def plain(text: str) -> str:
    """HTML, or text that is plain already, as plain text; paragraphs stay apart, items begin with `- `."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if _MARKED_UP.search(text):
        text = markup.to_text(markup.clean(text))
    rows = [_SPACES.sub(" ", row).strip() for row in _UNSEEN.sub("", text).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(rows)).strip()


def line(text: str) -> str:
    """`plain` on one line."""
    return " ".join(plain(text).split())


def lines(text: str) -> tuple[str, ...]:
    """The paragraphs and items of a text, each on a line of its own and without its bullet or number."""
    rows = (_MARK.sub("", row) for row in plain(text).split("\n"))
    return tuple(row for row in rows if row)


def without_heading(text: str) -> str:
    """A text without a first word that only repeats the heading above it, such as `Kosten:`."""
    return text[found.end() :] if (found := _HEADING.match(text)) else text


def of_markdown(text: str) -> str:
    """Markdown as plain text. Source: SDG product API, whose texts are CommonMark."""
    return plain(_MARKDOWN.render(text))


def day(text: str) -> date | None:
    """The day of an ISO moment or of a date such as 30-11-2026; None when there is none."""
    found = _DAY.fullmatch(text.strip())
    if found is None:
        return None
    year, month, of_month = (found[1], found[2], found[3]) if found[1] else (found[6], found[5], found[4])
    try:
        return date(int(year), int(month), int(of_month))
    except ValueError:
        return None


def web_address(text: str) -> str:
    """The text when it is an address that a browser may open for a citizen; else nothing."""
    text = text.strip()
    if len(text) > MAX_ADDRESS_CHARS or re.search(r"[\s<>\"\x00-\x1f]", text):
        return ""
    try:
        parts = urlsplit(text)
    except ValueError:
        return ""
    return text if parts.scheme in {"http", "https"} and parts.hostname else ""
