"""Header fields of a mail, read in linear time and without a raise, however broken they are."""

import binascii
import quopri
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from email import utils
from typing import TYPE_CHECKING, Final

from channels.email import charsets

if TYPE_CHECKING:
    from email.message import Message

MAX_RECIPIENTS: Final = 200
_MAX_VALUE_CHARS: Final = 65_536
_MAX_ADDRESS_CHARS: Final = 320  # RFC 5321 4.5.3.1: 64 + "@" + 255
_MAX_IDS: Final = 100
_WORD: Final = re.compile(
    r"=\?([A-Za-z0-9_.:()+'-]{1,60})(?:\*[A-Za-z0-9-]{1,20})?\?([BbQq])\?([^?]*)\?="
)  # RFC 2047 2, with the spaces inside that mailers write, and RFC 2231 5
_CHARSET: Final = re.compile(r"charset\s*=\s*\"?([A-Za-z0-9_.:+-]{1,40})", re.IGNORECASE)
_ADDRESS: Final = re.compile(r"[^\s<>@,;:\"()\[\]\\]{1,200}@[^\s<>@,;:\"()\\]{1,255}")
_ID: Final = re.compile(r"<([^<>\s]{1,500})>")
_YEARS: Final = range(1980, 2200)


class Headers:
    """The fields of one part, by name in lower case, in their order."""

    def __init__(self, part: "Message") -> None:
        """Take the raw fields of `part`."""
        self._fields: dict[str, list[str]] = {}
        fields = [(name.lower(), str(value)) for name, value in part.raw_items()]
        declared = next(
            (found[1] for name, value in fields if name == "content-type" and (found := _CHARSET.search(value))), ""
        )
        for name, value in fields:
            self._fields.setdefault(name, []).append(_readable(value, declared))

    def raw(self, name: str) -> str:
        """The first field of this name, unfolded and not decoded; empty when there is none."""
        return self._fields.get(name, [""])[0]

    def every(self, name: str) -> list[str]:
        """All fields of this name, as `raw`."""
        return self._fields.get(name, [])

    def has(self, *names: str) -> bool:
        """Whether a field of one of these names is there."""
        return any(name in self._fields for name in names)

    def text(self, name: str) -> str:
        """The first field of this name for people: decoded, on one line."""
        return " ".join(words(self.raw(name)).split())


def _readable(value: str, declared: str) -> str:
    """An unfolded raw value; bytes above ASCII are UTF-8 (RFC 6532), else in the charset of the body, or guessed."""
    value = value.replace("\r", "").replace("\n", "")[:_MAX_VALUE_CHARS]
    if value.isascii():
        return charsets.clean(value)
    content = value.encode("utf-8", "surrogateescape")
    try:
        return charsets.clean(content.decode())
    except UnicodeError:
        return charsets.decode(content, declared)


def words(value: str) -> str:
    """`value` with its encoded words read; words side by side are joined before they are decoded. Source: RFC 2047."""
    out: list[str] = []
    charset, held, end = "", b"", 0
    for match in _WORD.finditer(value):
        gap = value[end : match.start()]
        beside = bool(held) and not gap.strip()
        if not (beside and match[1].lower() == charset):
            out += [charsets.decode(held, charset), "" if beside else gap]
            charset, held = match[1].lower(), b""
        held += _word_bytes(match[2], match[3])
        end = match.end()
    return "".join([*out, charsets.decode(held, charset) if held else "", value[end:]])


def _word_bytes(kind: str, text: str) -> bytes:
    if kind in "Qq":
        return quopri.decodestring(text.replace(" ", "_").encode("utf-8"), header=True)
    return base64_bytes(text.encode("utf-8"))


def base64_bytes(content: bytes) -> bytes:
    """Decode Base64 with missing padding and foreign characters; what is no Base64 at all comes back as it is."""
    try:
        return binascii.a2b_base64(content)
    except binascii.Error:
        letters = re.sub(rb"[^A-Za-z0-9+/]", b"", content)
        letters = letters[: len(letters) - (len(letters) % 4 == 1)]
        try:
            return binascii.a2b_base64(letters + b"=" * (-len(letters) % 4))
        except binascii.Error:
            return content


def addresses(values: Iterable[str], limit: int = MAX_RECIPIENTS) -> list[tuple[str, str]]:
    """(name, address) pairs of address fields: names decoded, addresses as written, at most `limit`."""
    found: list[tuple[str, str]] = []
    for value in values:
        try:
            pairs = utils.getaddresses([value])
        except (RecursionError, IndexError, ValueError, TypeError):
            pairs = []
        good = [(words(name), address.strip()) for name, address in pairs if is_address(address.strip())]
        if not good:  # broken syntax, or an address inside an encoded word
            good = [("", address) for address in _ADDRESS.findall(words(value)) if is_address(address)]
        found += [(" ".join(name.split()), address) for name, address in good[: limit - len(found)]]
    return found


def is_address(text: str) -> bool:
    """Whether this looks like one mail address."""
    local, _, domain = text.rpartition("@")
    return (
        bool(local and domain)
        and len(text) <= _MAX_ADDRESS_CHARS
        and not any(char.isspace() or char in "<>,;" for char in text)
        and "=?" not in text
    )


def message_ids(value: str) -> list[str]:
    """The Message-IDs in a field, without angle brackets, in their order."""
    found = _ID.findall(value)
    if not found:
        found = [word.strip("<>") for word in value.split() if "@" in word and len(word) <= 500]  # noqa: PLR2004
    return [mail_id for mail_id in dict.fromkeys(found) if mail_id][:_MAX_IDS]


def message_id(value: str) -> str | None:
    """The Message-ID without angle brackets, also when its form is wrong; None when there is none."""
    strict = message_ids(value)
    loose = "".join(value.split()).strip("<>")
    return strict[0] if strict else (loose[:500] or None)


def when(value: str) -> datetime | None:
    """The moment of a Date field, or None when it says nothing that can be true; without zone it counts as UTC."""
    try:
        at = utils.parsedate_to_datetime(value[:200])
        at = at if at.tzinfo is not None else at.replace(tzinfo=UTC)
        at.astimezone(UTC)
    except (TypeError, ValueError, IndexError, OverflowError, AttributeError):
        return None
    return at if at.year in _YEARS else None
