import asyncio

import pytest
import store_samples as samples

from intake import errors, ports
from intake.store import events


async def test_events_are_told_after_the_commit_in_its_order(store):
    async def write(number):
        def work(uow):
            uow.receipts.add(f"r{number}", samples.receipt(), samples.NOON)
            uow.tell("receipt", contact_id=f"c{number}")

        await store.write(work)

    async with store.events() as told:
        await asyncio.gather(*(write(number) for number in range(50)))
        heard = [await anext(told) for _ in range(50)]
    assert [event.id for event in heard] == list(range(1, 51))
    assert [event.contact_id for event in heard] == [f"c{number}" for number in range(50)]


async def test_an_event_carries_every_name_it_was_given(store):
    async with store.events() as told:
        await store.write(
            lambda uow: uow.tell("claim", contact_id="c", conversation_id="v", group_id="g", employee_id="e")
        )
        expected = ports.Event(id=1, kind="claim", contact_id="c", conversation_id="v", group_id="g", employee_id="e")
        assert await anext(told) == expected


async def test_nothing_is_told_of_a_work_that_failed(store):
    def fail(uow):
        uow.tell("lost")
        uow.contacts.get("nowhere")

    async with store.events() as told:
        with pytest.raises(errors.NotFound):
            await store.write(fail)
        await store.write(lambda uow: uow.tell("kept"))
        assert (await anext(told)).kind == "kept"


async def test_every_listener_hears_everything_while_it_listens(store):
    async with store.events() as one, store.events() as two:
        await store.write(lambda uow: uow.tell("first"))
        assert [(await anext(each)).kind for each in (one, two)] == ["first", "first"]
    async with store.events() as late:
        await store.write(lambda uow: uow.tell("second"))
        assert (await anext(late)).kind == "second"
    assert not store._broadcaster._listeners


async def test_a_slow_listener_gets_one_reset_for_what_it_missed():
    broadcaster = events.Broadcaster(waiting_events=2)
    async with broadcaster.listen() as told:
        broadcaster.publish([ports.Event(id=number, kind="message") for number in range(1, 6)])
        await asyncio.sleep(0)
        heard = [await anext(told) for _ in range(3)]
        assert [(event.id, event.kind) for event in heard] == [(1, "message"), (2, "message"), (5, "reset")]
        broadcaster.publish([ports.Event(id=6, kind="message")])
        assert (await anext(told)).id == 6


def test_a_listener_whose_loop_ended_is_no_trouble():
    broadcaster = events.Broadcaster()

    async def listen():
        context = broadcaster.listen()
        await context.__aenter__()
        return context

    context = asyncio.run(listen())
    broadcaster.publish([ports.Event(id=1, kind="message")])
    del context
