"""The hub dies, or the line breaks, while a message is on its way: repeated as the same one, or shown as uncertain."""

import asyncio
import contextlib

import pytest

from intake import errors, ports
from intake.domain import message
from intake.flow import deliver, doubt


class ChatWire:
    """A chat service without idempotency: `send` ends as the test says, and counts."""

    name = "praat"
    abilities = ports.Abilities()

    def __init__(self) -> None:
        self.sent = 0
        self.end: BaseException | None = None

    async def send(self, outgoing: message.OutboundMessage) -> message.SendResult:
        self.sent += 1
        if self.end is not None:
            raise self.end
        return message.SendResult(wire_id="w1")


async def waiting_on(desk, wire) -> message.Message:
    """A reply of an employee that waits to be sent on this wire."""
    desk.hub.channels[wire.name] = wire
    await desk.mail("schandalig")
    of = await desk.contact()
    await desk.desk.take_next(desk.karin)
    desk.wire.fail_with = errors.RetryLater("later")
    sent = await desk.writer.reply(desk.karin, of.id, "Het spijt ons.")
    new = {"id": f"{sent.id}x", "channel": wire.name, "address": "@jan"}

    def post(uow):
        import dataclasses

        return deliver.post(desk.hub, uow, dataclasses.replace(sent, **new))

    return await desk.store.write(post)


async def state_of(desk, waiting) -> message.Delivery:
    return (await desk.store.read(lambda uow: uow.messages.get(waiting.id))).delivery


async def test_a_chat_send_that_a_crash_cut_off_is_uncertain_and_never_sent_again(desk):
    wire = ChatWire()
    waiting = await waiting_on(desk, wire)
    wire.end = KeyboardInterrupt()  # as a kill: no handler of ours sees it
    with pytest.raises(KeyboardInterrupt):
        await deliver.deliver(desk.hub, waiting.id)
    assert await state_of(desk, waiting) is message.Delivery.UNCERTAIN
    wire.end = None
    await deliver.deliver(desk.hub, waiting.id)  # the job runs again after the restart
    assert wire.sent == 1
    assert await state_of(desk, waiting) is message.Delivery.UNCERTAIN


async def test_a_chat_send_that_the_wire_took_is_sent_and_one_it_put_off_waits_again(desk):
    wire = ChatWire()
    waiting = await waiting_on(desk, wire)
    wire.end = errors.RetryLater("429")
    with pytest.raises(errors.RetryLater):
        await deliver.deliver(desk.hub, waiting.id)
    assert await state_of(desk, waiting) is message.Delivery.WAITING
    wire.end = None
    await deliver.deliver(desk.hub, waiting.id)
    assert await state_of(desk, waiting) is message.Delivery.SENT
    assert wire.sent == 2


async def test_one_message_at_a_time_is_in_doubt_and_the_next_waits_until_it_is_settled():
    one = doubt.OneInDoubt()
    order: list[str] = []
    first_is_in, may_end = asyncio.Event(), asyncio.Event()

    async def first() -> None:
        with one.settled():
            await one.enter()
            await one.enter()  # the same message may ask twice
            first_is_in.set()
            await may_end.wait()
            order.append("first settled")

    async def second() -> None:
        await first_is_in.wait()
        with one.settled():
            asyncio.get_running_loop().call_soon(may_end.set)
            await one.enter()
            order.append("second in doubt")

    async with asyncio.timeout(5), asyncio.TaskGroup() as tasks:
        tasks.create_task(first())
        tasks.create_task(second())
    assert order == ["first settled", "second in doubt"]


async def test_a_message_that_waits_too_long_for_its_turn_tries_again_later(monkeypatch):
    monkeypatch.setattr(doubt, "WAIT_SECONDS", 0.05)
    one = doubt.OneInDoubt()

    async def hold(ready: asyncio.Event) -> None:
        with one.settled():
            await one.enter()
            ready.set()
            await asyncio.Event().wait()

    ready = asyncio.Event()
    holder = asyncio.create_task(hold(ready))
    await ready.wait()
    with one.settled(), pytest.raises(errors.RetryLater):
        await one.enter()
    holder.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await holder
    async with asyncio.timeout(15):
        with one.settled():
            await one.enter()


async def test_a_chat_message_that_no_browser_confirmed_is_shown_as_uncertain_until_it_is_seen(desk):
    chat = await desk.open_chat()
    await desk.chat(chat.conversation_id, "ik wil een medewerker")
    of = await desk.contact()
    await desk.desk.take_next(desk.karin)
    async with desk.live.changes(chat.conversation_id):
        sent = await desk.writer.reply(desk.karin, of.id, "Dag, ik help u.")
    assert await state_of(desk, sent) is message.Delivery.SENT
    desk.clock.pass_time(seconds=61)
    await desk.worker.drain()
    out = [m for m in await desk.messages(of.id) if m.direction is message.Direction.OUT]
    assert {m.delivery for m in out} == {message.Delivery.UNCERTAIN}
    await desk.live.delivered(chat.conversation_id, sent.seq)
    assert await state_of(desk, sent) is message.Delivery.DELIVERED
