import contextlib
import dataclasses
import email.message
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiosmtplib
import pytest
import pytest_asyncio

from tests.crash import bot, hub, relay
from tests.support import running


@dataclasses.dataclass(kw_only=True)
class Street:
    """A hub with what stands around it."""

    hub: hub.Hub
    relay: relay.Relay
    bot: bot.Rasa

    async def start(self) -> None:
        self.hub.start(self.bot.url)
        await self.hub.listening()

    async def mail(self, name: str, text: str = "Hoe vraag ik een paspoort aan?", subject: str = "Vraag") -> str:
        """A mail from `name`, as any mail server sends it; returns what the hub said after the last dot."""
        async with self.line() as client:
            _, said = await client.sendmail(f"{name}@example.org", [hub.OURS], mail(name, text, subject))
        return said

    @contextlib.asynccontextmanager
    async def line(self) -> AsyncIterator[aiosmtplib.SMTP]:
        client = aiosmtplib.SMTP(hostname="127.0.0.1", port=self.hub.smtp_port, timeout=30)
        await client.connect()
        try:
            yield client
        finally:
            client.close()

    def chat(self) -> running.ChatClient:
        return running.ChatClient(self.hub.url)

    async def until(self, sql: str, wanted: Any, seconds: float = 30) -> None:
        """Until the database says so."""
        import asyncio

        async with asyncio.timeout(seconds):
            while (found := await asyncio.to_thread(self.hub.rows, sql)) != wanted:
                await asyncio.sleep(0.02)
                self.last = found

    def deliveries(self) -> list[str]:
        return sorted(row[0] for row in self.hub.rows("SELECT delivery FROM message WHERE direction = 'out'"))

    def said_in_log(self, event: str) -> int:
        return self.hub.log.read_text().count(f'"event": "{event}"')


def mail(name: str, text: str, subject: str = "Vraag") -> bytes:
    """The same bytes for the same words."""
    made = email.message.EmailMessage()
    made["From"], made["To"], made["Subject"] = f"{name}@example.org", hub.OURS, subject
    made["Message-ID"] = f"<{name}@example.org>"
    made.set_content(text)
    return made.as_bytes(policy=made.policy.clone(linesep="\r\n"))


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with employees and catalogue, to copy."""
    made = hub.Hub(tmp_path_factory.mktemp("prepared") / "data", 9)
    made.prepare()
    return made.folder


@pytest.fixture
def settings() -> dict[str, str]:
    return {}


@pytest_asyncio.fixture
async def street(prepared: Path, tmp_path: Path, settings: dict[str, str]) -> AsyncIterator[Street]:
    """A running hub; whatever the test did to it, nothing of it is left afterwards."""
    folder = tmp_path / "data"
    shutil.copytree(prepared, folder)
    async with relay.Relay().open() as of, bot.Rasa().open() as understands:
        made = Street(hub=hub.Hub(folder, of.port, **settings), relay=of, bot=understands)
        await made.start()
        try:
            yield made
        finally:
            await made.hub.kill()
            assert not await made.hub.leftovers()
