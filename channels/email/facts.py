"""What `onthaal mail inspect` shows of one mail: the facts, for people who tune the reading of mail."""

import hashlib
from typing import Any

from channels.email import bounces, headers, parse, quotes
from intake.domain import message


def of(raw: message.RawReceipt) -> dict[str, Any]:
    """Facts of a mail as JSON values; `text` is the whole text, `reply_text` what is said now.

    Raises:
        Unreadable: as `parse.parse`.
    """
    parsed = parse.parse(raw)
    mail = parse.take_apart(raw)
    fields = mail.fields
    sender = headers.addresses(fields.every("from"), 1)
    failed = bounces.read(mail.root) if mail.is_automatic is message.Automatic.BOUNCE else None
    return {
        "subject": parsed.subject,
        "from": _shown(sender[0]) if sender else None,
        "to": [address for _, address in headers.addresses(fields.every("to"))],
        "message_id": parsed.message_id,
        "in_reply_to": [mail_id for value in fields.every("in-reply-to") for mail_id in headers.message_ids(value)],
        "references": [mail_id for value in fields.every("references") for mail_id in headers.message_ids(value)],
        "date": parsed.sent_at.isoformat() if parsed.sent_at else None,
        "text": mail.content.text,
        "html": parsed.html,
        "reply_text": quotes.split(mail.content.text)[0],
        "attachments": [
            {
                "name": file.name,
                "type": file.media_type,
                "size_bytes": len(file.content),
                "sha256": hashlib.sha256(file.content).hexdigest(),
                "inline": file.inline,
            }
            for file in parsed.attachments
        ],
        "auto_submitted": None if parsed.automatic is message.Automatic.NO else parsed.automatic.value,
        "bounce": None
        if failed is None
        else {"recipient": failed.recipient, "status": failed.status, "kind": failed.kind},
    }


def _shown(sender: tuple[str, str]) -> str:
    name, address = sender
    return f"{name} <{address}>" if name else address
