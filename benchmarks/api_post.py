"""Messages by `POST /api/v1/messages`, beside an aiohttp handler that reads the same JSON. One client for both."""

import asyncio

import aiohttp

from benchmarks import city, figures
from intake import system

CLIENTS = 20
EACH = 20


async def _post(session: aiohttp.ClientSession, url: str, token: str, each: int) -> None:
    fresh = system.SystemIds()
    for _ in range(each):
        body = {
            "externalId": fresh.new(),
            "from": {"email": "jan@example.org"},
            "subject": "Vraag",
            "text": "Wanneer is het park open? " * 8,
        }
        headers = {"Authorization": f"Bearer {token}"}
        async with session.post(f"{url}/api/v1/messages", json=body, headers=headers) as answer:
            if answer.status // 100 != 2:
                raise RuntimeError(f"{answer.status}: {await answer.text()}")
            await answer.read()


async def measure(scale: figures.Scale, tell: figures.Tell) -> list[figures.Figure]:
    """Rate of answered requests; research found 0.55 within reach."""
    clients, each = scale.of(CLIENTS, 2), scale.of(EACH, 2)

    async def one(url: str, token: str, pid: int) -> float:
        watch = city.Watch(pid)
        async with aiohttp.ClientSession() as session, asyncio.TaskGroup() as tasks:
            for _ in range(clients):
                tasks.create_task(_post(session, url, token, each))
        return watch.per(clients * each)[0]

    async with city.open_city() as hub:
        token = await asyncio.to_thread(hub.demo.token, "contacts:write")
        with city.bare("web") as (port, pid):
            ours, theirs = await figures.in_turn(
                scale.rounds,
                lambda: one(hub.url, token, hub.demo.pid),
                lambda: one(f"http://127.0.0.1:{port}", token, pid),
                tell,
                hub.rest,
            )
    return [figures.Figure(name="api_post", title="API message, durable answer", unit="posts/s", hub=ours, bare=theirs)]
