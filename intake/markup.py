"""HTML of strangers, in mails and catalogues: cleaned to a strict list of tags, and turned into text."""

import re
from html import parser
from typing import Final

import nh3

MAX_HTML_CHARS: Final = 2_000_000
MAX_DEPTH: Final = 200
MAX_ELEMENTS: Final = 10_000
MAX_SPAN: Final = 100
"""Elements in elements, elements in all, and cells that one cell spans; no real mail comes near.

A browser hangs on thousands of tables in tables, a hundred thousand links, or cells over a million places.
"""
# No picture, style, form or frame: nothing is fetched when an employee opens a mail.
_TAGS: Final = {
    *("a", "abbr", "address", "b", "blockquote", "br", "caption", "code", "dd", "del", "dfn", "div", "dl", "dt", "em"),
    *("h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "ins", "kbd", "li", "mark", "ol", "p", "pre", "q", "s", "samp"),
    *("small", "span", "strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "u", "ul", "var"),
}
_ATTRIBUTES: Final = {
    "a": {"href", "title"},
    "abbr": {"title"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "ol": {"start"},
}
_GONE_WITH_CONTENT: Final = {"script", "style", "title", "svg", "math", "iframe", "object", "noscript", "template"}
_PARAGRAPHS: Final = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "table", "blockquote", "dl"})
_BLOCKS: Final = _PARAGRAPHS | {"address", "caption", "dd", "div", "dt", "hr", "li", "pre", "tr"}
_SPANS: Final = frozenset({"colspan", "rowspan"})
_VOID: Final = frozenset({"br", "hr"})
_TAG: Final = re.compile(r"<(/?)(\w+)[^>]*>")  # no > stands bare in what nh3 writes
_SPACE: Final = re.compile(r"[ \t\r\n\f]+")


def clean(html: str) -> str:
    """The part of `html` that is safe to show: structure and links only."""
    cleaned = nh3.clean(
        html[:MAX_HTML_CHARS],
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        attribute_filter=_attribute,
        clean_content_tags=_GONE_WITH_CONTENT,
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel="noopener noreferrer nofollow",
        strip_comments=True,
    )
    return _bounded(cleaned).strip()


def _attribute(tag: str, name: str, value: str) -> str | None:
    """The value that is shown; None: the attribute is left out."""
    _ = tag
    if name in _SPANS and not (len(value) <= len(str(MAX_SPAN)) and value.isdecimal() and int(value) <= MAX_SPAN):
        return None
    return value


def _bounded(cleaned: str) -> str:
    """`cleaned` without the tags that are too deep or too many. All but the void ones in it have their end tag."""
    count = 0
    is_kept: list[bool] = []  # of the elements that are open

    def kept(tag: re.Match[str]) -> str:
        nonlocal count
        if tag[1]:
            return tag[0] if is_kept.pop() else ""
        count += 1
        shown = count <= MAX_ELEMENTS and len(is_kept) < MAX_DEPTH
        if tag[2] not in _VOID:
            is_kept.append(shown)
        return tag[0] if shown else ""

    return _TAG.sub(kept, cleaned)


def to_text(cleaned: str) -> str:
    """Plain text of HTML that `clean` made; quoted blocks get `> ` before each line."""
    reader = _Text()
    reader.feed(cleaned)
    reader.close()
    return reader.text()


class _Text(parser.HTMLParser):
    """Collects lines; knows only the tags that `clean` leaves."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._lines: list[str] = []
        self._line = ""
        self._quotes = 0
        self._pre = 0
        self._item = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        _ = attrs
        if tag == "br":
            self._break()
        elif tag in _BLOCKS:
            self._end_line(blank=tag in _PARAGRAPHS)
            if tag == "blockquote":
                self._quotes += 1
            elif tag == "pre":
                self._pre += 1
            elif tag == "li":
                self._line = "- "
        elif tag in {"td", "th"} and self._line.strip():
            self._line += "  "

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS:
            self._end_line(blank=tag in _PARAGRAPHS)
            if tag == "blockquote":
                self._quotes = max(0, self._quotes - 1)
            elif tag == "pre":
                self._pre = max(0, self._pre - 1)

    def handle_data(self, data: str) -> None:
        if self._pre:
            *whole, self._line = (self._line + data).split("\n")
            for line in whole:
                self._put(line)
            return
        data = _SPACE.sub(" ", data)
        self._line += data.lstrip(" ") if not self._line or self._line.endswith(" ") else data

    def _break(self) -> None:
        self._put(self._line)
        self._line = ""

    def _end_line(self, *, blank: bool) -> None:
        if self._line.strip():
            self._break()
        self._line = ""
        if blank and self._lines and self._lines[-1].strip("> "):
            self._put("")

    def _put(self, line: str) -> None:
        self._lines.append("> " * self._quotes + line.replace("\xa0", " ").rstrip())

    def text(self) -> str:
        """All that was read."""
        self._end_line(blank=False)
        return re.sub(r"\n{3,}", "\n\n", "\n".join(self._lines)).strip()
