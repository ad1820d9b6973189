"""What `onthaal mail inspect` prints: one JSON-able line per mail."""

import asyncio
import os
import pathlib
import time
from typing import Any, Final

from channels.email import sandbox
from intake import errors
from intake.domain import message

_EMPTY: Final[dict[str, Any]] = {
    "subject": None,
    "from": None,
    "to": [],
    "message_id": None,
    "in_reply_to": [],
    "references": [],
    "date": None,
    "text": None,
    "html": None,
    "reply_text": None,
    "attachments": [],
    "auto_submitted": None,
    "bounce": None,
}


async def inspect(path: str | os.PathLike[str], reader: sandbox.Sandbox, *, account: str = "") -> dict[str, Any]:
    """What the e-mail channel makes of the mail in this file; every key is there for every mail.

    Args:
        path: a file with one raw mail.
        reader: the workers that read it.
        account: our address that it would have come to; only the loop header depends on it.

    Raises:
        OSError: the file cannot be read.
    """
    content = await asyncio.to_thread(pathlib.Path(path).read_bytes)
    raw = message.RawReceipt(channel="email", account=account, wire_id=str(path), raw=content)
    began = time.perf_counter()
    try:
        found = {"outcome": "message", **await reader.facts(raw)}
    except errors.Unreadable as fault:
        found = {"outcome": "unreadable", "reason": str(fault)}
    seconds = round(time.perf_counter() - began, 4)
    return {"path": str(path), "outcome": "", **_EMPTY, **found, "seconds": seconds}
