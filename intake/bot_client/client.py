"""Rasa over HTTP. It is silent where it should complain, so every oddity here is `BotUnavailable`.

Source: research on Rasa 3.6.21 in docs/explanation/bot.md: the REST channel answers 200 and an empty list on errors.
"""

import asyncio
import json
from typing import Any

import aiohttp
import pydantic

from intake import errors, ports
from intake.domain import ids

TIMEOUT_SECONDS = 5.0
"""A slower answer is a failure: the citizen gets a person instead of a wait."""


LARGEST_BYTES = 1_048_576
"""A larger answer is none: an answer is a few kilobytes, and the hub's memory is for the city."""


class _Intent(pydantic.BaseModel):
    name: str
    confidence: pydantic.FiniteFloat = 0.0


class _Ranked(pydantic.BaseModel):
    product: str
    score: pydantic.FiniteFloat
    words: list[str] = []


class _Catalogue(pydantic.BaseModel):
    ranked: list[_Ranked] = []
    language: str = "nl"


class _Parsed(pydantic.BaseModel):
    intent: _Intent
    catalogue: _Catalogue


class _Said(pydantic.BaseModel):
    text: str = ""


class RasaClient:
    """See `ports.Bot`. One client per hub; `close` ends its connections."""

    def __init__(self, url: str, token: str, *, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        """Talk to the Rasa server at `url` with its `token`."""
        self._url = url.rstrip("/")
        self._token = token
        self._timeout = aiohttp.ClientTimeout(total=timeout_seconds)
        self._session: aiohttp.ClientSession | None = None

    async def understand(self, text: str) -> ports.Understanding:
        """See `ports.Bot.understand`."""
        answer = await self._post("/model/parse", {"text": text})
        try:
            parsed = _Parsed.model_validate(answer)
        except pydantic.ValidationError as error:
            raise errors.BotUnavailable("the bot answered in another form than agreed") from error
        return ports.Understanding(
            intent=parsed.intent.name,
            confidence=parsed.intent.confidence,
            ranking=tuple(
                ports.Ranked(product_id=ids.ProductId(r.product), score=r.score, words=tuple(r.words))
                for r in parsed.catalogue.ranked
            ),
            language=parsed.catalogue.language,
        )

    async def say(self, sender: str, text: str, language: str) -> str:
        """See `ports.Bot.say`."""
        turn = {"sender": sender, "message": text, "metadata": {"language": language}}
        answer = await self._post("/webhooks/rest/webhook", turn)
        try:
            said = pydantic.TypeAdapter(list[_Said]).validate_python(answer)
        except pydantic.ValidationError as error:
            raise errors.BotUnavailable("the bot answered in another form than agreed") from error
        words = "\n".join(part.text for part in said if part.text).strip()
        if not words:
            raise errors.BotUnavailable("the bot was silent")
        return words

    async def _post(self, path: str, body: dict[str, Any]) -> Any:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=self._timeout)
        try:
            async with self._session.post(self._url + path, params={"token": self._token}, json=body) as response:
                if response.status != 200:  # noqa: PLR2004 - HTTP OK
                    raise errors.BotUnavailable(f"the bot answered with status {response.status}")
                return json.loads(await _limited(response))
        except RecursionError as error:
            raise errors.BotUnavailable("the bot answered in another form than agreed") from error
        except (aiohttp.ClientError, TimeoutError, ValueError, OSError) as error:
            raise errors.BotUnavailable(f"the bot does not answer ({type(error).__name__})") from error

    async def is_ready(self, *, timeout_seconds: float = TIMEOUT_SECONDS) -> bool:
        """Whether the bot understands a sentence now: a status of 200 alone says too little."""
        try:
            async with asyncio.timeout(timeout_seconds):
                await self.understand("paspoort")
        except (errors.BotUnavailable, TimeoutError):
            return False
        return True

    async def close(self) -> None:
        """End all connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None


async def _limited(response: aiohttp.ClientResponse) -> bytes:
    """The body, up to `LARGEST_BYTES`. Raises BotUnavailable when there is more."""
    body = bytearray()
    async for block in response.content.iter_any():
        body += block
        if len(body) > LARGEST_BYTES:
            raise errors.BotUnavailable("the bot said far too much")
    return bytes(body)
