"""A mail server for the demo that sends nothing: what comes in is kept as files and can be read on a page."""

import asyncio
import hashlib
import os
import pathlib
import re
import tempfile
from typing import TYPE_CHECKING, Any, Final

from channels.email import parse, smtp_server
from intake import errors
from intake.domain import message

if TYPE_CHECKING:
    from aiosmtpd import smtp

_NAME: Final = re.compile(r"\d{8}-[0-9a-f]{12}\.eml")
_HOST: Final = "127.0.0.1"


async def start(folder: str | os.PathLike[str], port: int = 0) -> tuple[smtp_server.Server, int]:
    """Catch mail for anybody on loopback; returns the server (close it with `await server.close()`) and its port.

    Raises:
        OSError: the port is in use, or the folder cannot be made.
    """
    place = pathlib.Path(folder)
    await asyncio.to_thread(place.mkdir, parents=True, exist_ok=True)
    server = smtp_server.Server(_Catcher(place), smtp_server.Limits(), hostname="localhost")
    await server.start(_HOST, port)
    return server, server.port


def newest(folder: str | os.PathLike[str], limit: int = 50) -> list[dict[str, Any]]:
    """Summaries of the mails caught last, newest first; each as `read` gives it."""
    names = sorted(
        (path.name for path in pathlib.Path(folder).glob("*.eml") if _NAME.fullmatch(path.name)), reverse=True
    )
    return [read(folder, name) for name in names[:limit]]


def read(folder: str | os.PathLike[str], name: str) -> dict[str, Any]:
    """One mail as a dictionary.

    Its keys: name, date (aware datetime or None), from, to, reply_to, subject, text, html (cleaned), message_id,
    automatic.

    Raises:
        NotFound: there is no mail of this name.
    """
    if not _NAME.fullmatch(name):
        raise errors.NotFound("Er is geen bericht met deze naam.")
    try:
        content = (pathlib.Path(folder) / name).read_bytes()
    except FileNotFoundError as fault:
        raise errors.NotFound("Er is geen bericht met deze naam.") from fault
    raw = message.RawReceipt(channel="email", account="", wire_id=name, raw=content)
    try:
        parsed, mail = parse.parse(raw), parse.take_apart(raw)
    except errors.Unreadable as fault:
        return _summary(name, text=str(fault))
    return _summary(
        name,
        date=parsed.sent_at,
        sender=mail.fields.text("from"),
        to=mail.fields.text("to"),
        reply_to=mail.fields.text("reply-to"),
        subject=parsed.subject,
        text=mail.content.text,
        html=parsed.html,
        message_id=parsed.message_id,
        automatic=mail.fields.has("auto-submitted"),
    )


def _summary(name: str, *, sender: str = "", text: str = "", **known: Any) -> dict[str, Any]:
    empty = {
        "date": None,
        "to": "",
        "reply_to": "",
        "subject": "",
        "html": None,
        "message_id": None,
        "automatic": False,
    }
    return {"name": name, "from": sender, "text": text, **empty, **known}


class _Catcher:
    """Takes every recipient. See `smtp_server.Handler`."""

    def __init__(self, folder: pathlib.Path) -> None:
        self._folder = folder
        self._numbering = asyncio.Lock()

    async def recipient(self, envelope: "smtp.Envelope", address: str) -> str:
        _ = envelope, address
        return "250 2.1.5 OK"

    async def mail(self, envelope: "smtp.Envelope", peer: str) -> str:
        _ = peer
        async with self._numbering:
            await asyncio.to_thread(_keep, self._folder, bytes(envelope.original_content or b""))
        return "250 2.0.0 Caught"


def _keep(folder: pathlib.Path, content: bytes) -> None:
    """Write one file under the next number; a reader sees it whole or not at all."""
    digest = hashlib.sha256(content).hexdigest()[:12]
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".new-", delete=False) as file:
        file.write(content)
    number = max((int(name[:8]) for name in _names(folder)), default=0) + 1
    pathlib.Path(file.name).rename(folder / f"{number:08d}-{digest}.eml")


def _names(folder: pathlib.Path) -> list[str]:
    return [path.name for path in folder.glob("*.eml") if _NAME.fullmatch(path.name)]
