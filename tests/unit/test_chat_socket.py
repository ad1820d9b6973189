"""An open chat follows its conversation, also over a store that cannot be read for a while."""

import asyncio
import dataclasses
import json
from datetime import UTC, datetime

from channels.webchat import socket
from intake import errors, ports
from intake.domain import contact, ids, message

CHAT = ids.ConversationId("c1")


class Screen:
    """The browser's end: what it was sent."""

    closed = False

    def __init__(self):
        self.shown = asyncio.Queue()

    async def send_str(self, text):
        self.shown.put_nowait(json.loads(text))


class Conversations:
    """Two messages; the store is away at the moments that `away` names, counted in readings."""

    def __init__(self, away):
        self._away = away
        self._readings = 0

    def _read(self):
        self._readings += 1
        if self._readings in self._away:
            raise errors.StoreFull("weg")

    async def state(self, conversation_id):
        self._read()
        return ports.ConversationState(
            conversation_id=CHAT, token="t", last_seq=2, number=12345678, owner=contact.Owner.BOT, wait=None,
            time_zone="Europe/Brussels",
        )  # fmt: skip

    async def messages(self, conversation_id, after):
        self._read()
        said = message.Message(
            id=ids.MessageId("m"), contact_id=ids.ContactId("c"), direction=message.Direction.OUT, channel="webchat",
            author=message.Author.BOT, at=datetime(2026, 11, 23, tzinfo=UTC), text="Dag",
        )  # fmt: skip
        return [dataclasses.replace(said, seq=after + 1)]


async def no_changes():
    await asyncio.Event().wait()
    yield ""


async def test_a_store_that_is_away_keeps_the_chat_waiting_and_open_and_shows_nothing_twice(monkeypatch):
    monkeypatch.setattr(socket, "STORE_SECONDS", 0.0)
    door = socket.Door(
        conversations=Conversations(away={1, 4}), clock=None, city_name="Stad", allowed_origins=frozenset(),
        max_per_ip=1, per_minute=1,
    )  # fmt: skip
    screen = Screen()
    following = asyncio.create_task(socket.Chat(door, screen, None)._follow(no_changes(), 0))
    async with asyncio.timeout(5):
        shown = [await screen.shown.get() for _ in range(3)]
    assert [(frame["type"], frame.get("seq")) for frame in shown] == [("message", 1), ("message", 2), ("state", None)]
    assert not following.done()
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)
