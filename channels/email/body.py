"""The parts of a mail: every leaf becomes body, inline file or attachment; none is dropped."""

import binascii
import html as html_escape
import io
import mimetypes
import quopri
import re
from dataclasses import dataclass, field
from email import generator, policy
from email.message import Message
from typing import Any, Final

from channels.email import charsets, headers, params
from intake import errors, markup
from intake.domain import message

Part = Message

MAX_PARTS: Final = 1_000
MAX_DEPTH: Final = 50
_CID: Final = re.compile(r"cid:([^\"'>\s)]{1,300})", re.IGNORECASE)
_TYPE: Final = re.compile(r"[a-z0-9!#$&^_.+-]{1,100}/[a-z0-9!#$&^_.+-]{1,100}\Z")
_BAD_IN_NAME: Final = re.compile('[\x00-\x1f\x7f<>:"|?*\u200e\u200f\u202a-\u202e\u2066-\u2069]')
_EXTENSIONS: Final = {
    "message/rfc822": ".eml",
    "message/delivery-status": ".txt",
    "text/rfc822-headers": ".txt",
    "text/html": ".html",
    "text/plain": ".txt",
    "text/calendar": ".ics",
    "image/jpeg": ".jpg",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """What a mail says and carries; `html` is clean already."""

    text: str
    html: str | None
    files: tuple[message.InboundAttachment, ...]


@dataclass(slots=True, kw_only=True)
class _Segment:
    """A stretch of body: the same words as text and as HTML, or one of them."""

    text: str | None = None
    html: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    name: str
    media_type: str
    content: bytes
    content_id: str


@dataclass(slots=True)
class _Reader:
    files: list[_File] = field(default_factory=list[_File])
    parts: int = 0
    room: int = markup.MAX_HTML_CHARS

    def read(self, part: Part, depth: int, default: str = "text/plain") -> list[_Segment]:
        self.parts += 1
        if self.parts > MAX_PARTS or depth > MAX_DEPTH:
            raise errors.Unreadable(f"Het bericht heeft meer dan {MAX_PARTS} delen of {MAX_DEPTH} lagen.")
        fields = headers.Headers(part)
        media_type, settings = params.split(fields.raw("content-type"), headers.words)
        media_type = media_type if _TYPE.match(media_type) else default
        payload: Any = part.get_payload()
        if media_type.startswith("multipart/") and isinstance(payload, list):
            return self._container(payload, media_type, depth)
        return self._leaf(part, fields, "text/plain" if media_type.startswith("multipart/") else media_type, settings)

    def _container(self, children: list[Part], media_type: str, depth: int) -> list[_Segment]:
        default = "message/rfc822" if media_type == "multipart/digest" else "text/plain"
        segments = [segment for child in children for segment in self.read(child, depth + 1, default)]
        if media_type != "multipart/alternative":
            return segments
        texts = [segment.text for segment in segments if segment.text is not None]
        htmls = [segment.html for segment in segments if segment.html is not None]
        return [_Segment(text="\n\n".join(texts) if texts else None, html="\n".join(htmls) if htmls else None)]

    def _leaf(self, part: Part, fields: headers.Headers, media_type: str, settings: dict[str, str]) -> list[_Segment]:
        disposition, named = params.split(fields.raw("content-disposition"), headers.words)
        content = raw_part(part) if media_type.startswith("message/") else decoded(part, fields)
        name = named.get("filename") or settings.get("name") or ""
        is_body = (
            media_type in {"text/plain", "text/html"} and disposition != "attachment" and not named.get("filename")
        )
        too_long = is_body and len(content) > self.room
        if not is_body or too_long:
            content_id = fields.raw("content-id").strip().strip("<>")
            self.files.append(
                _File(
                    name=_file_name(name, media_type, len(self.files) + 1),
                    media_type=media_type,
                    content=content,
                    content_id=content_id,
                )
            )
        if not is_body:
            return []
        content = content[: self.room]
        self.room -= len(content)
        text = charsets.decode(content, settings.get("charset", ""))
        if media_type == "text/html":
            return [_Segment(html=text)]
        if settings.get("format", "").lower() == "flowed":
            text = _flowed(text, joined=settings.get("delsp", "").lower() == "yes")
        return [_Segment(text=text)]


def read(root: Part) -> Body:
    """Body and files of a mail.

    Of a body of more than 2,000,000 bytes the part that did not fit is kept as a file too.

    Raises:
        Unreadable: more parts or deeper nesting than any real mail has.
    """
    reader = _Reader()
    segments = reader.read(root, 0)
    wanted = {cid for segment in segments if segment.html for cid in _CID.findall(segment.html)}
    cleaned = [markup.clean(segment.html) if segment.html else None for segment in segments]
    texts = [
        segment.text if segment.text and segment.text.strip() else markup.to_text(clean or "")
        for segment, clean in zip(segments, cleaned, strict=True)
    ]
    shown = [
        f"<p>{html_escape.escape(text)}</p>" if clean is None else clean
        for clean, text in zip(cleaned, texts, strict=True)
    ]
    return Body(
        text=charsets.clean("\n\n".join(text.strip("\n") for text in texts if text.strip())),
        html=charsets.clean("\n".join(shown)) if any(cleaned) else None,
        files=tuple(
            message.InboundAttachment(
                name=file.name,
                media_type=file.media_type,
                content=file.content,
                inline=bool(file.content_id) and file.content_id in wanted,
            )
            for file in reader.files
        ),
    )


def decoded(part: Part, fields: headers.Headers) -> bytes:
    """The bytes of a leaf after its transfer encoding; what does not decode stays as it came."""
    encoding = fields.raw("content-transfer-encoding").partition(";")[0].strip().strip('"').lower()
    if encoding not in {"x-uuencode", "uuencode", "uue", "x-uue"}:
        del part["content-transfer-encoding"]  # so that the library gives the bytes as they are
    payload: Any = part.get_payload(decode=True)
    content = payload if isinstance(payload, bytes) else raw_part(part)
    if encoding == "base64":
        return headers.base64_bytes(content)
    if encoding == "quoted-printable":
        try:
            return quopri.decodestring(content)
        except (binascii.Error, ValueError):
            return content
    return content


def raw_part(part: Part) -> bytes:
    """A mail inside a mail as a file: the inner message without the outer part's header."""
    payload: Any = part.get_payload()
    inner: list[Part] = payload if isinstance(payload, list) else []
    if not inner:
        return str(payload or "").encode("utf-8", "surrogateescape")
    return b"\n".join(_flattened(message_part) for message_part in inner)


def _flattened(part: Part) -> bytes:
    out = io.BytesIO()
    try:
        generator.BytesGenerator(out, mangle_from_=False, maxheaderlen=0, policy=policy.compat32).flatten(part)
    except (LookupError, ValueError, TypeError, AttributeError):
        return str(part.get_payload()).encode("utf-8", "surrogateescape")
    return out.getvalue()


def _flowed(text: str, *, joined: bool) -> str:
    """Join lines that a mailer broke. Source: RFC 3676 4; `joined` is DelSp."""
    lines: list[str] = []
    open_quotes: int | None = None
    for line in text.split("\n"):
        quotes = len(line) - len(line.lstrip(">"))
        words = line[quotes:].removeprefix(" ")
        if open_quotes == quotes and lines and words != "-- ":
            lines[-1] = (lines[-1][:-1] if joined else lines[-1]) + words
        else:
            lines.append((">" * quotes + " " if quotes else "") + words)
        open_quotes = quotes if words.endswith(" ") and words != "-- " else None
    return "\n".join(line if line.endswith("-- ") else line.rstrip(" ") for line in lines)


def _file_name(name: str, media_type: str, position: int) -> str:
    """A name that is safe to show and to save: no path, no control or direction marks, at most 150 characters."""
    name = " ".join(_BAD_IN_NAME.sub("", name.replace("\\", "/").rpartition("/")[2]).split()).strip(". ")
    if not name:
        return f"bijlage-{position}{_EXTENSIONS.get(media_type) or mimetypes.guess_extension(media_type) or '.bin'}"
    if len(name) > 150:  # noqa: PLR2004 - said in the docstring
        stem, dot, ending = name.rpartition(".")
        name = f"{stem[:130]}{dot}{ending[:15]}" if dot else name[:150]
    return name
