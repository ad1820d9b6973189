"""One open chat: reads frames, keeps them before it acknowledges, and follows its conversation."""

import asyncio
import contextlib
import dataclasses
import json
import logging
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pydantic
from aiohttp import web

from channels.webchat import frames
from intake import errors, ports
from intake.domain import contact, ids, party

log = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

HELLO_SECONDS = 15.0
HEARTBEAT_SECONDS = 25.0
STORE_SECONDS = 2.0
"""How long a chat waits before it looks again in a store that could not be read."""
GOING_AWAY = 1001


@dataclasses.dataclass(kw_only=True)
class Door:
    """Lets browsers in while the channel listens."""

    conversations: ports.Conversations
    clock: ports.Clock
    city_name: str
    allowed_origins: frozenset[str]
    max_per_ip: int
    per_minute: int

    def __post_init__(self) -> None:
        """Nobody is inside yet."""
        self._sink: ports.Sink | None = None
        self._sockets: set[web.WebSocketResponse] = set()
        self._per_ip: Counter[str] = Counter()

    def open(self, sink: ports.Sink) -> None:
        """Let chats in; what they say goes to `sink`."""
        self._sink = sink

    async def close(self) -> None:
        """Close every chat; browsers come back by themselves."""
        self._sink = None
        for socket in tuple(self._sockets):
            await socket.close(code=GOING_AWAY)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """The route of the chat."""
        sink = self._sink
        if sink is None:
            raise web.HTTPServiceUnavailable(text="De chat start net op. Probeer het zo opnieuw.")
        if not self._may_come_from(request):
            raise web.HTTPForbidden(text="Deze site mag de chat niet tonen. Zet haar adres in allowed_origins.")
        remote = request.remote or ""
        if self._per_ip[remote] >= self.max_per_ip:
            raise web.HTTPTooManyRequests(text="Te veel chats vanaf dit adres.")
        socket = web.WebSocketResponse(max_msg_size=frames.FRAME_BYTES, heartbeat=HEARTBEAT_SECONDS)
        await socket.prepare(request)
        self._sockets.add(socket)
        self._per_ip[remote] += 1
        try:
            await Chat(self, socket, sink).run()
        finally:
            self._sockets.discard(socket)
            self._per_ip[remote] -= 1
            if not self._per_ip[remote]:
                del self._per_ip[remote]
        return socket

    def _may_come_from(self, request: web.Request) -> bool:
        """Browsers always send Origin: it must be our own site or a listed one; other clients send none."""
        origin = request.headers.get("Origin")
        if origin is None or origin in self.allowed_origins:
            return True
        try:
            return urlsplit(origin).netloc == request.host
        except ValueError:
            return False


class Chat:
    """One WebSocket from hello to goodbye."""

    def __init__(self, door: Door, socket: web.WebSocketResponse, sink: ports.Sink) -> None:
        """Serve `socket` behind `door`."""
        self._door = door
        self._socket = socket
        self._sink = sink
        self._language = "nl"
        self._recent: deque[Any] = deque()
        self._id = ids.ConversationId("")
        self._after = 0
        self._shown: ports.ConversationState | None = None

    async def run(self) -> None:
        """Serve until the browser leaves."""
        hello = await self._hello()
        if hello is None:
            return
        self._language = hello.language
        try:
            state = await self._door.conversations.open(hello.token)
        except errors.StoreFull:
            await self._send(frames.error("refused", self._language))
            await self._socket.close(code=aiohttp.WSCloseCode.TRY_AGAIN_LATER)
            return
        self._id = state.conversation_id
        is_reset = hello.token != state.token and hello.after > 0
        await self._welcome(state, is_reset=is_reset)
        async with self._door.conversations.changes(self._id) as changes:
            try:
                async with asyncio.TaskGroup() as tasks:
                    follow = tasks.create_task(
                        self._follow(changes, 0 if is_reset else hello.after), name="chat:follow"
                    )
                    await self._read()
                    follow.cancel()
            except* ConnectionError:
                log.info("chat_connection_lost", extra={"conversation": self._id})

    async def _hello(self) -> frames.Hello | None:
        try:
            received = await self._socket.receive(HELLO_SECONDS)
            frame = frames.FRAME.validate_json(received.data)
        except (TimeoutError, pydantic.ValidationError):
            frame = None
        if isinstance(frame, frames.Hello):
            return frame
        with contextlib.suppress(ConnectionError):
            await self._send(frames.error("bad_frame", self._language))
        await self._socket.close(code=aiohttp.WSCloseCode.POLICY_VIOLATION)
        return None

    async def _welcome(self, state: ports.ConversationState, *, is_reset: bool) -> None:
        await self._send(
            json.dumps(
                {
                    "type": "welcome",
                    "token": state.token,
                    "seq": state.last_seq,
                    "number": str(state.number) if state.number else None,
                    "city": self._door.city_name,
                    "time_zone": state.time_zone,
                    "limits": {"text_chars": frames.TEXT_CHARS},
                    "reset": is_reset,
                }
            )
        )

    async def _read(self) -> None:
        async for received in self._socket:
            if received.type is not aiohttp.WSMsgType.TEXT:
                continue
            try:
                frame = frames.FRAME.validate_json(received.data)
            except pydantic.ValidationError:
                await self._send(frames.error("bad_frame", self._language, _client_id(received.data)))
                continue
            await self._take(frame)

    async def _take(self, frame: frames.Hello | frames.Utterance | frames.Delivered | frames.Ping) -> None:
        match frame:
            case frames.Ping():
                await self._send('{"type":"pong"}')
            case frames.Delivered():
                with contextlib.suppress(errors.StoreFull):  # the browser tells it again with its next message
                    await self._door.conversations.delivered(self._id, frame.seq)
            case frames.Hello():
                self._language = frame.language
            case frames.Said() | frames.Chosen() | frames.WantsPerson() | frames.Details():
                await self._keep(frame)

    async def _keep(self, frame: frames.Utterance) -> None:
        """Durable first, acknowledged after."""
        fault = self._fault(frame)
        if fault is not None:
            await self._send(frames.error(fault, self._language, frame.client_id))
            return
        try:
            await self._sink(frames.to_receipt(frame, self._id, self._language))
        except errors.StoreFull:
            log.warning("chat_not_kept", extra={"conversation": self._id})
            await self._send(frames.error("refused", self._language))
            await self._socket.close(code=aiohttp.WSCloseCode.TRY_AGAIN_LATER)
            return
        await self._send(json.dumps({"type": "ack", "client_id": frame.client_id}))

    def _fault(self, frame: frames.Utterance) -> str | None:
        if isinstance(frame, frames.Said):
            self._language = frame.language
            if len(frame.text) > frames.TEXT_CHARS:
                return "too_long"
            if not frame.text.strip():
                return "empty"
        if isinstance(frame, frames.Details) and frame.email and party.mail_address(frame.email) is None:
            return "email"
        now = self._door.clock.now()
        while self._recent and now - self._recent[0] > timedelta(minutes=1):
            self._recent.popleft()
        if len(self._recent) >= self._door.per_minute:
            return "too_fast"
        self._recent.append(now)
        return None

    async def _follow(self, changes: Any, after: int) -> None:
        """Send what is new, then wait for a change; the store is the truth, changes only wake."""
        self._after = after
        await self._catch_up_surely()
        async for change in changes:
            if change.startswith("typing:"):
                await self._send(json.dumps({"type": "typing", "name": change.removeprefix("typing:")}))
            else:
                await self._catch_up_surely()

    async def _catch_up_surely(self) -> None:
        """As `_catch_up`, as soon as the store can be read: until then the chat stays open."""
        while True:
            try:
                return await self._catch_up()
            except errors.StoreFull:
                log.warning("chat_waits_for_store", extra={"conversation": self._id})
            await asyncio.sleep(STORE_SECONDS)

    async def _catch_up(self) -> None:
        """Send what the screen does not show yet. Raises StoreFull."""
        state = await self._door.conversations.state(self._id)
        while self._after < state.last_seq:
            page = await self._door.conversations.messages(self._id, self._after)
            if not page:
                break
            for said in page:
                await self._send(frames.from_message(said, state.number))
                self._after = said.seq or self._after
        shown = self._shown
        if state.owner is not None and (shown is None or _visible(shown) != _visible(state)):
            await self._send(
                json.dumps(
                    {"type": "state", "number": str(state.number), "owner": state.owner, "wait": state.wait},
                    ensure_ascii=False,
                )
            )
        self._shown = state

    async def _send(self, text: str) -> None:
        if not self._socket.closed:
            await self._socket.send_str(text)


def _visible(state: ports.ConversationState) -> tuple[int | None, contact.Owner | None, str | None]:
    return state.number, state.owner, state.wait


def _client_id(data: str) -> str | None:
    """The client's id in a frame that is otherwise wrong, so that the browser knows which message it was."""
    try:
        found = json.loads(data).get("client_id")
    except (ValueError, AttributeError, RecursionError):
        return None
    return found if isinstance(found, str) and len(found) <= 64 else None  # noqa: PLR2004 - as in ClientId
