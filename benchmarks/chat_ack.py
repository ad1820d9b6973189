"""Chat messages kept and acknowledged, beside an aiohttp WebSocket that echoes.

The same Python client talks to both, one message in flight per chat; it shares the machine with what it measures.
"""

import asyncio
import json
import time

import aiohttp

from benchmarks import city, figures

CHATS = 20
EACH = 60


async def _talk(session: aiohttp.ClientSession, url: str, count: int, name: str) -> None:
    async with session.ws_connect(f"{url}/chat/socket", max_msg_size=0) as socket:
        await socket.send_json({"type": "hello", "token": None, "after": 0, "language": "nl"})
        await socket.receive()
        for number in range(count):
            client_id = f"{name}-{number}"
            await socket.send_json({"type": "message", "client_id": client_id, "text": f"Bedankt, dat was {number}."})
            while True:
                frame = json.loads((await socket.receive()).data)
                if frame.get("client_id") == client_id and frame["type"] in {"ack", "message"}:
                    break  # the echo comes back as it was sent; the hub's own copy comes after its ack


async def _load(url: str, chats: int, each: int) -> None:
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session, asyncio.TaskGroup() as tasks:
        for number in range(chats):
            tasks.create_task(_talk(session, url, each, f"{time.time_ns():x}-{number}"))


async def measure(scale: figures.Scale, tell: figures.Tell) -> list[figures.Figure]:
    """Rate of acknowledged messages, and the processor time of each."""
    chats, each = scale.of(CHATS, 2), scale.of(EACH, 2)
    costs: dict[str, list[float]] = {"hub": [], "bare": []}

    async def one(who: str, url: str, pid: int) -> float:
        watch = city.Watch(pid)
        await _load(url, chats, each)
        rate, cost = watch.per(chats * each)
        costs[who].append(cost)
        return rate

    async with city.open_city() as hub:
        with city.bare("web") as (port, pid):

            async def of_hub() -> float:
                before = hub.receipts()
                rate = await one("hub", hub.url, hub.demo.pid)
                if hub.receipts() - before != chats * each:
                    raise RuntimeError("not every acknowledged message was kept")
                return rate

            ours, theirs = await figures.in_turn(
                scale.rounds, of_hub, lambda: one("bare", f"http://127.0.0.1:{port}", pid), tell, hub.rest
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
