"""Rasa is silent where it should complain: every silence is one error. The real one: tests/bot and tests/e2e."""

import asyncio
import contextlib

import pytest
from aiohttp import web

from intake import errors
from intake.bot_client import client

GOOD = {
    "text": "paspoort",
    "intent": {"name": "ask_product", "confidence": 0.9},
    "catalogue": {
        "language": "nl",
        "ranked": [{"product": "paspoort", "version": 1, "score": 0.9, "words": ["paspoort"]}],
    },
}


@contextlib.asynccontextmanager
async def answering(reply):
    async def handle(request):
        return await reply(request)

    application = web.Application()
    application.router.add_post("/{path:.*}", handle)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    bot = client.RasaClient(f"http://127.0.0.1:{runner.addresses[0][1]}", "geheim", timeout_seconds=0.5)
    try:
        yield bot
    finally:
        await bot.close()
        await runner.cleanup()


def json_of(body, status=200):
    async def reply(request):
        assert request.query["token"] == "geheim"
        return web.json_response(body, status=status)

    return reply


async def test_a_good_answer_is_understood():
    async with answering(json_of(GOOD)) as bot:
        found = await bot.understand("paspoort")
    assert (found.intent, found.language) == ("ask_product", "nl")
    assert (found.ranking[0].product_id, found.ranking[0].words) == ("paspoort", ("paspoort",))


@pytest.mark.parametrize(
    "reply",
    [json_of(GOOD, 500), json_of(GOOD, 409), json_of([]), json_of({}), json_of({"intent": None}), json_of(None)],
    ids=["500", "no model", "list", "empty", "no intent", "null"],
)
async def test_every_odd_answer_is_one_error(reply):
    async with answering(reply) as bot:
        with pytest.raises(errors.BotUnavailable):
            await bot.understand("paspoort")


async def test_no_json_is_one_error():
    async def reply(request):
        return web.Response(text="<html>")

    async with answering(reply) as bot:
        with pytest.raises(errors.BotUnavailable):
            await bot.understand("paspoort")


async def test_silence_in_a_dialogue_turn_is_one_error():
    for body in ([], [{}], [{"text": "  "}], {"text": "x"}):
        async with answering(json_of(body)) as bot:
            with pytest.raises(errors.BotUnavailable):
                await bot.say("c:1", "hallo", "nl")


async def test_a_slow_answer_is_one_error_in_time():
    is_over = asyncio.Event()

    async def reply(request):
        await is_over.wait()
        return web.json_response(GOOD)

    async with answering(reply) as bot, asyncio.timeout(30):
        with pytest.raises(errors.BotUnavailable):
            await bot.understand("paspoort")
        assert not await bot.is_ready()
        is_over.set()


async def test_nobody_there_is_one_error():
    bot = client.RasaClient("http://127.0.0.1:9", "geheim", timeout_seconds=1)
    with pytest.raises(errors.BotUnavailable):
        await bot.understand("paspoort")
    await bot.close()
