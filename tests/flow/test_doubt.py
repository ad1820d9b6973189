"""The hub dies, or the line breaks, while a message is on its way: repeated as the same one, or shown as uncertain."""

import asyncio
import contextlib

import pytest

from intake import errors, ports
from intake.domain import message
from intake.flow import deliver, doubt, work
from tests.support import fakes


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


async def job_of(desk, waiting) -> ports.Job:
    """The job that sends this message, claimed by this hub; what comes before it in its lane is done."""
    while True:
        for job in await desk.worker._claim(desk.hub, {}):
            if job.payload.get("message") == waiting.id:
                return job
            await desk.store.write(lambda uow, job=job: uow.jobs.done(job))


class SlowMail(fakes.MailWire):
    """A mail server that takes its time before it takes a mail; `meanwhile` is what happens until then."""

    def __init__(self, one: doubt.OneInDoubt, meanwhile) -> None:
        super().__init__()
        self._one = one
        self._meanwhile = meanwhile

    async def send(self, outgoing: message.OutboundMessage) -> message.SendResult:
        await self._meanwhile()
        await self._one.enter()
        return await super().send(outgoing)


async def claimed_mail(desk) -> tuple[message.Message, ports.Job]:
    """A reply by mail that this hub claimed and has not sent yet."""
    await desk.mail("schandalig")
    of = await desk.contact()
    await desk.desk.take_next(desk.karin)
    sent = await desk.writer.reply(desk.karin, of.id, "Het spijt ons.")
    (job,) = await desk.worker._claim(desk.hub, {})
    assert job.payload["message"] == sent.id
    return sent, job


async def other_hub_takes(desk, job) -> ports.Job:
    """Another hub thinks this one dead, and claims its job."""
    now = desk.clock.now()
    await desk.store.write(lambda uow: uow.jobs.free(desk.hub.me))
    (taken,) = await desk.store.write(lambda uow: uow.jobs.claim("other:1", now, now + work.LEASE, 1))
    assert taken.id == job.id
    return taken


@pytest.mark.parametrize("has_sent", [True, False], ids=["that it sent", "that it is sending"])
async def test_a_mail_that_another_hub_took_over_is_not_sent_again(desk, has_sent):
    sent, job = await claimed_mail(desk)

    async def pause() -> None:
        taken = await other_hub_takes(desk, job)
        if has_sent:
            await desk.store.write(lambda uow: uow.messages.set_delivery(sent.id, message.Delivery.SENT, "w1"))
            await desk.store.write(lambda uow: uow.jobs.done(taken))

    desk.hub.channels["email"] = wire = SlowMail(desk.hub.in_doubt, pause)
    await desk.worker._run_one(desk.hub, job)
    assert wire.sent == []
    assert await state_of(desk, sent) is (message.Delivery.SENT if has_sent else message.Delivery.WAITING)


async def test_a_mail_whose_lease_ran_out_is_left_to_whoever_claims_it_next(desk):
    sent, job = await claimed_mail(desk)

    async def pause() -> None:
        desk.clock.pass_time(seconds=work.LEASE.total_seconds())

    desk.hub.channels["email"] = wire = SlowMail(desk.hub.in_doubt, pause)
    await desk.worker._run_one(desk.hub, job)
    assert wire.sent == []
    desk.hub.channels["email"] = wire = fakes.MailWire()
    desk.clock.pass_time(seconds=10)
    await desk.worker.drain()
    assert [outgoing.id for outgoing in wire.sent] == [sent.id]


async def test_a_mail_that_bounced_before_its_sending_was_written_down_stays_not_arrived(desk):
    sent, job = await claimed_mail(desk)

    async def bounce() -> None:
        await deliver.gave_up(desk.hub, sent.id, "geweigerd", job)

    desk.hub.channels["email"] = SlowMail(doubt.OneInDoubt(), bounce)
    await deliver.deliver(desk.hub, sent.id, job)
    assert await state_of(desk, sent) is message.Delivery.FAILED


async def test_a_hub_that_lost_a_message_does_not_give_it_up(desk):
    sent, job = await claimed_mail(desk)
    await other_hub_takes(desk, job)
    await deliver.gave_up(desk.hub, sent.id, "te vaak mislukt", job)
    assert await state_of(desk, sent) is message.Delivery.WAITING


async def test_a_message_in_doubt_that_another_hub_left_alone_stays_visible(desk):
    wire = ChatWire()
    waiting = await waiting_on(desk, wire)
    job = await job_of(desk, waiting)

    async def put_off(outgoing):
        now = desk.clock.now()
        await desk.store.write(lambda uow: uow.jobs.free(desk.hub.me))
        taken = await desk.store.write(lambda uow: uow.jobs.claim("other:1", now, now + work.LEASE, 9))
        theirs = next(each for each in taken if each.id == job.id)
        await deliver.deliver(desk.hub, waiting.id, theirs)  # it sees the doubt, and leaves it
        await desk.store.write(lambda uow: uow.jobs.done(theirs))
        raise errors.RetryLater("429")

    wire.send = put_off
    with pytest.raises(errors.RetryLater):
        await deliver.deliver(desk.hub, waiting.id, job)
    assert await state_of(desk, waiting) is message.Delivery.UNCERTAIN


async def test_a_chat_message_whose_job_another_hub_has_is_not_sent(desk):
    wire = ChatWire()
    waiting = await waiting_on(desk, wire)
    job = await job_of(desk, waiting)
    await desk.store.write(lambda uow: uow.jobs.free(desk.hub.me))
    await desk.worker._run_one(desk.hub, job)
    assert (wire.sent, await state_of(desk, waiting)) == (0, message.Delivery.WAITING)


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
    with one.settled(), pytest.raises(errors.RetryLater) as later:
        await one.enter()
    assert later.value.after_seconds == doubt.AGAIN_SECONDS
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
