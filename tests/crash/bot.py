"""What stands where `bot.url` points: it speaks Rasa's HTTP, and understands what a campaign says."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

from aiohttp import web

Reply = Callable[[web.Request], Awaitable[web.StreamResponse]]

PRODUCT = "paspoort-aanvragen"


class Rasa:
    """Knows one product and greetings; everything else is out of the catalogue. `reply` takes over all of it."""

    def __init__(self) -> None:
        self.url = ""
        self.asked: list[str] = []
        self.reply: Reply | None = None
        self.slow_seconds = 0.0

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator["Rasa"]:
        application = web.Application()
        application.router.add_post("/model/parse", self._parse)
        application.router.add_post("/webhooks/rest/webhook", self._say)
        runner = web.AppRunner(application, shutdown_timeout=0.1, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield self
        finally:
            await runner.cleanup()

    async def _parse(self, request: web.Request) -> web.StreamResponse:
        text = str((await request.json())["text"])
        self.asked.append(text)
        if self.reply is not None and text != "paspoort":  # the hub asks that one to see whether the bot is well
            return await self.reply(request)
        await asyncio.sleep(self.slow_seconds)
        return web.json_response(understood(text))

    async def _say(self, request: web.Request) -> web.StreamResponse:
        if self.reply is not None:
            return await self.reply(request)
        return web.json_response([{"text": "Hallo, waarmee kan ik helpen?"}])


def understood(text: str) -> dict[str, object]:
    """What Rasa says of a text."""
    knows = "paspoort" in text
    return {
        "text": text,
        "intent": {"name": "ask_product" if knows else "nlu_fallback", "confidence": 0.9 if knows else 0.3},
        "catalogue": {
            "language": "nl",
            "ranked": [{"product": PRODUCT, "version": 1, "score": 0.95, "words": ["paspoort"]}] if knows else [],
        },
    }
