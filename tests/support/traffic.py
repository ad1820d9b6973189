"""Mails, API posts and chats at the same time, each with a name of its own, and what the hub said about each."""

import asyncio
import contextlib
import json
import smtplib
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence

import aiohttp

from tests.support import running

WIRES = ("mail", "api", "chat")
KEPT = {"mail 250", "api 202", "chat ack"}
RECEIPTS = "SELECT channel, wire_id, envelope, outcome FROM receipt"
_READ = """
import json, sqlite3, sys
database = sqlite3.connect(sys.argv[1], timeout=30)
print(json.dumps(database.execute(sys.argv[2]).fetchall()))
"""
UNHEARD = (OSError, TimeoutError, smtplib.SMTPException, aiohttp.ClientError)
"""How a line breaks before an answer came."""
SETTINGS = {"ONTHAAL_CHANNELS__WEBCHAT__MESSAGES_PER_MINUTE": "100000"}


class Traffic:
    """`kept` and `refused` hold names that the hub acknowledged and refused; `unknown` what it said nothing about."""

    def __init__(self, demo: running.RunningDemo, token: str, *, mail_chars: int = 60_000) -> None:
        self._demo = demo
        self._token = token
        self._mail_chars = mail_chars
        self._stop = asyncio.Event()
        self._numbers = Counter[str]()
        self.kept: set[str] = set()
        self.refused: set[str] = set()
        self.unknown: set[str] = set()
        self.answers = Counter[str]()
        self._news = asyncio.Event()

    def kept_by(self, wire: str) -> int:
        return sum(name.startswith(wire) for name in self.kept)

    def not_kept_by(self, wire: str) -> int:
        """Refused, or not answered."""
        return sum(name.startswith(wire) for name in self.refused | self.unknown)

    def refused_by(self, wire: str) -> int:
        return sum(name.startswith(wire) for name in self.refused)

    @contextlib.asynccontextmanager
    async def flowing(self) -> AsyncIterator[None]:
        async with asyncio.TaskGroup() as tasks:
            for _ in range(2):
                tasks.create_task(self._again(self._mail))
                tasks.create_task(self._again(self._post))
                tasks.create_task(self._chat())
            try:
                yield
            finally:
                self._stop.set()

    async def until(self, check: Callable[[], bool], seconds: float, what: str) -> None:
        try:
            async with asyncio.timeout(seconds):
                while not check():
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise AssertionError(f"not within {seconds} s: {what}; so far {dict(self.answers)}") from None

    async def works_on_all(self, seconds: float = 30, *, more: int = 4) -> None:
        """Until so many more were kept on every wire: all work, or work again."""
        wanted = {wire: self.kept_by(wire) + more for wire in WIRES}
        await self.until(
            lambda: all(self.kept_by(wire) >= many for wire, many in wanted.items()), seconds, "all wires work"
        )

    def _next(self, wire: str) -> str:
        self._numbers[wire] += 1
        return f"{wire}-{self._numbers[wire]:06d}"

    def _heard(self, name: str, answer: str, *, is_kept: bool) -> None:
        (self.kept if is_kept else self.refused).add(name)
        self.answers[f"{name.partition('-')[0]} {answer}"] += 1
        self._news.set()

    async def _again(self, send: Callable[[], Awaitable[None]]) -> None:
        while not self._stop.is_set():
            await send()
            await asyncio.sleep(0.02)

    async def _mail(self) -> None:
        name = self._next("mail")
        mail = f"From: {name}@example.org\r\nSubject: vraag\r\nMessage-ID: <{name}@x>\r\n\r\n"
        mail += f"{name} " * (self._mail_chars // len(name)) + "\r\n"

        def give() -> int:
            with smtplib.SMTP("127.0.0.1", self._demo.smtp_port, timeout=30, local_hostname="t") as client:
                client.ehlo()
                client.mail(f"{name}@example.org")
                client.rcpt("info@voorbeeldstad.example")
                return client.data(mail)[0]

        with self._unless_unheard(name):
            code = await asyncio.to_thread(give)
            self._heard(name, str(code), is_kept=code == 250)

    async def _post(self) -> None:
        name = self._next("api")
        body = {"from": {"email": f"{name}@example.org"}, "text": "vraag " * 1000, "externalId": name}
        headers = {"Authorization": f"Bearer {self._token}"}
        with self._unless_unheard(name):
            async with (
                aiohttp.ClientSession() as http,
                http.post(f"{self._demo.url}/api/v1/messages", json=body, headers=headers) as answer,
            ):
                self._heard(name, str(answer.status), is_kept=answer.status == 202)

    async def _chat(self) -> None:
        token: str | None = None
        while not self._stop.is_set():
            client = running.ChatClient(self._demo.url)
            client.token = token
            with contextlib.suppress(*UNHEARD):
                async with client:
                    token = client.token
                    while not self._stop.is_set() and not client.errors:
                        await self._say(client)
            await asyncio.sleep(0.02)

    async def _say(self, client: running.ChatClient) -> None:
        name = self._next("chat")
        with self._unless_unheard(name):
            await client.send(client_id=name, text="vraag " * 600)
            await client.until(lambda: name in client.acks or client.errors, 30)
            code = "ack" if name in client.acks else client.errors[0]["code"]
            self._heard(name, code, is_kept=name in client.acks)
        await asyncio.sleep(0.02)

    @contextlib.contextmanager
    def _unless_unheard(self, name: str) -> Iterator[None]:
        """The line broke before the hub said anything: whether it was kept is not known, and the sender knows so."""
        try:
            yield
        except UNHEARD:
            self.unknown.add(name)
            self._news.set()
            if name.startswith("chat"):
                raise


def in_ledger(demo: running.RunningDemo) -> dict[str, str | None]:
    """Every receipt in the hub's SQLite file; see `by_name`."""
    read = subprocess.run(
        [*demo.beside, sys.executable, "-c", _READ, str(demo.data_dir / "onthaal.sqlite3"), RECEIPTS],
        cwd=demo.data_dir.parent, capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    return by_name(json.loads(read.stdout))


def by_name(rows: Iterable[Sequence[str]]) -> dict[str, str | None]:
    """Receipts (`RECEIPTS`) by the name that `Traffic` gave them, with their outcome. One that is there twice fails."""
    found: dict[str, str | None] = {}
    for channel, wire_id, envelope, outcome in rows:
        is_mail = channel == "email"
        name = json.loads(envelope)["mail_from"].partition("@")[0] if is_mail else wire_id.rpartition(":")[2]
        assert name not in found, f"{name} is there twice"
        found[name] = outcome
    return found
