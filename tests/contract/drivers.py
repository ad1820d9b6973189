"""How the contract suite speaks on each wire: start the channel, deliver a message, see whether it was acknowledged."""

import asyncio
import contextlib
import dataclasses
import json
import smtplib
from collections.abc import AsyncIterator
from email.message import EmailMessage
from typing import Any

import aiohttp
from aiohttp import web

from channels import webchat
from channels.email import channel as email_channel
from channels.email import settings as email_settings
from intake import ports, system
from intake.domain import contact, ids, message

SENTINEL = "geheim-woord-zonnebloem"


class Sink:
    """Keeps receipts; `error` makes it refuse."""

    def __init__(self) -> None:
        self.receipts: list[message.RawReceipt] = []
        self.error: Exception | None = None

    async def __call__(self, receipt: message.RawReceipt) -> ids.ReceiptId:
        if self.error is not None:
            raise self.error
        self.receipts.append(receipt)
        return ids.ReceiptId(str(len(self.receipts)))


class StillConversations:
    """One conversation in which nothing is said."""

    def _state(self) -> ports.ConversationState:
        return ports.ConversationState(
            conversation_id=ids.ConversationId("c1"), token="t", last_seq=0, number=None,
            owner=contact.Owner.BOT, wait=None, time_zone="Europe/Brussels",
        )  # fmt: skip

    async def open(self, token: str | None) -> ports.ConversationState:
        return self._state()

    async def state(self, conversation_id: ids.ConversationId) -> ports.ConversationState:
        return self._state()

    async def messages(self, conversation_id: ids.ConversationId, after: int) -> list[message.Message]:
        return []

    async def delivered(self, conversation_id: ids.ConversationId, seq: int) -> None:
        return None

    @contextlib.asynccontextmanager
    async def changes(self, conversation_id: ids.ConversationId) -> AsyncIterator[AsyncIterator[str]]:
        async def silence() -> AsyncIterator[str]:
            await asyncio.Event().wait()
            yield ""

        yield silence()


def surroundings() -> ports.Surroundings:
    return ports.Surroundings(
        clock=system.SystemClock(), ids=system.SystemIds(), conversations=StillConversations(), data_dir="/nonexistent",
        city_name="Teststad", public_url="http://stad.example",
    )  # fmt: skip


@dataclasses.dataclass
class Email:
    """Real SMTP on a free port."""

    def __post_init__(self) -> None:
        chosen = email_settings.Settings(addresses=("info@stad.example",), listen_port=0)
        self.channel = email_channel.build(chosen, surroundings())

    @contextlib.asynccontextmanager
    async def wire(self) -> AsyncIterator[None]:
        yield

    async def deliver(self, name: str) -> bool:
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = "jan@example.org", "info@stad.example", SENTINEL
        mail["Message-ID"] = f"<{name}@example.org>"
        mail.set_content(SENTINEL)
        return await asyncio.to_thread(self._send, mail)

    def _send(self, mail: EmailMessage) -> bool:
        with smtplib.SMTP("127.0.0.1", self.channel.port or 0, timeout=10) as client:
            try:
                client.send_message(mail)
            except smtplib.SMTPDataError as error:
                if error.smtp_code >= 500:  # our own fault is never permanent
                    raise
                return False
        return True

    def unreadable(self) -> message.RawReceipt:
        return message.RawReceipt(channel="email", account="", wire_id="x", raw=b"\x00\x01\x02")


@dataclasses.dataclass
class WebChat:
    """A real WebSocket."""

    def __post_init__(self) -> None:
        self.channel = webchat.build(webchat.Settings(), surroundings())

    @contextlib.asynccontextmanager
    async def wire(self) -> AsyncIterator[None]:
        application = web.Application()
        for method, path, handler in self.channel.routes():
            application.router.add_route(method, path, handler)
        runner = web.AppRunner(application)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.port = runner.addresses[0][1]
        try:
            yield
        finally:
            await runner.cleanup()

    async def deliver(self, name: str) -> bool:
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(f"http://127.0.0.1:{self.port}/chat/socket") as socket,
        ):
            await socket.send_json({"type": "hello", "token": None, "after": 0})
            await socket.send_json({"type": "message", "client_id": f"client-{name}", "text": SENTINEL})
            async for received in socket:
                frame: dict[str, Any] = json.loads(received.data)
                if frame["type"] == "ack":
                    return True
        return False

    def unreadable(self) -> message.RawReceipt:
        return message.RawReceipt(channel="webchat", account="", wire_id="x", raw=b"{}", envelope={"conversation": "c"})


DRIVERS: dict[str, Any] = {"email": Email, "webchat": WebChat}
NO_WIRE = {"api": "its wire is the HTTP API of the hub, tested in tests/web/test_api*.py"}
