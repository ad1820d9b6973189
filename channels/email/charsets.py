"""Bytes of unknown or wrongly named encoding become text that every part of the hub can keep."""

import codecs
import re
from typing import Final

# The names that mailers really use for something else. Source: WHATWG Encoding, labels; they are supersets in practice.
_MEANT: Final = {
    "ascii": "utf-8",
    "us-ascii": "utf-8",
    "iso-8859-1": "cp1252",
    "iso8859-1": "cp1252",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "iso-8859-8-i": "iso-8859-8",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "x-sjis": "cp932",
    "unicode-1-1-utf-7": "utf-7",
    "x-mac-roman": "mac-roman",
    "macintosh": "mac-roman",
}
# Codecs that are no character sets, or that take quadratic time on hostile bytes.
_REFUSED: Final = frozenset({"punycode", "idna", "unicode-escape", "raw-unicode-escape", "undefined"})
_LIKELY: Final = [
    "cp1252",
    "cp1250",
    "cp1251",
    "cp1253",
    "cp1254",
    "cp1256",
    "koi8_r",
    "big5",
    "gb18030",
    "cp932",
    "euc_jp",
    "cp949",
    "iso2022_jp",
    "utf_16",
]
_SAMPLE_BYTES: Final = 32_768
_GUESSABLE_BYTES: Final = 64
_UNWANTED: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def decode(content: bytes, declared: str = "") -> str:
    """Text of `content`: by the declared charset, else UTF-8, else by likelihood, else cp1252 with replacements.

    Never raises; the result holds no NUL, no other control character than tab and newline, and no surrogate.
    """
    for name in (_known(declared), "utf-8"):
        if name is not None:
            try:
                return clean(content.decode(name))
            except (LookupError, ValueError):
                continue
    return clean(content.decode(_likely(content), "replace"))


def clean(text: str) -> str:
    """`text` without characters that a database or a screen cannot hold, and with single newlines as line ends."""
    return _UNWANTED.sub("", text.replace("\r\n", "\n").replace("\r", "\n").removeprefix("\ufeff"))


def _known(declared: str) -> str | None:
    """The codec for a declared name, or None when there is none that reads text."""
    name = declared.strip().strip("\"'").lower()
    name = _MEANT.get(name, name)
    if not name or "\x00" in name or not name.isascii():
        return None
    try:
        info = codecs.lookup(name)
    except (LookupError, ValueError):
        return None
    return None if info.name.replace("_", "-") in _REFUSED else name


def _likely(content: bytes) -> str:
    """The most likely charset of bytes that are not what they say; short texts are taken for Western European."""
    try:
        western = content.decode("cp1252")
    except UnicodeError:
        western = ""
    foreign = sum(byte >= 0x80 for byte in content[:_SAMPLE_BYTES])  # noqa: PLR2004 - the upper half of a byte
    if western and foreign * 4 < min(len(content), _SAMPLE_BYTES):  # mostly ASCII with some accents
        return "cp1252"
    if len(content) < _GUESSABLE_BYTES:
        return "cp1252"
    import charset_normalizer  # noqa: PLC0415 - seldom needed, and slow to load

    best = charset_normalizer.from_bytes(content[:_SAMPLE_BYTES], cp_isolation=_LIKELY).best()
    return best.encoding if best is not None else "cp1252"
