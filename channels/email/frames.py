"""How the hub and a parse worker talk: length-prefixed frames of JSON with the bytes behind it, never pickle.

A frame is the length of its JSON and of its bytes (two 32-bit numbers), the JSON, and the bytes. What comes out of a
worker has read hostile mail and is checked field by field.
"""

import json
import struct
from datetime import datetime
from typing import Any, Final, cast

from intake.domain import message

HEADER: Final = struct.Struct(">II")
MAX_JSON_BYTES: Final = 67_108_864


def pack(head: dict[str, Any], *blobs: bytes) -> list[bytes]:
    """The pieces of one frame, to be written one after the other."""
    text = json.dumps(head, ensure_ascii=False).encode("utf-8", "replace")
    return [HEADER.pack(len(text), sum(map(len, blobs))), text, *blobs]


def receipt(raw: message.RawReceipt, task: str) -> list[bytes]:
    """Ask a worker to do `task` (`parse` or `facts`) with this receipt."""
    head = {
        "task": task,
        "channel": raw.channel,
        "account": raw.account,
        "wire_id": raw.wire_id,
        "envelope": raw.envelope,
    }
    return pack(head, raw.raw)


def to_receipt(head: dict[str, Any], blob: bytes) -> message.RawReceipt:
    """The receipt that was asked about."""
    return message.RawReceipt(
        channel=head["channel"],
        account=head["account"],
        wire_id=head["wire_id"],
        raw=blob,
        envelope=head["envelope"],
    )


def answer(parsed: message.InboundMessage) -> list[bytes]:
    """A message as a frame; the bytes of its files follow in their order."""
    head = {
        "channel": parsed.channel,
        "sender": None if parsed.sender is None else [parsed.sender.value, parsed.sender.name],
        "text": parsed.text,
        "subject": parsed.subject,
        "quoted": parsed.quoted,
        "html": parsed.html,
        "sent_at": parsed.sent_at.isoformat() if parsed.sent_at else None,
        "recipients": parsed.recipients,
        "files": [[file.name, file.media_type, len(file.content), file.inline] for file in parsed.attachments],
        "token": parsed.thread.token,
        "references": parsed.thread.references,
        "numbers": parsed.thread.numbers,
        "automatic": parsed.automatic.value,
        "message_id": parsed.message_id,
        "dedupe_key": parsed.dedupe_key,
    }
    return pack({"message": head}, *(file.content for file in parsed.attachments))


def to_message(head: dict[str, Any], blob: bytes) -> message.InboundMessage:
    """The message in an answer.

    Raises:
        ValueError, TypeError, KeyError: the worker talks nonsense.
    """
    sender = head["sender"]
    sent_at = _text_or_none(head["sent_at"])
    return message.InboundMessage(
        channel=_text(head["channel"]),
        sender=None
        if sender is None
        else message.Address(kind=message.AddressKind.EMAIL, value=_text(sender[0]), name=_text(sender[1])),
        text=_text(head["text"]),
        subject=_text(head["subject"]),
        quoted=_text(head["quoted"]),
        html=_text_or_none(head["html"]),
        sent_at=None if sent_at is None else datetime.fromisoformat(sent_at),
        recipients=_texts(head["recipients"]),
        attachments=_files(head["files"], blob),
        thread=message.ThreadHints(
            token=_text_or_none(head["token"]),
            references=_texts(head["references"]),
            numbers=tuple(int(number) for number in head["numbers"]),
        ),
        automatic=message.Automatic(head["automatic"]),
        message_id=_text_or_none(head["message_id"]),
        dedupe_key=_text_or_none(head["dedupe_key"]),
    )


def _files(heads: Any, blob: bytes) -> tuple[message.InboundAttachment, ...]:
    files: list[message.InboundAttachment] = []
    start = 0
    for name, media_type, size, inline in heads:
        if not isinstance(size, int) or size < 0 or start + size > len(blob):
            raise ValueError("sizes of files do not fit the frame")
        files.append(
            message.InboundAttachment(
                name=_text(name),
                media_type=_text(media_type),
                content=blob[start : start + size],
                inline=inline is True,
            )
        )
        start += size
    return tuple(files)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("text expected")
    return value


def _text_or_none(value: Any) -> str | None:
    return None if value is None else _text(value)


def _texts(values: Any) -> tuple[str, ...]:
    if not isinstance(values, list):
        raise TypeError("list expected")
    return tuple(_text(value) for value in cast("list[Any]", values))
