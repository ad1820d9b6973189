"""An SMTP server inside the hub's own event loop, with the limits that a port open to strangers needs."""

import asyncio
import collections
import logging
import re
import ssl
from dataclasses import dataclass
from typing import Any, Final, Protocol, cast

from aiosmtpd import smtp

from intake import errors

log = logging.getLogger(__name__)

_CLOSE_SECONDS: Final = 2.0
# Source: RFC 5321 4.1.2, Reverse-path of a Dot-string at a Domain; then the parameters of the command.
_PLAIN_PATH: Final = re.compile(
    r"<([a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*@[a-z0-9-]+(?:\.[a-z0-9-]+)*)>((?: .*)?)",
    re.ASCII | re.IGNORECASE,
)
_COMMANDS: Final = [name for name in dir(smtp.SMTP) if name.startswith("smtp_")]
_LINE_END: Final = b"\r\n"
_END_OF_MAIL: Final = b"\r\n.\r\n"
_TRANSFER_FACTOR: Final = 10  # a mail may take ten times the silence that is allowed


class _CommandBytes(dict[str, int]):
    """How long a command line may be, the many that strangers make up included."""

    def __missing__(self, command: str) -> int:
        return smtp.SMTP.command_size_limit


# Source: RFC 5321 4.5.3.1.4, RFC 1870 (26 more for SIZE) and RFC 6531 3.4 (10 more for SMTPUTF8).
COMMAND_BYTES: Final = _CommandBytes(MAIL=smtp.SMTP.command_size_limit + 26 + 10)


class Handler(Protocol):
    """What decides about recipients and keeps mails; returns SMTP status lines."""

    async def recipient(self, envelope: smtp.Envelope, address: str) -> str:
        """Take or refuse one recipient."""
        ...

    async def mail(self, envelope: smtp.Envelope, peer: str) -> str:
        """Keep one mail; the line is sent when this returns."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """See `settings.Settings` for each."""

    max_message_bytes: int = 26_214_400
    max_connections: int = 200
    max_connections_per_ip: int = 20
    timeout_seconds: float = 60
    line_length_limit: int = 1_048_576


class Server:
    """Listens from `start` to `close`; `port` is known after `start`."""

    def __init__(self, handler: Handler, limits: Limits, *, hostname: str, tls: ssl.SSLContext | None = None) -> None:
        """Keep what every connection needs; `hostname` greets (looking it up would block the loop)."""
        self.port = 0
        self.hooks = _Hooks(handler)
        self.limits = limits
        self.hostname = hostname
        self.tls = tls
        self._server: asyncio.Server | None = None
        self._open: set[_Connection] = set()
        self._per_ip: collections.Counter[str] = collections.Counter()

    async def start(self, host: str, port: int) -> None:
        """Listen.

        Raises:
            OSError: the port is in use or not ours to take.
        """
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Connection(self, loop), host, port)
        self.port = int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Stop listening and end every connection; a mail that was not acknowledged will be sent again."""
        if self._server is None:
            return
        self._server.close()
        tasks = [task for connection in list(self._open) if (task := connection.end()) is not None]
        if tasks:
            await asyncio.wait(tasks, timeout=_CLOSE_SECONDS)
        for connection in list(self._open):
            connection.abort()
        await self._server.wait_closed()
        await asyncio.sleep(0)

    def enter(self, connection: "_Connection", ip: str) -> bool:
        """Whether one more connection of this address is welcome; counts it if so."""
        limits = self.limits
        if len(self._open) >= limits.max_connections or self._per_ip[ip] >= limits.max_connections_per_ip:
            return False
        self._open.add(connection)
        self._per_ip[ip] += 1
        return True

    def leave(self, connection: "_Connection", ip: str) -> None:
        """Forget a connection."""
        if connection in self._open:
            self._open.discard(connection)
            self._per_ip[ip] -= 1
            if not self._per_ip[ip]:
                del self._per_ip[ip]


class _Hooks:
    """What aiosmtpd calls."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler

    def __dir__(self) -> list[str]:
        """See `_Connection.__dir__`."""
        return ["handle_RCPT", "handle_DATA"]

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: smtp.SMTP, session: smtp.Session, envelope: smtp.Envelope, address: str, options: list[str]
    ) -> str:
        _ = server, session
        status = await self._handler.recipient(envelope, address)
        if status.startswith("2"):
            envelope.rcpt_tos.append(address)
            envelope.rcpt_options.extend(options)
        return status

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, server: smtp.SMTP, session: smtp.Session, envelope: smtp.Envelope
    ) -> str:
        _ = server
        return await self._handler.mail(envelope, _ip(session.peer))


class _Connection(smtp.SMTP):
    """One client. Closes when it is silent, and never answers 5xx for a fault of ours."""

    def __init__(self, server: Server, loop: asyncio.AbstractEventLoop) -> None:
        limits = server.limits
        self.line_length_limit = limits.line_length_limit
        super().__init__(
            server.hooks,
            data_size_limit=limits.max_message_bytes,
            enable_SMTPUTF8=True,
            hostname=server.hostname,
            ident="Onthaal",
            tls_context=server.tls,
            timeout=limits.timeout_seconds,
            auth_exclude_mechanism=["LOGIN", "PLAIN"],
            loop=loop,
        )
        self.command_size_limits = COMMAND_BYTES
        self._server = server
        self._loop = loop
        self._heard_at = 0.0
        self._refused = False
        self._ip = ""
        self._deadline = 0.0

    def __dir__(self) -> list[str]:
        """The commands alone: aiosmtpd looks for them among all names at every connection, a third of all it costs."""
        return _COMMANDS

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if self.transport is None:  # a second call comes after STARTTLS
            self._ip = _ip(transport.get_extra_info("peername"))
            if not self._server.enter(self, self._ip):
                self._refused = True
                refused = cast("asyncio.Transport", transport)
                refused.write(b"421 4.7.0 Too many connections, try again later\r\n")
                refused.close()
                return
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        if self._refused:
            return
        self._server.leave(self, self._ip)
        super().connection_lost(error)

    def data_received(self, data: bytes) -> None:
        if self._refused:
            return
        if self._loop.time() < self._deadline:  # a large mail over a slow line is not silence
            self._reset_timeout()
        super().data_received(data)

    def eof_received(self) -> bool | None:
        return None if self._refused else super().eof_received()

    def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
        """A plain address at once; anything else by aiosmtpd's parser, which costs a quarter of a whole mail."""
        plain = _PLAIN_PATH.fullmatch(arg)
        return (plain[1], plain[2]) if plain else super()._getaddr(arg)

    @smtp.syntax("EHLO hostname")
    async def smtp_EHLO(self, hostname: str) -> None:  # noqa: N802 - aiosmtpd's name
        """All lines in one write, and no AUTH among them: nobody logs in here."""
        if not hostname:
            await self.push("501 Syntax: EHLO hostname")
            return
        self._set_rset_state()
        session = cast("smtp.Session", self.session)
        session.extended_smtp, session.host_name = True, hostname
        lines = [self.hostname, f"SIZE {self.data_size_limit}", "8BITMIME", "SMTPUTF8"]
        if self.tls_context and not self._tls_protocol:
            lines.append("STARTTLS")
        await self.push("".join(f"250-{line}\r\n" for line in lines) + "250 HELP")

    @smtp.syntax("DATA")
    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802 - aiosmtpd's name
        """Take one mail. aiosmtpd would do it line by line: blank lines by the million then hold up everybody."""
        if await self.check_helo_needed():
            return
        envelope = cast("smtp.Envelope", self.envelope)
        if not envelope.rcpt_tos or arg:
            await self.push("501 Syntax: DATA" if arg else "503 Error: need RCPT command")
            return
        await self.push("354 End data with <CR><LF>.<CR><LF>")
        self._deadline = self._loop.time() + self._timeout_duration * _TRANSFER_FACTOR
        try:
            content = await self._content()
        finally:
            self._deadline = 0.0
        if content is None:
            status = "552 Error: Too much mail data"
        elif _has_longer_line(content, self.line_length_limit):
            status = "500 Line too long (see RFC5321 4.5.3.1.6)"
        else:
            envelope.content = envelope.original_content = _without_stuffing(content)
            status = str(await self._call_handler_hook("DATA"))
        self._set_post_data_state()
        await self.push(status)

    async def _content(self) -> bytes | None:
        """Everything from the line end before the mail up to the one that ends it; None when that is too much.

        Source: RFC 5321 4.1.1.4: only CRLF, dot, CRLF is the end, and the first CRLF may be that of the command.
        """
        reader = self._reader
        cast("Any", reader)._buffer[:0] = _LINE_END  # noqa: SLF001 - of the command, so that an empty mail ends too
        pieces: list[bytes] = []
        size_bytes = -len(_END_OF_MAIL)
        while not pieces or not pieces[-1].endswith(_END_OF_MAIL):
            try:
                piece = await reader.readuntil(_END_OF_MAIL)
            except asyncio.LimitOverrunError as much:  # so many bytes hold no end, nor the beginning of one
                piece = await reader.read(much.consumed)
            size_bytes += len(piece)
            if size_bytes > self._server.limits.max_message_bytes:
                pieces.clear()  # the rest is read all the same: only after it may the answer come
            pieces.append(piece)
        if size_bytes > self._server.limits.max_message_bytes:
            return None
        return b"".join(pieces)[: -len(_END_OF_MAIL) + len(_LINE_END)]

    async def handle_exception(self, error: Exception) -> str:
        log.warning("smtp_fault", extra={"error": type(error).__name__})
        self._set_rset_state()
        return "451 4.3.0 Not now, try again later"

    def _reset_timeout(self, duration: float | None = None) -> None:
        """The client was heard. One timer a connection looks at that, instead of a new one for each command."""
        self._heard_at = self._loop.time()
        if self._timeout_handle is None:
            self._timeout_handle = self._loop.call_later(duration or self._timeout_duration, self._timeout_cb)

    def _timeout_cb(self) -> None:
        left = self._heard_at + self._timeout_duration - self._loop.time()
        if left > 0:
            self._timeout_handle = self._loop.call_later(left, self._timeout_cb)
            return
        self.say_goodbye(b"421 4.4.2 Timeout, closing connection\r\n")

    def say_goodbye(self, line: bytes) -> None:
        transport = cast("asyncio.Transport | None", self.transport)
        if transport is not None and not transport.is_closing():
            transport.write(line)
            transport.close()

    def end(self) -> "asyncio.Task[None] | None":
        """Say that the service stops, and stop; the task that is returned ends soon."""
        task = self._handler_coroutine
        self.say_goodbye(b"421 4.3.2 Service is stopping\r\n")
        if task is not None:
            task.cancel()
        return task

    def abort(self) -> None:
        """Drop the line without waiting for the client."""
        transport = cast("asyncio.Transport | None", self.transport)
        if transport is not None:
            transport.abort()


def _has_longer_line(content: bytes, most_bytes: int) -> bool:
    """Whether a line, its end included, is longer than that. A longer one lies over a multiple of that length."""
    for place in range(most_bytes, len(content), most_bytes):
        begin = content.rfind(_LINE_END, 0, place) + len(_LINE_END)
        end = content.find(_LINE_END, max(begin, place - 1))
        if end + len(_LINE_END) - begin > most_bytes:
            return True
    return False


def _without_stuffing(content: bytes) -> bytes:
    """The mail as it was before its sender doubled the dots at line begins. Source: RFC 5321 4.5.2."""
    return content.replace(b"\r\n.", _LINE_END)[len(_LINE_END) :]


def _ip(peer: Any) -> str:
    return str(peer[0]) if isinstance(peer, tuple) and peer else ""


def tls_context(certificate: str | None, key: str | None) -> ssl.SSLContext | None:
    """The certificate for STARTTLS, or None when none is set.

    Raises:
        BadSettings: the files cannot be read or do not fit.
    """
    if certificate is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as fault:
        raise errors.BadSettings(
            "ONTHAAL_CHANNELS__EMAIL__STARTTLS_CERTIFICATE, ONTHAAL_CHANNELS__EMAIL__STARTTLS_KEY: "
            f"{certificate} en {key} zijn geen leesbaar certificaat met sleutel ({fault})."
        ) from fault
    return context
