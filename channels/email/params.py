"""Parameters of Content-Type and Content-Disposition, read in linear time from whatever mailers write."""

import re
from collections.abc import Callable
from typing import Final
from urllib import parse as urls

from channels.email import charsets

MAX_VALUE_CHARS: Final = 32_768
_MAX_SEGMENTS: Final = 1_000
_PARAMETER: Final = re.compile(r';\s*([^\s=;"]{1,80})\s*=\s*("(?:[^"\\]|\\.)*"?|[^;]*)', re.DOTALL)
_CONTINUED: Final = re.compile(r"([^*]+)\*(\d{1,4})?(\*)?$")


def split(value: str, decode_words: Callable[[str], str] = str) -> tuple[str, dict[str, str]]:
    """The value before the first `;` in lower case, and its parameters by lower-case name.

    Args:
        value: the unfolded header; what is past 32,768 characters is ignored.
        decode_words: reads RFC 2047 words, which mailers put into file names although they may not.

    Source: RFC 2045 5.1; RFC 2231 3 and 4 (a parameter in pieces, with charset); those win over a plain one.
    """
    value = value[:MAX_VALUE_CHARS]
    plain: dict[str, str] = {}
    pieces: dict[str, list[tuple[int, bool, str]]] = {}
    for match in _PARAMETER.finditer(value):
        name, text = match[1].lower(), _unquoted(match[2].strip())
        continued = _CONTINUED.match(name) if "*" in name else None
        if continued is None:
            plain.setdefault(name, decode_words(text))
        elif len(found := pieces.setdefault(continued[1], [])) < _MAX_SEGMENTS:
            found.append((int(continued[2] or 0), bool(continued[3]) or continued[2] is None, text))
    for name, found in pieces.items():
        plain[name] = _joined(sorted(found, key=lambda piece: piece[0]))
    return value.partition(";")[0].strip().lower(), plain


def _unquoted(text: str) -> str:
    if not text.startswith('"'):
        return text
    return re.sub(r'\\(["\\])', r"\1", text[1:].removesuffix('"'))  # other backslashes are Windows paths


def _joined(pieces: list[tuple[int, bool, str]]) -> str:
    """One value of its pieces; the first encoded piece names the charset."""
    charset, content = "", bytearray()
    for position, (_, encoded, text) in enumerate(pieces):
        if encoded and position == 0 and text.count("'") >= 2:  # noqa: PLR2004 - charset'language'text
            charset, _, rest = text.split("'", 2)
            content += urls.unquote_to_bytes(rest)
        elif encoded:
            content += urls.unquote_to_bytes(text)
        else:
            content += text.encode("utf-8", "replace")
    return charsets.decode(bytes(content), charset)
