"""The bot answers rubbish, too much, too slowly or never: every question is on a queue within 15 seconds."""

import asyncio
import time

import pytest
from aiohttp import web

from tests.crash import bot
from tests.support import running

BOUND_SECONDS = 11
"""The promise is 15: this leaves room for a busy machine, and shows that the last net (`flow.watch`) was not needed."""
HUGE_BYTES = 300_000_000
MOST_GROWTH_KIB = 60_000


async def status_500(_):
    return web.json_response({"status": "failure"}, status=500)


async def page(_):
    return web.Response(text="<html>proxy error</html>", content_type="text/html")


async def half(_):
    return web.Response(text='{"intent": {"name": "ask_pro', content_type="application/json")


async def deep(_):
    return web.Response(text="[" * 200_000, content_type="application/json")


async def not_text(_):
    return web.Response(body=b"\xff\xfe\x00\x80" * 1000, content_type="application/json")


async def huge(request):
    answer = web.StreamResponse(headers={"Content-Type": "application/json"})
    await answer.prepare(request)
    block = b" " * 1_000_000
    for _ in range(HUGE_BYTES // len(block)):
        await answer.write(block)
    await answer.write(b"{}")
    return answer


async def never(_):
    await asyncio.sleep(60)
    return web.Response()


async def drip(request):
    """A byte now and then: no read of it ever times out by itself."""
    answer = web.StreamResponse(headers={"Content-Type": "application/json"})
    await answer.prepare(request)
    for _ in range(60):
        await answer.write(b" ")
        await asyncio.sleep(0.5)
    return answer


async def just_in_time(request):
    """Each answer of a turn takes nearly as long as it may: together they take too long."""
    await asyncio.sleep(4.5)
    if request.path == "/model/parse":
        return web.json_response(understood(intent={"name": "greet", "confidence": 0.9}))
    return web.json_response([])


async def unknown_product(_):
    return web.json_response(understood(products=("bestaat-niet", "ook-niet")))


async def no_numbers(_):
    said = understood(intent={"name": "ask_product", "confidence": float("nan")}, products=("x",))
    return web.json_response(said)


async def other_shape(_):
    return web.json_response({"intent": "ask_product", "catalogue": 7})


async def silence(request):
    if request.path == "/model/parse":
        return web.json_response(understood(intent={"name": "greet", "confidence": 0.9}))
    return web.json_response([])


def understood(*, intent=None, products=()):
    return {
        "intent": intent or {"name": "ask_product", "confidence": 0.99},
        "catalogue": {"language": "nl", "ranked": [{"product": name, "score": 0.99, "words": []} for name in products]},
    }


FAULTS = (
    status_500, page, half, deep, not_text, huge, never, drip, just_in_time, unknown_product, no_numbers, other_shape,
    silence,
)  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
async def test_whatever_the_bot_does_a_person_has_the_question_within_15_seconds(bad_bot, fault):
    hub, rasa = bad_bot
    before = running.memory_kib(hub.pid)
    rasa.reply = fault
    async with running.ChatClient(hub.url) as chat:
        began = time.monotonic()
        await chat.send(text="Goedemorgen. Kunt u mij zeggen hoe dat gaat met mijn vraag?")
        await chat.until(lambda: [s for s in chat.states if s["owner"] == "queue"], BOUND_SECONDS)
        took = time.monotonic() - began
    assert took < BOUND_SECONDS
    assert running.memory_kib(hub.pid) - before < MOST_GROWTH_KIB


@pytest.fixture(scope="module")
def bad_bot(prepared, tmp_path_factory):
    """One hub for all faults, and the bot that misbehaves, in a thread of its own."""
    import shutil
    import threading

    from tests.crash import hub as hub_module

    folder = tmp_path_factory.mktemp("bad-bot") / "data"
    shutil.copytree(prepared, folder)
    rasa, loop, over, is_open = bot.Rasa(), asyncio.new_event_loop(), asyncio.Event(), threading.Event()

    async def stand() -> None:
        async with rasa.open():
            is_open.set()
            await over.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(stand(),))
    thread.start()
    is_open.wait(10)
    hub = hub_module.Hub(folder, 9)
    hub.start(rasa.url)
    asyncio.run(hub.listening())
    yield hub, rasa
    asyncio.run(hub.kill())
    loop.call_soon_threadsafe(over.set)
    thread.join(20)
    loop.close()
