"""Mail comes in: kept first, acknowledged after. Only for our own addresses, so that it never is a relay."""

import asyncio
import hashlib
import logging
import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from channels.email import smtp_server
from intake import errors, ports
from intake.domain import message

if TYPE_CHECKING:
    from aiosmtpd import smtp

    from channels.email import settings

log = logging.getLogger(__name__)

# Fields that a mail server on the way adds or renews, each time it tries.
_TRACE: Final = re.compile(
    rb"^(?:received|x-received|return-path|delivered-to|x-original-to|received-spf|authentication-results"
    rb"|arc-[a-z-]+|x-spam-[a-z-]+)[ \t]*:",
    re.IGNORECASE,
)
_TRACED_BYTES: Final = 262_144  # trace fields stand on top; a longer header is not read at all, see `parse`
_HASHED_AT_ONCE_BYTES: Final = 1_048_576  # more would hold up every other channel
_MESSAGE_ID: Final = re.compile(rb"^message-id[ \t]*:", re.IGNORECASE | re.MULTILINE)


def own_address(address: str, ours: Sequence[str]) -> str | None:
    """Which of our addresses this is, also when it carries a plus part; None when it is not ours."""
    local, _, domain = address.lower().rpartition("@")
    whole = f"{local}@{domain}"
    if whole in ours:
        return whole
    base = f"{local.partition('+')[0]}@{domain}"
    return base if base in ours else None


def wire_id(content: bytes, mail_from: str) -> str:
    """The name of this delivery: the same for the same mail that comes again.

    A mail server that missed our acknowledgement sends the very same bytes again, at most with other trace fields on
    top, and perhaps with its recipients grouped otherwise. So the name is the hash of the bytes without trace fields;
    the Message-ID is among those bytes. Recipients do not count (the same words to us twice are one utterance), and
    the sender counts only when there is no Message-ID, to tell apart two people who send the same bare text.
    """
    end = content.find(b"\r\n\r\n", 0, _TRACED_BYTES)
    if end < 0:
        end = max(0, content.rfind(b"\r\n", 0, _TRACED_BYTES))
    header = content[:end]
    kept: list[bytes] = []
    is_trace = False
    for line in header.split(b"\r\n"):
        if not line[:1].isspace():
            is_trace = _TRACE.match(line) is not None
        if not is_trace:
            kept.append(line)
    stable = hashlib.sha256(b"\r\n".join(kept))
    stable.update(memoryview(content)[end:])
    if not _MESSAGE_ID.search(header):
        stable.update(b"\x00" + mail_from.lower().encode("utf-8", "surrogateescape"))
    return stable.hexdigest()


class Inbox:
    """Decides about recipients and hands mails to the sink. See `smtp_server.Handler`."""

    def __init__(self, ours: Sequence[str], max_recipients: int, sink: ports.Sink) -> None:
        """Take mail for `ours` only."""
        self._ours = ours
        self._max_recipients = max_recipients
        self._sink = sink

    async def recipient(self, envelope: "smtp.Envelope", address: str) -> str:
        """See `smtp_server.Handler`."""
        if own_address(address, self._ours) is None:
            return "550 5.1.1 No such address here"
        if len(envelope.rcpt_tos) >= self._max_recipients:
            return "452 4.5.3 Too many recipients, send the rest later"
        return "250 2.1.5 OK"

    async def mail(self, envelope: "smtp.Envelope", peer: str) -> str:
        """See `smtp_server.Handler`: the sink has it on disk before this returns."""
        given = bytes(envelope.original_content or b""), envelope.mail_from or "", list(envelope.rcpt_tos), peer
        if len(given[0]) < _HASHED_AT_ONCE_BYTES:
            receipt = self.receipt(*given)
        else:
            receipt = await asyncio.to_thread(self.receipt, *given)
        try:
            await self._sink(receipt)
        except errors.IntakeError as fault:
            log.warning("mail_not_kept", extra={"error": type(fault).__name__, "size_bytes": len(receipt.raw)})
            return "451 4.3.0 Not kept, try again later"
        return "250 2.0.0 Kept"

    def receipt(self, content: bytes, mail_from: str, rcpt_tos: Sequence[str], peer: str) -> message.RawReceipt:
        """One receipt per transaction, also when it is for several of our addresses: for the first of them."""
        sender = "" if mail_from == "<>" else _plain(mail_from)
        hit = {own_address(address, self._ours) for address in rcpt_tos}
        return message.RawReceipt(
            channel="email",
            account=next(address for address in self._ours if address in hit),
            wire_id=wire_id(content, sender),
            raw=content,
            envelope={"mail_from": sender, "rcpt_tos": [_plain(address) for address in rcpt_tos], "peer": peer},
        )


def _plain(address: str) -> str:
    """An address of the wire as clean text; SMTP may carry any byte."""
    return address.encode("utf-8", "surrogateescape").decode("utf-8", "replace").replace("\x00", "")


async def listen(
    chosen: "settings.Settings", sink: ports.Sink, ready: Callable[[], None], started: Callable[[int], None]
) -> None:
    """Take mail until cancelled; see `ports.Channel.listen`.

    Args:
        chosen: the settings.
        sink: where mail is kept.
        ready: called once it listens.
        started: called before that with the port, which matters when the settings ask for any.

    Raises:
        BadSettings: no own address, unreadable certificate, or the port cannot be taken.
    """
    if not chosen.addresses:
        raise errors.BadSettings("ONTHAAL_CHANNELS__EMAIL__ADDRESSES: noem minstens één eigen e-mailadres.")
    limits = smtp_server.Limits(
        max_message_bytes=chosen.max_message_bytes,
        max_connections=chosen.max_connections,
        max_connections_per_ip=chosen.max_connections_per_ip,
        timeout_seconds=chosen.timeout_seconds,
        line_length_limit=chosen.line_length_limit,
    )
    server = smtp_server.Server(
        Inbox(chosen.addresses, chosen.max_recipients, sink),
        limits,
        hostname=chosen.addresses[0].rpartition("@")[2],
        tls=smtp_server.tls_context(chosen.starttls_certificate, chosen.starttls_key),
    )
    try:
        await server.start(chosen.listen_host, chosen.listen_port)
    except OSError as fault:
        raise errors.BadSettings(
            f"ONTHAAL_CHANNELS__EMAIL__LISTEN_PORT: poort {chosen.listen_port} op {chosen.listen_host} is bezet of "
            f"niet toegestaan ({fault.strerror}). Kies een andere poort of stop het andere programma."
        ) from fault
    try:
        started(server.port)
        ready()
        await asyncio.get_running_loop().create_future()
    finally:
        await server.close()
