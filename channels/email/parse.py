"""Raw mail becomes an `InboundMessage`: pure, and within limits that hold before anything costly begins."""

import email
import hashlib
import re
from dataclasses import dataclass
from email import errors as mail_errors
from email import message as email_message
from email import policy
from typing import Any, Final

from channels.email import automatic, body, bounces, headers, params, quotes
from intake import errors
from intake.domain import message

MAX_HEADER_BYTES: Final = 262_144
MAX_HEADER_LINES: Final = 4_000
_MAX_SUBJECT_CHARS: Final = 998  # RFC 5322 2.1.1
_FIELD: Final = re.compile(rb"[!-9;-~]{1,200}[ \t]*:")
_END_OF_HEADER: Final = re.compile(rb"\r?\n\r?\n|\r\r")
_TOKEN: Final = re.compile(r"\+[cb]\.([A-Za-z0-9._~-]{6,200})@")
_NUMBERS: Final = re.compile(r"\[(\d{4}) ?(\d{4})\]|(?<![\d-])(\d{4}) ?(\d{4})(?![\d-])")
# What the email library raises on broken mail; seen by fuzzing, none of it is a fault of the hub.
_PARSER_FAULTS: Final = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    MemoryError,
    RecursionError,
    TypeError,
    ValueError,
    mail_errors.MessageError,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A mail taken apart, before it is judged what belongs to the conversation."""

    root: body.Part
    fields: headers.Headers
    content: body.Body
    is_automatic: message.Automatic


class _Entity(email_message.Message):
    """A mail or a part of one whose boundary is found in linear time; the library's own way is quadratic in `;`."""

    def get_boundary(self, failobj: Any = None) -> Any:
        return params.split(str(self.get("content-type", "")))[1].get("boundary", "").rstrip() or failobj


def parse(raw: message.RawReceipt) -> message.InboundMessage:
    """See `ports.Channel.parse`. May take long on hostile mail: untrusted mail goes through `sandbox`."""
    try:
        return _message(raw, take_apart(raw))
    except _PARSER_FAULTS as fault:
        raise errors.Unreadable(f"Het bericht is geen leesbare e-mail ({type(fault).__name__}).") from fault


def take_apart(raw: message.RawReceipt) -> Mail:
    """Header, body and files of a mail.

    Raises:
        Unreadable: it is no mail, or larger in header or parts than any real mail.
    """
    content = raw.raw.lstrip(b"\r\n")
    _check(content)
    root: Any = email.message_from_bytes(content, _Entity, policy=policy.compat32)
    fields = headers.Headers(root)
    if not fields.has("from", "to", "subject", "date", "message-id", "received", "sender", "return-path"):
        raise errors.Unreadable("Dit is geen e-mail: afzender, onderwerp, datum en Message-ID ontbreken alle.")
    media_type, settings = params.split(fields.raw("content-type"))
    has_status = bounces.has_status(root)
    null_sender = raw.envelope.get("mail_from") == "" or fields.raw("return-path").strip() == "<>"
    return Mail(
        root=root,
        fields=fields,
        is_automatic=automatic.judge(
            fields,
            media_type=media_type,
            report_type=settings.get("report-type", ""),
            null_sender=null_sender,
            account=raw.account,
            has_status=has_status,
        ),
        content=body.read(root),
    )


def _check(content: bytes) -> None:
    """Refuse what is no mail or would be costly, by counting bytes only."""
    first = content if not content.startswith(b"From ") else content.partition(b"\n")[2]
    if not _FIELD.match(first):
        raise errors.Unreadable("Dit is geen e-mail: de eerste regel is geen kopregel.")
    end = _END_OF_HEADER.search(content, 0, MAX_HEADER_BYTES + 4)
    header = content[: end.start()] if end else content
    if len(header) > MAX_HEADER_BYTES or header.count(b"\n") > MAX_HEADER_LINES:
        raise errors.Unreadable(f"De kop van het bericht is groter dan {MAX_HEADER_BYTES} bytes.")
    if content.lower().count(b"boundary=") > body.MAX_PARTS:
        raise errors.Unreadable(f"Het bericht heeft meer dan {body.MAX_PARTS} delen.")


def _message(raw: message.RawReceipt, mail: Mail) -> message.InboundMessage:
    fields = mail.fields
    text, quoted = quotes.split(mail.content.text)
    subject = fields.text("subject")[:_MAX_SUBJECT_CHARS]
    mail_id = headers.message_id(fields.raw("message-id"))
    sender = headers.addresses(fields.every("from"), 1)
    recipients = headers.addresses([*fields.every("to"), *fields.every("cc")])
    return message.InboundMessage(
        channel=raw.channel,
        sender=message.Address(kind=message.AddressKind.EMAIL, value=sender[0][1].lower(), name=sender[0][0][:200])
        if sender
        else None,
        text=text,
        quoted=quoted,
        html=mail.content.html,
        subject=subject,
        sent_at=headers.when(fields.raw("date")),
        recipients=tuple(dict.fromkeys(address.lower() for _, address in recipients)),
        attachments=mail.content.files,
        thread=message.ThreadHints(
            token=_token(raw, fields),
            references=references(mail),
            numbers=_numbers(subject),
        ),
        automatic=mail.is_automatic,
        message_id=mail_id,
        dedupe_key=_dedupe_key(raw.raw, fields, mail_id),
    )


def _token(raw: message.RawReceipt, fields: headers.Headers) -> str | None:
    """The signed token in a plus-address of ours, from the envelope first: nobody else can have put it there."""
    envelope = [str(address) for address in raw.envelope.get("rcpt_tos", ())]
    named = [value for name in ("to", "cc", "delivered-to", "x-original-to") for value in fields.every(name)]
    for value in (*envelope, *named):
        match = _TOKEN.search(value)
        if match:
            return match[1]
    return None


def references(mail: Mail) -> tuple[str, ...]:
    """Message-IDs that this mail answers, nearest first; a delivery report answers the mail that failed."""
    found: list[str] = []
    if mail.is_automatic is message.Automatic.BOUNCE:
        found += bounces.read(mail.root).original_ids
    for value in mail.fields.every("in-reply-to"):
        found += headers.message_ids(value)
    found += reversed([mail_id for value in mail.fields.every("references") for mail_id in headers.message_ids(value)])
    return tuple(dict.fromkeys(found))


def _numbers(subject: str) -> tuple[int, ...]:
    """Contact numbers in a subject, those in brackets first."""
    found = list(_NUMBERS.finditer(subject))
    found.sort(key=lambda match: match[1] is None)
    return tuple(dict.fromkeys(int((match[1] or match[3]) + (match[2] or match[4])) for match in found))


def _dedupe_key(raw: bytes, fields: headers.Headers, mail_id: str | None) -> str:
    """The same mail over two roads has the same key; the same Message-ID with another text is another mail."""
    content = raw.lstrip(b"\r\n")
    end = _END_OF_HEADER.search(content)
    stable = hashlib.sha256((content[end.end() :] if end else b"").replace(b"\r\n", b"\n").strip())
    if mail_id is None:
        for name in ("from", "date", "subject", "to"):
            stable.update(f"\n{name}:{fields.raw(name)}".encode("utf-8", "replace"))
    return f"mail:{mail_id or '-'}:{stable.hexdigest()}"
