"""When much comes in at once it is kept first; reading goes on, and the chat goes before the mail."""

from intake.flow import deliver, receive, rush, work


def test_a_rush_is_many_receipts_in_one_second_and_ends_by_itself(desk):
    seen = rush.Rush()
    for _ in range(rush.RECEIPTS_PER_SECOND):
        assert not seen.is_on(desk.clock.now())
        seen.received(desk.clock.now())
    assert seen.is_on(desk.clock.now())
    desk.clock.pass_time(seconds=1)
    assert not seen.is_on(desk.clock.now())


async def test_in_a_rush_few_jobs_run_and_waiting_for_a_mail_server_is_not_running(desk):
    for number in range(rush.RECEIPTS_PER_SECOND):
        await desk.mail(f"vraag {number}", settle=False)
    assert work.Worker._places(desk.hub, ()) == (work.RUSH_BATCH, 1, ())
    assert work.Worker._places(desk.hub, (receive.PARSE_LATER,) * 2)[0] == 0
    assert work.Worker._places(desk.hub, (deliver.DELIVER,) * 4) == (work.RUSH_BATCH, 1, (deliver.DELIVER,))


async def test_a_question_in_the_chat_is_read_before_mails_that_came_first(desk):
    for number in range(30):
        await desk.mail(f"vraag {number}", settle=False)
    chat = await desk.open_chat()
    await desk.chat(chat.conversation_id, "hoe krijg ik een paspoort", settle=False)
    desk.clock.pass_time(seconds=2)
    jobs = await desk.worker._claim(desk.hub, ())
    assert [job.kind for job in jobs] == [receive.PARSE, *[receive.PARSE_LATER] * work.MOST_LATER]
