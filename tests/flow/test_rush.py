"""When much comes in at once it is kept first; reading goes on, and the chat goes before the mail."""

import collections
import dataclasses

from intake.flow import deliver, receive, rush, work


def test_a_rush_is_many_receipts_in_one_second_and_ends_by_itself(desk):
    seen = rush.Rush()
    for _ in range(rush.RECEIPTS_PER_SECOND):
        assert not seen.is_on(desk.clock.now())
        seen.received(desk.clock.now())
    assert seen.is_on(desk.clock.now())
    desk.clock.pass_time(seconds=1)
    assert not seen.is_on(desk.clock.now())


def test_a_clock_that_is_set_back_is_no_rush(desk):
    seen = rush.Rush()
    for _ in range(rush.RECEIPTS_PER_SECOND):
        seen.received(desk.clock.now())
    desk.clock.pass_time(hours=-1)
    assert not seen.is_on(desk.clock.now())


async def test_in_a_rush_few_jobs_run_and_waiting_for_a_mail_server_is_not_running(desk):
    for number in range(rush.RECEIPTS_PER_SECOND):
        await desk.mail(f"vraag {number}", settle=False)
    assert await desk.worker._claim(desk.hub, {receive.PARSE: work.RUSH_BATCH}) == ()
    beside = await desk.worker._claim(desk.hub, collections.Counter({deliver.DELIVER: 4}))
    assert len(beside) == work.RUSH_BATCH


async def test_a_question_in_the_chat_is_read_before_mails_that_came_first(desk):
    desk.wire.abilities = dataclasses.replace(desk.wire.abilities, untrusted=True)
    for number in range(30):
        await desk.mail(f"vraag {number}", settle=False)
    chat = await desk.open_chat()
    await desk.chat(chat.conversation_id, "hoe krijg ik een paspoort", settle=False)
    first, *_ = await desk.worker._claim(desk.hub, {})
    kept = await desk.store.read(lambda uow: uow.receipts.get(first.payload["receipt"]))
    assert kept.receipt.channel == "webchat"
