"""Chat messages kept and acknowledged, beside an aiohttp WebSocket that echoes.

The same Python client talks to both, one message in flight per chat; it shares the machine with what it measures.
"""

import asyncio
import json
import time

import aiohttp

from benchmarks import city, figures

CHATS = 50
EACH = 150
WARM_UP_EACH = 2
BARE_TIMES = 10
"""The reference is so much quicker that it gets more messages: a round of a tenth of a second would be noise."""


async def _open(session: aiohttp.ClientSession, url: str) -> aiohttp.ClientWebSocketResponse:
    socket = await session.ws_connect(f"{url}/chat/socket", max_msg_size=0)
    await socket.send_json({"type": "hello", "token": None, "after": 0, "language": "nl"})
    await socket.receive()
    return socket


async def _talk(socket: aiohttp.ClientWebSocketResponse, count: int, name: str) -> None:
    for number in range(count):
        client_id = f"{name}-{number}"
        await socket.send_json({"type": "message", "client_id": client_id, "text": f"Bedankt, dat was {number}."})
        while True:
            frame = json.loads((await socket.receive()).data)
            if frame.get("client_id") == client_id and frame["type"] in {"ack", "message"}:
                break  # the echo comes back as it was sent; the hub's own copy comes after its ack


async def _load(url: str, chats: int, each: int, pid: int) -> tuple[float, float]:
    """Messages a second over chats that are open already, and milliseconds of processor for each."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        sockets = [await _open(session, url) for _ in range(chats)]
        watch = city.Watch(pid)
        async with asyncio.TaskGroup() as tasks:
            for number, socket in enumerate(sockets):
                tasks.create_task(_talk(socket, each, f"{time.time_ns():x}-{number}"))
        return watch.per(chats * each)


async def measure(scale: figures.Scale, tell: figures.Tell) -> list[figures.Figure]:
    """Rate of acknowledged messages, and the processor time of each."""
    chats, each = scale.of(CHATS, 2), scale.of(EACH, 2)
    costs: dict[str, list[float]] = {"hub": [], "bare": []}

    async def one(who: str, url: str, pid: int, times: int = 1) -> float:
        rate, cost = await _load(url, chats, each * times, pid)
        costs[who].append(cost)
        return rate

    async def of_hub() -> float:
        """A city that starts anew: nobody has to wait until so many messages are answered."""
        async with city.open_city() as hub:
            await _load(hub.url, chats, WARM_UP_EACH, hub.demo.pid)
            await hub.rest()
            before = hub.receipts()
            rate = await one("hub", hub.url, hub.demo.pid)
            if hub.receipts() - before != chats * each:
                raise RuntimeError("not every acknowledged message was kept")
            return rate

    with city.bare("web") as (port, pid):
        ours, theirs = await figures.in_turn(
            scale.rounds, of_hub, lambda: one("bare", f"http://127.0.0.1:{port}", pid, BARE_TIMES), tell
        )
    title = "Chat message, durable ack"
    return [
        figures.Figure(name="chat_ack", title=title, unit="messages/s", hub=ours, bare=theirs, bound=0.20),
        figures.Figure(
            name="chat_ack_cpu",
            title=f"{title}: processor time",
            unit="ms/message",
            hub=tuple(costs["hub"][1:]),
            bare=tuple(costs["bare"][1:]),
            note="the hub's part includes the answering that it begins meanwhile",
        ),
    ]
