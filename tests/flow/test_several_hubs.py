"""Two hubs on one PostgreSQL database serve one desk: nobody sees which of them took the message in."""

import asyncio
import contextlib
import dataclasses
from datetime import UTC, datetime, timedelta

import pytest

from intake import errors, prometheus
from intake.domain import contact
from intake.flow import clocks, presence, work
from tests.support import fakes


@pytest.fixture
async def hubs(tmp_path, postgres_server):
    """Two hubs that know of each other only through the database."""
    from intake.store import opening

    url = postgres_server.fresh()
    opened = [await fakes.open_desk(tmp_path, opening.database_at(url, tmp_path)) for _ in range(2)]
    yield opened
    for each in opened:
        await each.store.close()
    postgres_server.drop(url)


@contextlib.asynccontextmanager
async def following(desk):
    """The hub passes on what happens to its open chats."""
    task = asyncio.create_task(desk.live.run())
    await asyncio.sleep(0)
    yield
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def until(changes, wanted):
    async with asyncio.timeout(10):
        async for change in changes:
            if change == wanted:
                return


async def test_an_answer_written_at_one_hub_reaches_the_chat_that_is_open_at_the_other(hubs):
    here, there = hubs
    chat = await here.open_chat()
    await here.chat(chat.conversation_id, "medewerker")
    await here.chat(chat.conversation_id, "", type="details", email="jan@example.org")
    async with following(here), here.live.changes(chat.conversation_id) as changes:
        of = await there.desk.take_next(there.karin)
        await there.live.typing(chat.conversation_id, there.karin)
        await until(changes, "typing:Karin")
        sent = await there.writer.reply(there.karin, of.id, "Dag, ik help u.")
        assert sent.channel == "webchat"
        await until(changes, "state")
        seen = await here.live.messages(chat.conversation_id, 0)
    assert [said.text for said in seen][-1] == "Dag, ik help u."
    gone = await there.writer.reply(there.karin, of.id, "Bent u er nog?")
    assert gone.channel == "email"


async def test_a_chat_goes_on_at_the_other_hub(hubs):
    here, there = hubs
    chat = await here.open_chat()
    await here.chat(chat.conversation_id, "paspoort")
    again = await there.live.open(chat.token)
    assert (again.conversation_id, again.last_seq) == (chat.conversation_id, 2)
    there._count = 100  # another browser counts its own messages
    await there.chat(chat.conversation_id, "medewerker")
    assert (await here.contact()).owner is contact.Owner.QUEUE


async def test_one_delivery_at_both_hubs_at_once_is_one_receipt(hubs):
    from intake.domain import message

    came = message.RawReceipt(channel="email", account="info", wire_id="w1", raw=b"Dag")
    kept = await asyncio.gather(*(each.receive(came) for each in hubs * 10))
    assert len(set(kept)) == 1


async def test_the_first_mails_of_one_sender_at_both_hubs_make_one_party(hubs):
    for number, each in enumerate(hubs):
        each._count = number * 100
        await each.mail("kat in de boom", settle=False)
    here, there = hubs
    here.wire.inbound |= there.wire.inbound
    there.wire.inbound |= here.wire.inbound
    await asyncio.gather(*(each.worker.drain() for each in hubs * 2))
    found = await here.contacts()
    assert len(found) == 2
    assert len({of.party_id for of in found}) == 1


async def test_no_job_is_run_by_both(hubs):
    here, _ = hubs
    await here.store.write(lambda uow: [uow.jobs.add("job", {"number": number}) for number in range(60)] and None)
    now = here.clock.now()
    later = now + presence.ALIVE

    async def claim(desk, name):
        return await desk.store.write(lambda uow: uow.jobs.claim(f"{desk.hub.me}:{name}", now, later, 7))

    taken = await asyncio.gather(*(claim(each, turn) for turn in range(6) for each in hubs))
    numbers = [job.payload["number"] for jobs in taken for job in jobs]
    assert sorted(numbers) == list(range(60))


async def test_a_kind_of_work_that_only_a_newer_hub_knows_is_left_for_it(hubs):
    older, newer = hubs
    await older.store.write(lambda uow: uow.jobs.add("of_tomorrow", {}))
    for _ in range(work.FAILURES + 1):
        await older.worker.drain()
        older.clock.pass_time(seconds=work.UNKNOWN_SECONDS + 1)
    assert await older.store.read(lambda uow: uow.jobs.dead(1)) == []
    now = older.clock.now()
    (left,) = await newer.store.write(lambda uow: uow.jobs.claim("newer:1", now, now + work.LEASE, 1))
    assert left.kind == "of_tomorrow"


async def test_two_employees_at_two_hubs_get_different_questions(hubs):
    here, there = hubs
    for _ in range(4):
        chat = await here.open_chat()
        await here.chat(chat.conversation_id, "medewerker")
    turns = [here.desk.take_next(here.karin), there.desk.take_next(there.tom)] * 1
    taken = await asyncio.gather(*turns, here.desk.take_next(here.karin), there.desk.take_next(there.tom))
    assert len({of.id for of in taken}) == 4


async def test_both_hubs_hear_everything_in_the_order_of_the_commits(hubs):
    async with hubs[0].store.events() as one, hubs[1].store.events() as two:

        async def tell(desk, name):
            for number in range(25):
                await desk.store.write(lambda uow, number=number: uow.tell(f"{name}{number}"))

        await asyncio.gather(tell(hubs[0], "a"), tell(hubs[1], "b"))
        async with asyncio.timeout(20):
            heard = [[await anext(each) for _ in range(50)] for each in (one, two)]
    assert heard[0] == heard[1]
    assert [event.id for event in heard[0]] == sorted(event.id for event in heard[0])
    for name in "ab":
        assert [event.kind for event in heard[0] if event.kind[0] == name] == [f"{name}{n}" for n in range(25)]


async def test_what_a_dead_hub_held_is_free_for_the_other(hubs):
    here, there = hubs
    alive, other = presence.Presence(here.hub, here.live), presence.Presence(there.hub, there.live)
    await alive.begin()
    await other.begin()
    await here.mail("paspoort", settle=False)
    there.wire.inbound |= here.wire.inbound
    chat = await here.open_chat()
    context = here.live.changes(chat.conversation_id)
    await context.__aenter__()
    assert len(await here.worker._claim(here.hub, {})) == 1
    there.clock.pass_time(seconds=10)
    await other.beat()
    assert await other.clear_dead() == 0
    there.clock.pass_time(seconds=10)  # and the first hub showed no life for twenty seconds
    await other.beat()
    assert await other.clear_dead() == 1
    assert not await there.store.read(lambda uow: uow.hubs.has_open_chat(chat.conversation_id))
    await there.worker.drain()
    assert (await there.ledger()) == {"message": 1}
    await context.__aexit__(None, None, None)


async def open_elsewhere(desk, chat):
    return await desk.store.read(lambda uow: uow.hubs.has_open_chat(chat.conversation_id))


async def test_chats_of_a_hub_that_was_taken_for_dead_are_known_again_with_its_next_beat(hubs):
    here, there = hubs
    alive = presence.Presence(here.hub, here.live)
    await alive.begin()
    chat = await here.open_chat()
    await here.chat(chat.conversation_id, "medewerker")
    await here.chat(chat.conversation_id, "", type="details", email="jan@example.org")
    of = await there.desk.take_next(there.karin)
    async with here.live.changes(chat.conversation_id):
        await there.store.write(lambda uow: uow.hubs.forget(here.hub.me))
        assert not await open_elsewhere(there, chat)
        await alive.beat()
        sent = await there.writer.reply(there.karin, of.id, "Dag, ik help u.")
        assert sent.channel == "webchat"


async def test_a_chat_that_could_not_be_written_down_is_with_the_next_beat(hubs, monkeypatch):
    here, there = hubs
    alive = presence.Presence(here.hub, here.live)
    await alive.begin()
    chat, left = await here.open_chat(), await here.open_chat()

    async def full(work):
        raise errors.StoreFull("vol")

    leaving = here.live.changes(left.conversation_id)
    await leaving.__aenter__()
    with monkeypatch.context() as disk:
        disk.setattr(here.store, "write", full)
        staying = here.live.changes(chat.conversation_id)
        await staying.__aenter__()
        await leaving.__aexit__(None, None, None)
    assert (await open_elsewhere(there, chat), await open_elsewhere(there, left)) == (False, True)
    await alive.beat()
    assert (await open_elsewhere(there, chat), await open_elsewhere(there, left)) == (True, False)
    writes = []
    here.store.observe(lambda works, seconds: writes.append(works))
    await here.live.tell_again()
    assert writes == []  # nothing differs, so nothing is written
    await staying.__aexit__(None, None, None)


async def test_a_hub_whose_clock_is_far_off_does_not_start_and_judges_nobody(hubs):
    here, _ = hubs
    now = await here.store.read(lambda uow: uow.ledger.database_time())
    for off, is_refused in ((0, False), (5, False), (-5, False), (60, True), (-60, True)):
        here.clock.at = now + timedelta(seconds=off)
        looking = clocks.Clocks(here.hub)
        if is_refused:
            with pytest.raises(errors.BadSettings, match="klok"):
                await looking.begin()
        else:
            await looking.begin()
        assert looking.is_far_off is is_refused
        assert abs(looking.ahead.total_seconds() - off) < 2


async def test_a_clock_that_goes_wrong_and_right_again_is_in_the_log_and_in_the_figures(hubs, caplog):
    caplog.set_level("INFO")
    meters = prometheus.Meters()
    here = dataclasses.replace(hubs[0].hub, meters=meters)
    now = await hubs[0].store.read(lambda uow: uow.ledger.database_time())
    hubs[0].clock.at = now + timedelta(seconds=30)
    looking = clocks.Clocks(here)
    await looking.look()
    assert meters._clock._value.get() > 20
    hubs[0].clock.at = await hubs[0].store.read(lambda uow: uow.ledger.database_time())
    await looking.look()
    events = [record.message for record in caplog.records if record.name == "intake.flow.clocks"]
    assert events == ["clock_wrong", "clock_right"]
    assert abs(meters._clock._value.get()) < 2


def test_time_that_passes_while_the_database_answers_is_no_difference():
    noon = datetime(2026, 11, 23, 12, tzinfo=UTC)
    second = timedelta(seconds=1)
    assert clocks.ahead_of(noon + second, noon, noon + 5 * second) == timedelta(0)
    assert clocks.ahead_of(noon, noon + 3 * second, noon + 4 * second) == 3 * second
    assert clocks.ahead_of(noon + 9 * second, noon, noon + 4 * second) == -5 * second


async def test_a_hub_that_stops_leaves_its_work_at_once(hubs):
    here, there = hubs
    leaving = presence.Presence(here.hub, here.live)
    await leaving.begin()
    await here.mail("paspoort", settle=False)
    there.wire.inbound |= here.wire.inbound
    await here.worker._claim(here.hub, {})
    await leaving.leave()
    await there.worker.drain()
    assert (await there.ledger()) == {"message": 1}


async def test_a_duty_has_one_holder_and_passes_on_when_it_is_not_renewed(hubs):
    here, there = (presence.Presence(each.hub, each.live) for each in hubs)
    assert await here.holds("duty:watch")
    assert await here.holds("duty:watch")
    assert not await there.holds("duty:watch")
    hubs[1].clock.pass_time(seconds=16)
    assert await there.holds("duty:watch")
    assert not await here.holds("duty:watch")


async def test_work_of_a_duty_runs_at_one_hub_and_moves_when_that_one_stops(hubs, monkeypatch):
    monkeypatch.setattr(presence, "RETRY_SECONDS", 0.05)
    running: list[int] = []
    changed = asyncio.Condition()

    def work_of(number):
        async def work():
            async with changed:
                running.append(number)
                changed.notify_all()
            try:
                await asyncio.Event().wait()
            finally:
                running.remove(number)

        return work

    tasks = [
        asyncio.create_task(presence.Presence(each.hub, each.live).only_one("channel:postbus", work_of(number)))
        for number, each in enumerate(hubs)
    ]
    async with asyncio.timeout(20), changed:
        await changed.wait_for(lambda: running)
        (first,) = running
        tasks[first].cancel()
        await changed.wait_for(lambda: 1 - first in running)
        assert running == [1 - first]
    tasks[1 - first].cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_an_error_of_a_duty_is_raised_as_it_is(hubs):
    async def fail():
        raise errors.BadSettings("poort bezet")

    with pytest.raises(errors.BadSettings, match="poort bezet"):
        await presence.Presence(hubs[0].hub, hubs[0].live).only_one("channel:postbus", fail)


async def test_a_hub_with_another_key_is_refused(hubs):
    here, there = hubs
    await presence.Presence(here.hub, here.live).begin()
    await presence.Presence(there.hub, there.live).begin()
    stranger = dataclasses.replace(there.hub, secret=b"x" * 32)
    with pytest.raises(errors.BadSettings, match="sleutel"):
        await presence.Presence(stranger, there.live).begin()


async def test_a_hub_that_has_its_store_for_itself_starts_with_everything_free(tmp_path):
    desk = await fakes.open_desk(tmp_path)
    alone = presence.Presence(desk.hub, desk.live)
    await desk.mail("paspoort", settle=False)
    await desk.worker._claim(desk.hub, {})
    await alone.begin()
    assert await alone.holds("duty:watch")
    await desk.worker.drain()
    assert await desk.ledger() == {"message": 1}
    await desk.store.close()
