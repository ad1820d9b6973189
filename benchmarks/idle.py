"""Memory at rest: the hub, the bot, and what each open chat adds."""

import asyncio

import aiohttp

from benchmarks import city, figures

CHATS = 1500
WARM_UP = 50
SETTLE_SECONDS = 5
ROUNDS = 3


async def _open(session: aiohttp.ClientSession, url: str) -> aiohttp.ClientWebSocketResponse:
    socket = await session.ws_connect(f"{url}/chat/socket")
    await socket.send_json({"type": "hello", "token": None, "after": 0, "language": "nl"})
    await socket.receive()
    return socket


async def _round(chats: int, settle_seconds: float, tell: figures.Tell) -> tuple[float, float, float]:
    """Hub and bot at rest in MB, and KiB for each idle chat."""
    async with (
        city.open_city() as hub,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session,
    ):
        await asyncio.sleep(settle_seconds)
        at_rest, bot = (city.rss_kib(pid) * 1.024 / 1000 for pid in (hub.demo.pid, hub.demo.bot_pid()))
        sockets = [await _open(session, hub.url) for _ in range(WARM_UP)]
        before = city.rss_kib(hub.demo.pid)
        for number in range(chats):
            sockets.append(await _open(session, hub.url))
            if number % 100 == 0:
                tell(f"{number} of {chats} chats open")
        await asyncio.sleep(settle_seconds)
        each = (city.rss_kib(hub.demo.pid) - before) / chats
        for socket in sockets:
            await socket.close()
    return at_rest, bot, each


async def measure(scale: figures.Scale, tell: figures.Tell) -> list[figures.Figure]:
    """Resident memory, of the hub's own process and of the bot's; every round is a city that starts anew."""
    chats = scale.of(CHATS, 20)
    rounds = [await _round(chats, SETTLE_SECONDS * scale.share, tell) for _ in range(min(ROUNDS, scale.rounds))]
    at_rest, bot, each = zip(*rounds, strict=True)
    return [
        figures.Figure(
            name="idle_chat", title=f"An idle chat ({chats} open)", unit="KiB", hub=each, bound=40, is_ceiling=True
        ),
        figures.Figure(
            name="hub_memory",
            title="Hub at rest, its own process",
            unit="MB",
            hub=at_rest,
            bound=150,
            is_ceiling=True,
        ),
        figures.Figure(name="bot_memory", title="Rasa at rest", unit="MB", hub=bot, bound=300, is_ceiling=True),
    ]
