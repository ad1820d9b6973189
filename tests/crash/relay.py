"""The city's mail relay, played by the test: it outlives the hub and remembers every mail it took."""

import asyncio
import contextlib
import dataclasses
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from email import message_from_bytes, policy
from typing import Any

TAKEN = "250 2.0.0 taken"
_DATE = re.compile(rb"^Date:[^\r]*\r\n", re.MULTILINE)


class Cut(Exception):
    """The relay hangs up without another word."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """One mail, whole, as it came over the wire. `at` is on the monotonic clock, when its last dot was read."""

    at: float
    to: str
    content: bytes

    @property
    def mail(self) -> Any:
        return message_from_bytes(self.content, policy=policy.default)

    @property
    def message_id(self) -> str:
        return str(self.mail["Message-ID"])

    @property
    def same(self) -> tuple[str, bytes]:
        """What two copies of one mail share, whatever their Message-ID."""
        head, _, text = _DATE.sub(b"", self.content).partition(b"\r\n\r\n")
        kept = [line for line in head.split(b"\r\n") if not line.lower().startswith((b"message-id:", b"content-type:"))]
        return self.to, b"\r\n".join([*kept, re.sub(rb"--=_[0-9a-f]+", b"--", text)])


class Relay:
    """Takes everything, unless `answer` says something else after the last dot (or raises `Cut`)."""

    def __init__(self) -> None:
        self.taken: list[Taken] = []
        self.port = 0
        self.asked: list[str] = []
        """Recipients that were named, also of mails that did not come."""
        self.goodbyes = 0
        """How often a client said QUIT: it knows what became of its mail."""
        self.answer: Callable[[Taken], Awaitable[str]] | None = None
        self.at_rcpt: Callable[[str], Awaitable[str]] | None = None
        self._news = asyncio.Event()
        self._lines: set[asyncio.StreamWriter] = set()

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator["Relay"]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=1 << 24)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            for writer in tuple(self._lines):
                writer.close()
            await server.wait_closed()
            await asyncio.sleep(0)

    def to(self, address: str) -> list[Taken]:
        return [each for each in self.taken if each.to == address]

    async def until(self, check: Callable[[], Any], seconds: float) -> Any:
        """What `check` finds, looked at after each mail."""
        async with asyncio.timeout(seconds):
            while not (found := check()):
                self._news.clear()
                await self._news.wait()
        return found

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._lines.add(writer)
        try:
            writer.write(b"220 relay.example ESMTP\r\n")
            await self._talk(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, Cut):
            pass
        finally:
            self._lines.discard(writer)
            writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        to = ""
        while line := await reader.readline():
            word = line[:4].upper().strip()
            match word:
                case b"EHLO":
                    said = "250-relay.example\r\n250 8BITMIME"
                case b"RCPT":
                    to = line.decode().partition("<")[2].partition(">")[0]
                    self.asked.append(to)
                    self._news.set()
                    said = await self.at_rcpt(to) if self.at_rcpt else "250 ok"
                case b"DATA":
                    writer.write(b"354 go\r\n")
                    content = await reader.readuntil(b"\r\n.\r\n")
                    said = await self._take(to, content[:-3].replace(b"\r\n..", b"\r\n."))
                case b"QUIT":
                    self.goodbyes += 1
                    self._news.set()
                    writer.write(b"221 bye\r\n")
                    return
                case _:
                    said = "250 ok"
            writer.write(said.encode() + b"\r\n")
            await writer.drain()

    async def _take(self, to: str, content: bytes) -> str:
        one = Taken(at=time.monotonic(), to=to, content=content)
        self.taken.append(one)
        self._news.set()
        if self.answer is None:
            return TAKEN
        said = await self.answer(one)
        if not said.startswith("250"):
            self.taken.remove(one)
        return said
