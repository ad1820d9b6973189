import asyncio
import dataclasses

import pytest

from intake import errors
from intake.domain import contact, message
from intake.flow import deliver, watch


async def queued(desk):
    chat = await desk.open_chat()
    await desk.chat(chat.conversation_id, "medewerker")
    found = await desk.contacts()
    return chat, found[-1]


async def test_two_employees_never_hold_the_same_item(desk):
    _, of = await queued(desk)
    item = await desk.item(of.id)
    results = await asyncio.gather(
        desk.desk.claim(desk.karin, item.id), desk.desk.claim(desk.tom, item.id), return_exceptions=True
    )
    assert sorted(type(r).__name__ for r in results) == ["Conflict", "Contact"]


async def test_taking_the_next_gives_each_employee_another_item(desk):
    for _ in range(4):
        await queued(desk)
    taken = await asyncio.gather(*(desk.desk.take_next(who) for who in (desk.karin, desk.tom) * 2))
    assert len({of.id for of in taken}) == 4
    assert await desk.desk.take_next(desk.karin) is None


async def test_an_item_of_another_group_cannot_be_taken(desk):
    _, of = await queued(desk)
    with pytest.raises(errors.NotAllowed):
        await desk.desk.claim(desk.conny, (await desk.item(of.id)).id)


async def test_a_reply_reaches_the_chat_while_it_is_open(desk):
    chat, of = await queued(desk)
    await desk.desk.take_next(desk.karin)
    async with desk.live.changes(chat.conversation_id):
        sent = await desk.writer.reply(desk.karin, of.id, "Dag, ik help u.")
    assert (sent.channel, sent.seq) == ("webchat", 3)
    assert sent.author_name == "Karin de Wit"
    assert (await desk.contact()).owner is contact.Owner.EMPLOYEE


async def test_a_reply_goes_by_mail_when_the_chat_is_gone_and_an_address_is_known(desk):
    chat, of = await queued(desk)
    await desk.chat(chat.conversation_id, "", type="details", email="jan@example.org")
    await desk.desk.take_next(desk.karin)
    sent = await desk.writer.reply(desk.karin, of.id, "Dag, ik help u.")
    await desk.worker.drain()
    assert sent.channel == "email"
    assert desk.wire.sent[-1].text == "Dag, ik help u."
    assert not desk.wire.sent[-1].automatic


async def test_a_chat_answer_that_nobody_saw_follows_by_mail(desk):
    chat, of = await queued(desk)
    await desk.chat(chat.conversation_id, "", type="details", email="jan@example.org")
    await desk.desk.take_next(desk.karin)
    async with desk.live.changes(chat.conversation_id):
        await desk.writer.reply(desk.karin, of.id, "Dag, ik help u.")
    desk.clock.pass_time(seconds=61)
    await desk.worker.drain()
    assert "Dag, ik help u." in desk.wire.sent[-1].text
    count = len(desk.wire.sent)
    async with desk.live.changes(chat.conversation_id):
        seen = await desk.writer.reply(desk.karin, of.id, "Nog iets.")
        await desk.live.delivered(chat.conversation_id, seen.seq)
    desk.clock.pass_time(seconds=61)
    await desk.worker.drain()
    assert len(desk.wire.sent) == count


async def test_a_reply_over_a_message_that_was_not_seen_is_stopped(desk):
    chat, of = await queued(desk)
    await desk.desk.take_next(desk.karin)
    seen = len(await desk.messages(of.id))
    await desk.chat(chat.conversation_id, "nog iets belangrijks")
    with pytest.raises(errors.Conflict, match="nieuw bericht"):
        await desk.writer.reply(desk.karin, of.id, "Antwoord", seen=seen)


async def test_transfer_needs_a_reason_and_keeps_the_waiting_time(desk):
    _, of = await queued(desk)
    before = await desk.item(of.id)
    await desk.desk.take_next(desk.karin)
    with pytest.raises(errors.Invalid):
        await desk.desk.transfer(desk.karin, of.id, "burgerzaken", " ")
    desk.clock.pass_time(minutes=10)
    await desk.desk.transfer(desk.karin, of.id, "burgerzaken", "gaat over een pas")
    after = await desk.item(of.id)
    assert (after.group_id, after.hops, after.waiting_since) == ("burgerzaken", 1, before.waiting_since)
    assert (await desk.contact()).owner is contact.Owner.QUEUE


async def test_who_sent_a_question_away_can_pull_it_back(desk):
    _, of = await queued(desk)
    await desk.desk.take_next(desk.tom)
    await desk.desk.transfer(desk.tom, of.id, "wegen", "verkeerd gekozen")
    with pytest.raises(errors.NotAllowed):
        await desk.desk.transfer(desk.conny, of.id, "burgerzaken", "ik wil hem")
    await desk.desk.transfer(desk.tom, of.id, "onthaal", "toch voor ons")
    assert (await desk.item(of.id)).group_id == "onthaal"


async def test_putting_back_frees_the_item_for_a_colleague(desk):
    _, of = await queued(desk)
    await desk.desk.take_next(desk.karin)
    await desk.desk.put_back(desk.karin, of.id)
    taken = await desk.desk.take_next(desk.tom)
    assert taken.id == of.id
    with pytest.raises(errors.Conflict):
        await desk.writer.reply(desk.karin, of.id, "te laat")


async def test_a_claim_that_nobody_works_on_goes_back(desk):
    await queued(desk)
    await desk.desk.take_next(desk.karin)
    desk.clock.pass_time(minutes=31)
    assert await watch.free_expired(desk.hub) == 1
    assert (await desk.contact()).owner is contact.Owner.QUEUE


async def test_resolving_closes_and_a_new_message_reopens_at_the_same_group(desk):
    chat, of = await queued(desk)
    await desk.desk.take_next(desk.karin)
    await desk.desk.transfer(desk.karin, of.id, "burgerzaken", "pas")
    await desk.desk.take_next(desk.conny)
    with pytest.raises(errors.Invalid, match="nog geen antwoord"):
        await desk.writer.finish(desk.conny, of.id, contact.Owner.CLOSED)
    await desk.writer.note(desk.conny, of.id, "Aan de balie geholpen.")
    await desk.writer.finish(desk.conny, of.id, contact.Owner.CLOSED)
    assert (await desk.contact()).close_reason is contact.CloseReason.RESOLVED
    desk.clock.pass_time(hours=1)
    await desk.chat(chat.conversation_id, "het is nog niet opgelost")
    again = await desk.contact()
    assert again.owner is contact.Owner.QUEUE
    assert (await desk.item(again.id)).group_id == "burgerzaken"


async def test_silence_closes_questions_and_never_complaints(desk):
    await desk.mail("paspoort")
    await desk.mail("schandalig")
    complaint = (await desk.contacts())[1]
    await desk.desk.take_next(desk.karin)
    await desk.writer.reply(desk.karin, complaint.id, "Het spijt ons.", then=contact.Owner.CITIZEN)
    desk.clock.pass_time(days=15)
    assert await watch.close_silent(desk.hub) == 1
    question, complaint = await desk.contacts()
    assert question.close_reason is contact.CloseReason.NO_REPLY
    assert complaint.owner is contact.Owner.CITIZEN


async def test_a_refused_mail_brings_the_contact_back_and_a_busy_relay_is_tried_again(desk):
    await desk.mail("kat in de boom", settle=False)
    desk.wire.fail_with = errors.RetryLater("451")
    await desk.worker.drain()
    assert desk.wire.sent == []
    desk.wire.fail_with = None
    desk.clock.pass_time(seconds=10)
    await desk.worker.drain()
    assert len(desk.wire.sent) == 1
    of = await desk.contact()
    await desk.desk.take_next(desk.karin)
    await desk.writer.reply(desk.karin, of.id, "Antwoord", then=contact.Owner.CITIZEN)
    desk.wire.fail_with = errors.GaveUp("550 no such user")
    await desk.worker.drain()
    again = await desk.contact()
    assert again.owner is contact.Owner.QUEUE
    failed = [m for m in await desk.messages(again.id) if m.delivery is message.Delivery.FAILED]
    assert failed[0].delivery_detail == "550 no such user"


async def test_every_waiting_contact_has_exactly_one_open_item(desk):
    _, of = await queued(desk)
    with pytest.raises(errors.Conflict):
        await desk.store.write(
            lambda uow: uow.contacts.save(dataclasses.replace(uow.contacts.get(of.id), open_item_id=None))
        )


async def test_a_closed_contact_can_be_taken_up_again_by_its_group(desk):
    _, of = await queued(desk)
    await desk.desk.take_next(desk.karin)
    await desk.writer.reply(desk.karin, of.id, "Opgelost.", then=contact.Owner.CLOSED)
    with pytest.raises(errors.NotAllowed):
        await desk.desk.take_up(desk.conny, of.id)
    await desk.desk.take_up(desk.tom, of.id)
    again = await desk.contact()
    assert (again.owner, again.closed_at) == (contact.Owner.EMPLOYEE, None)
    assert (await desk.item(of.id)).claimed_by == "tom"
    with pytest.raises(errors.Conflict):
        await desk.desk.take_up(desk.karin, of.id)


async def test_nothing_is_ended_over_a_message_that_was_not_seen(desk):
    chat, of = await queued(desk)
    await desk.desk.take_next(desk.karin)
    await desk.writer.reply(desk.karin, of.id, "Zo goed?")
    seen = len(await desk.messages(of.id))
    await desk.chat(chat.conversation_id, "nee, wacht")
    for then in (contact.Owner.CLOSED, contact.Owner.CITIZEN):
        with pytest.raises(errors.Conflict, match="nieuw bericht"):
            await desk.writer.finish(desk.karin, of.id, then, seen=seen)


async def test_an_answer_that_cannot_be_sent_for_two_days_brings_the_contact_back(desk):
    await desk.mail("schandalig")
    of = await desk.contact()
    await desk.desk.take_next(desk.karin)
    await desk.writer.reply(desk.karin, of.id, "Het spijt ons.", then=contact.Owner.CLOSED)
    desk.wire.fail_with = errors.RetryLater("421 down")
    for _ in range(80):
        await desk.worker.drain()
        desk.clock.pass_time(hours=1)
    again = await desk.contact()
    assert again.owner is contact.Owner.QUEUE
    assert [m.delivery for m in await desk.messages(of.id)][-1] is message.Delivery.FAILED
    assert (await desk.item(of.id)).reason == "not_arrived"


async def test_the_mail_copy_of_a_chat_answer_goes_out_once_however_often_its_job_runs(desk):
    chat, of = await queued(desk)
    await desk.chat(chat.conversation_id, "", type="details", email="jan@example.org")
    await desk.desk.take_next(desk.karin)
    async with desk.live.changes(chat.conversation_id):
        sent = await desk.writer.reply(desk.karin, of.id, "Dag, ik help u.")
    before = len(desk.wire.sent)
    for _ in range(3):
        await deliver.follow_chat(desk.hub, sent.id)
        await desk.worker.drain()
    assert len(desk.wire.sent) == before + 1


async def test_silence_closes_questions_behind_many_reports(desk):
    for number in range(60):
        await desk.mail(f"gat in de weg {number}", sender=f"m{number}@example.org")
    for of in await desk.contacts():
        await desk.desk.claim(desk.hilde, (await desk.item(of.id)).id)
        await desk.writer.finish(desk.hilde, of.id, contact.Owner.CITIZEN)
    await desk.mail("paspoort")
    desk.clock.pass_time(days=40)
    assert await watch.close_silent(desk.hub) == 1


async def test_a_stopped_worker_ends_also_when_it_is_woken_at_that_moment(desk):
    for _ in range(50):
        task = asyncio.create_task(desk.worker.run())
        await asyncio.sleep(0)
        await asyncio.sleep(0.01)
        desk.worker.wake()
        task.cancel()
        done, _ = await asyncio.wait([task], timeout=5)
        assert done, "the worker swallowed its end"


async def test_a_mail_server_that_hangs_does_not_stop_answers(desk):
    hang = asyncio.Event()

    async def never(outgoing):
        await hang.wait()
        return message.SendResult(wire_id="x")

    desk.wire.send = never
    for number in range(20):
        await desk.mail(f"kat {number}", sender=f"m{number}@example.org", settle=False)
    desk.clock.pass_time(seconds=2)  # the rush is over
    task = asyncio.create_task(desk.worker.run())
    async with asyncio.timeout(20):
        while len(await desk.contacts()) < 20:  # noqa: ASYNC110 - the store is the truth, there is no event to wait for
            await asyncio.sleep(0.05)
        chat = await desk.open_chat()
        await desk.chat(chat.conversation_id, "hoe krijg ik een paspoort", settle=False)
        while (await desk.live.state(chat.conversation_id)).last_seq < 2:  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.05)
    hang.set()
    task.cancel()
    await asyncio.wait([task], timeout=10)
