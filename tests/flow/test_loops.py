"""No loop of a hub ends for good because something in it failed once: it is logged, and the loop goes on."""

import asyncio
import contextlib
from types import SimpleNamespace

import pytest

from intake import errors, prometheus, settings
from intake.app import operating, running
from intake.flow import clocks, presence, watch, work
from tests.support import fakes

LOOPS = {
    "work": lambda parts: (parts.worker, "_claim"),
    "conversations": lambda parts: (parts.store, "events"),
    "presence": lambda parts: (parts.presence, "beat"),
    "clocks": lambda parts: (parts.clocks, "look"),
    "watch": lambda parts: (parts.presence, "clear_dead"),
    "catalogue": lambda parts: (parts, "refresh_snapshot"),
    "web": lambda parts: (parts, "web_application"),
    "prune": lambda parts: (parts.operation.pruner, "prune"),
    "silence": lambda parts: (parts.operation.listener, "look"),
    "channel:email": lambda parts: (parts.channels["email"], "listen"),
    "channel:webchat": lambda parts: (parts.channels["webchat"], "listen"),
    "bot": lambda parts: (parts.bot_process, "run"),
}
"""Every loop, and what it calls again and again."""


@pytest.fixture
async def desk(tmp_path):
    opened = await fakes.open_desk(tmp_path)
    yield opened
    await opened.store.close()


@pytest.fixture
def parts(desk, tmp_path, monkeypatch):
    """A hub whose rounds follow one another at once."""
    for module, name in (
        (running, "WATCH_SECONDS"),
        (presence, "BEAT_SECONDS"),
        (clocks, "EVERY_SECONDS"),
        (operating, "LISTEN_EVERY_SECONDS"),
        (operating, "PRUNE_EVERY_SECONDS"),
        (work, "POLL_SECONDS"),
    ):
        monkeypatch.setattr(module, name, 0.0)
    monkeypatch.setattr(running, "BACK_OFF_SECONDS", (0.0,))

    async def nothing():
        return "1"

    async def run():
        await asyncio.Event().wait()

    listening = dict.fromkeys(desk.hub.channels, False)
    bot = SimpleNamespace(run=run, ready=asyncio.Event())
    return SimpleNamespace(
        hub=desk.hub,
        store=desk.store,
        worker=desk.worker,
        conversations=desk.live,
        presence=presence.Presence(desk.hub, desk.live),
        clocks=clocks.Clocks(desk.hub),
        channels=desk.hub.channels,
        receiver=desk.receive,
        listening=listening,
        settings=settings.Settings(data_dir=tmp_path, web={"port": 0}),
        refresh_snapshot=nothing,
        web_application=None,
        bot_process=bot,
        operation=operating.Operation(
            settings=settings.Settings(data_dir=tmp_path),
            hub=desk.hub,
            meters=prometheus.Meters(),
            listening=listening,
            conversations=desk.live,
            bot=bot,
            bot_process=bot,
        ),
    )


class FailsOnce:
    """Raises at the first call; `again` is set at the second."""

    def __init__(self, error):
        self._error = error
        self._calls = 0
        self.again = asyncio.Event()

    def __call__(self, *_, **__):
        self._calls += 1
        if self._calls == 1:
            raise self._error
        self.again.set()
        return self._for_ever()

    async def _for_ever(self):
        await asyncio.Event().wait()


@contextlib.asynccontextmanager
async def going(task):
    running_task = asyncio.create_task(task)
    try:
        async with asyncio.timeout(10):
            yield running_task
    finally:
        running_task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running_task


def test_every_loop_of_a_hub_is_tried(parts):
    assert sorted(name for name, _ in running._works(parts)) == sorted(LOOPS)


@pytest.mark.parametrize(
    "error", [RuntimeError("stuk"), asyncio.CancelledError("van een ander")], ids=["error", "gone"]
)
@pytest.mark.parametrize("name", LOOPS)
@pytest.mark.filterwarnings("ignore:coroutine .*_for_ever.* was never awaited")
async def test_a_loop_goes_on_after_a_failure_and_says_so(parts, name, error, monkeypatch, caplog):
    found = FailsOnce(error)
    monkeypatch.setattr(*LOOPS[name](parts), found, raising=False)
    is_up = asyncio.Event()
    is_up.set()
    task = dict(running._works(parts))[name]
    async with going(running._supervise(name, task, is_up)) as supervised:
        waiting = asyncio.create_task(found.again.wait())
        await asyncio.wait({supervised, waiting}, return_when=asyncio.FIRST_COMPLETED)
        assert found.again.is_set(), f"{name} ended"
    said = [r for r in caplog.records if r.levelname == "ERROR" and r.exc_info and r.exc_info[1] is error]
    assert said, "nothing was logged"


async def test_a_wrong_setting_ends_a_hub_that_starts_and_no_hub_that_runs(monkeypatch):
    monkeypatch.setattr(running, "BACK_OFF_SECONDS", (0.0,))
    is_up = asyncio.Event()
    with pytest.raises(errors.BadSettings):
        await running._supervise("bot", FailsOnce(errors.BadSettings("weg")), is_up)
    is_up.set()
    found = FailsOnce(errors.BadSettings("weg"))
    async with going(running._supervise("bot", found, is_up)):
        await found.again.wait()


@pytest.fixture
def slow(monkeypatch):
    """Handles jobs of the kind "langzaam": each ends when it may."""
    monkeypatch.setattr(work, "POLL_SECONDS", 0.0)
    of = SimpleNamespace(began=asyncio.Event(), may_end=asyncio.Event(), ended=asyncio.Event())

    async def handle(_hub, _job):
        of.began.set()
        await of.may_end.wait()
        of.ended.set()

    monkeypatch.setitem(work.HANDLERS, "langzaam", handle)
    return of


async def test_a_claim_that_fails_breaks_off_no_job_that_runs(desk, slow, monkeypatch, caplog):
    await desk.store.write(lambda uow: uow.jobs.add("langzaam", {}))
    claim, failed = desk.worker._claim, asyncio.Event()

    async def fails_while_it_runs(hub, running_now):
        if slow.began.is_set() and not failed.is_set():
            failed.set()
            raise RuntimeError("stuk")
        return await claim(hub, running_now)

    monkeypatch.setattr(desk.worker, "_claim", fails_while_it_runs)
    async with going(desk.worker.run()):
        await failed.wait()
        slow.may_end.set()
        await slow.ended.wait()
    assert "claim_failed" in caplog.messages


async def test_the_end_of_one_job_that_cannot_be_handled_breaks_off_no_other(desk, slow, monkeypatch, caplog):
    async def quick(_hub, _job):
        await slow.began.wait()

    end = desk.worker._end

    async def stumbles(hub, write):
        if not slow.may_end.is_set():
            slow.may_end.set()
            raise RuntimeError("stuk")
        await end(hub, write)

    monkeypatch.setitem(work.HANDLERS, "vlug", quick)
    monkeypatch.setattr(desk.worker, "_end", stumbles)
    for kind in ("langzaam", "vlug"):
        await desk.store.write(lambda uow, kind=kind: uow.jobs.add(kind, {}))
    async with going(desk.worker.run()):
        await slow.ended.wait()
    assert "job_not_settled" in caplog.messages


async def test_a_step_of_the_watch_that_fails_stops_neither_the_others_nor_the_next_round(desk, monkeypatch, caplog):
    await desk.mail("paspoort")
    assert (await desk.contact()).is_open
    desk.clock.pass_time(days=15)

    async def stumbles(_hub):
        raise RuntimeError("stuk")

    monkeypatch.setattr(watch, "rescue_stranded", stumbles)
    await watch.watch(desk.hub)
    assert not (await desk.contact()).is_open
    assert "watch_failed" in caplog.messages


async def test_a_question_that_cannot_be_rescued_does_not_keep_the_others_with_the_bot(desk, monkeypatch, caplog):
    for name in ("an", "bo"):
        await desk.mail("paspoort", sender=f"{name}@example.org", settle=False)
    monkeypatch.setitem(work.HANDLERS, "answer", _drops)
    await desk.worker.drain()
    desk.clock.pass_time(seconds=13)
    first, second = await desk.contacts()
    hand_over = watch.answer.hand_over

    def stumbles(hub, uow, of, *more):
        if of.id == first.id:
            raise RuntimeError("stuk")
        return hand_over(hub, uow, of, *more)

    monkeypatch.setattr(watch.answer, "hand_over", stumbles)
    await watch.watch(desk.hub)
    assert [await desk.item(of.id) is not None for of in (first, second)] == [False, True]
    assert "rescue_failed" in caplog.messages


async def _drops(_hub, _job):
    """A bot that never answers, and a job that ends all the same."""


async def test_open_chats_look_again_after_the_live_stream_began_anew(desk):
    chat = await desk.open_chat()
    async with desk.live.changes(chat.conversation_id) as changes, going(desk.live.run()):
        assert await anext(changes) == "state"  # what happened while nobody listened


async def test_typing_is_told_beside_other_news_and_never_keeps_news_out(desk):
    chat = await desk.open_chat()
    told = []
    async with desk.live.changes(chat.conversation_id) as changes:
        for _ in range(100):
            await desk.live.typing(chat.conversation_id, desk.karin)
        async with going(desk.live.run()):
            while "state" not in told:
                told.append(await anext(changes))
    assert told.count("typing:Karin") > 1


async def test_a_store_that_is_away_while_somebody_types_leaves_the_live_stream_as_it_is(desk, monkeypatch):
    chat = await desk.open_chat()
    async with desk.live.changes(chat.conversation_id) as changes, going(desk.live.run()) as live:
        assert await anext(changes) == "state"
        read = desk.store.read
        asked = asyncio.Event()

        async def away(_work):
            asked.set()
            raise errors.StoreFull("weg")

        monkeypatch.setattr(desk.store, "read", away)
        await desk.store.write(
            lambda uow: uow.tell("typing", conversation_id=chat.conversation_id, employee_id=desk.karin.id)
        )
        await asked.wait()
        monkeypatch.setattr(desk.store, "read", read)
        await desk.store.write(lambda uow: uow.tell("chat", conversation_id=chat.conversation_id))
        assert await anext(changes) == "state"
        assert not live.done()


async def test_figures_that_fail_do_not_stop_the_writer(desk, caplog):
    def stumbles(_works, _seconds):
        raise RuntimeError("stuk")

    desk.store.observe(stumbles)
    for _ in range(2):
        assert await desk.store.write(lambda uow: 1) == 1
    assert "store_not_followed" in caplog.messages


async def test_the_look_for_silence_goes_on_when_the_store_is_away(parts, monkeypatch, caplog):
    looks = asyncio.Semaphore(0)

    async def away():
        looks.release()
        raise errors.StoreFull("weg")

    monkeypatch.setattr(parts.operation.listener, "look", away)
    async with going(parts.operation._listen()):
        for _ in range(3):
            await looks.acquire()
    assert "silence_unknown" in caplog.messages
