from intake.domain import contact, message
from intake.flow import watch


async def test_a_mail_that_the_catalogue_knows_is_answered_with_its_number_and_source(desk):
    await desk.mail("Hoe vraag ik een paspoort aan?")
    of = await desk.contact()
    assert of.owner is contact.Owner.CITIZEN
    assert of.product_id == "paspoort"
    (sent,) = desk.wire.sent
    assert sent.to.value == "jan@example.org"
    assert sent.automatic
    assert "computer" in sent.text
    assert sent.card["product"] == "paspoort"
    assert sent.card["source"]["url"] == "http://stad/producten/paspoort"
    assert "GEHEIM" not in str(sent.card)
    assert sent.number == of.number
    assert await desk.ledger() == {"message": 1}


async def test_a_mail_that_nobody_knows_goes_to_the_front_desk_with_a_promise(desk):
    await desk.mail("Mijn kat zit in een boom")
    of = await desk.contact()
    assert of.owner is contact.Owner.QUEUE
    item = await desk.item(of.id)
    assert item.group_id == "onthaal"
    (sent,) = desk.wire.sent
    assert "U hoort van ons vóór dinsdag 24 november om 10:00." in sent.text


async def test_a_report_goes_to_the_group_of_its_product_and_is_never_answered_by_the_bot(desk):
    await desk.mail("Er is een gat in de weg")
    of = await desk.contact()
    assert of.kind is contact.Kind.REPORT
    assert (await desk.item(of.id)).group_id == "wegen"
    assert desk.wire.sent[0].card is None


async def test_a_dead_bot_means_a_person_and_not_silence(desk):
    desk.bot.is_down = True
    await desk.mail("Hoe vraag ik een paspoort aan?")
    of = await desk.contact()
    assert of.owner is contact.Owner.QUEUE
    assert len(desk.wire.sent) == 1


async def test_a_chat_answer_has_card_and_asks_whether_it_helped(desk):
    chat = await desk.open_chat()
    await desk.chat(chat.conversation_id, "hoe krijg ik een paspoort")
    of = await desk.contact()
    asked, answered = await desk.messages(of.id)
    assert (asked.seq, answered.seq) == (1, 2)
    assert answered.text.startswith("Ik ben een computer, geen mens.")
    assert answered.card["facts"][0] == {"label": "Kosten", "value": "€ 75"}
    assert [choice.id for choice in answered.choices] == ["answered:yes", "answered:no"]
    assert answered.product_version == 1


async def test_yes_closes_and_no_brings_a_person(desk):
    one, two = await desk.open_chat(), await desk.open_chat()
    for chat, choice in ((one, "answered:yes"), (two, "answered:no")):
        await desk.chat(chat.conversation_id, "paspoort")
        await desk.chat(chat.conversation_id, "", type="choice", choice=choice)
    first, second = await desk.contacts()
    assert first.owner is contact.Owner.CLOSED
    assert first.close_reason is contact.CloseReason.AGREED
    assert second.owner is contact.Owner.QUEUE
    assert (await desk.item(second.id)).group_id == "burgerzaken"


async def test_doubt_gives_choices_and_a_choice_gives_the_answer(desk):
    chat = await desk.open_chat()
    await desk.chat(chat.conversation_id, "pas kwijt")
    of = await desk.contact()
    offered = (await desk.last(of.id)).choices
    assert [choice.id for choice in offered] == ["product:paspoort", "product:identiteitskaart", "none"]
    await desk.chat(chat.conversation_id, "Paspoort", type="choice", choice="product:paspoort")
    assert (await desk.last(of.id)).card["product"] == "paspoort"


async def test_a_choice_that_was_never_offered_is_only_text(desk):
    chat = await desk.open_chat()
    await desk.chat(chat.conversation_id, "hallo")
    await desk.chat(chat.conversation_id, "paspoort", type="choice", choice="product:gat-in-de-weg")
    of = await desk.contact()
    assert (await desk.last(of.id)).card is None


async def test_the_button_for_a_person_works_at_once_and_asks_for_an_address(desk):
    chat = await desk.open_chat()
    await desk.chat(chat.conversation_id, "", type="human")
    of = await desk.contact()
    assert of.owner is contact.Owner.QUEUE
    last = await desk.last(of.id)
    assert last.form == "details"
    state = await desk.live.state(chat.conversation_id)
    assert state.number == of.number
    assert state.wait == "U hoort van ons vóór dinsdag 24 november om 10:00."


async def test_a_question_in_english_gets_english_words(desk):
    chat = await desk.open_chat("en")
    await desk.chat(chat.conversation_id, "paspoort", language="en")
    last = await desk.last((await desk.contact()).id)
    assert last.text.startswith("I am a computer")
    assert last.card["facts"][0]["label"] == "Cost"


async def test_text_with_a_leading_slash_is_neutralised(desk):
    chat = await desk.open_chat()
    await desk.chat(chat.conversation_id, " / /restart")
    assert desk.bot.asked == ["restart"]


async def test_a_bot_reply_for_an_older_epoch_is_refused(desk):
    chat = await desk.open_chat()
    await desk.chat(chat.conversation_id, "paspoort", settle=False)
    real = desk.bot.understand

    async def slow(text):
        of = await desk.contact()
        await desk.chat(chat.conversation_id, "", type="human", settle=False)
        await watch_and_take(desk, of)
        return await real(text)

    desk.bot.understand = slow
    await desk.worker.drain()
    of = await desk.contact()
    spoken = [m for m in await desk.messages(of.id) if m.author is message.Author.BOT]
    assert all(m.card is None for m in spoken)
    assert of.owner is contact.Owner.EMPLOYEE


async def watch_and_take(desk, of):
    desk.clock.pass_time(seconds=20)
    await watch.rescue_stranded(desk.hub)
    item = await desk.item(of.id)
    await desk.desk.claim(desk.karin, item.id)


async def test_after_a_person_took_over_the_bot_is_silent_for_good(desk):
    chat = await desk.open_chat()
    await desk.chat(chat.conversation_id, "medewerker graag")
    of = await desk.contact()
    await desk.desk.take_next(desk.karin)
    await desk.writer.reply(desk.karin, of.id, "Dag, ik ben Karin.", then=contact.Owner.CITIZEN)
    before = [m for m in await desk.messages(of.id) if m.author is message.Author.BOT]
    await desk.chat(chat.conversation_id, "paspoort")
    after = [m for m in await desk.messages(of.id) if m.author is message.Author.BOT]
    assert before == after
    assert (await desk.contact()).owner is contact.Owner.QUEUE


async def test_a_question_that_the_bot_dropped_is_rescued(desk):
    await desk.mail("paspoort", settle=False)
    await desk.store.write(lambda uow: [uow.jobs.done(j) for j in ()])
    jobs_before = await desk.contacts()
    assert jobs_before == []
    # the parse job runs, the answer job is lost
    from intake.flow import normalise

    now = desk.clock.now()
    from datetime import timedelta

    (job,) = await desk.store.write(lambda uow: uow.jobs.claim("x", now, now + timedelta(seconds=60), 1))
    await normalise.normalise(desk.hub, job.payload["receipt"])
    desk.clock.pass_time(seconds=20)
    assert await watch.rescue_stranded(desk.hub) == 1
    of = await desk.contact()
    assert of.owner is contact.Owner.QUEUE


async def test_two_quick_messages_both_get_their_answer(desk):
    chat = await desk.open_chat()
    await desk.chat(chat.conversation_id, "hallo", settle=False)
    await desk.chat(chat.conversation_id, "hoe krijg ik een paspoort", settle=False)
    await desk.worker.drain()
    of = await desk.contact()
    said = [m for m in await desk.messages(of.id) if m.author is message.Author.BOT]
    assert [m.card is not None for m in said] == [False, True]
    assert of.owner is contact.Owner.CITIZEN


async def test_a_message_that_comes_while_the_bot_answers_is_answered_too(desk):
    chat = await desk.open_chat()
    await desk.chat(chat.conversation_id, "hallo", settle=False)
    real, more = desk.bot.understand, ["hoe krijg ik een paspoort"]

    async def slow(text):
        if more:
            await desk.chat(chat.conversation_id, more.pop(), settle=False)
            from intake.flow import normalise

            (receipt,) = [r for r in await desk.open_receipts() if r]
            await normalise.normalise(desk.hub, receipt)
        return await real(text)

    desk.bot.understand = slow
    await desk.worker.drain()
    of = await desk.contact()
    said = [m for m in await desk.messages(of.id) if m.author is message.Author.BOT]
    assert [m.card is not None for m in said] == [False, True]
    assert of.owner is contact.Owner.CITIZEN


async def test_a_short_thank_you_by_mail_closes_without_another_mail(desk):
    desk.bot.teach("Bedankt!", "thank")
    await desk.mail("paspoort")
    await desk.mail("Bedankt!", thread=message.ThreadHints(token=desk.wire.sent[0].token))
    of = await desk.contact()
    assert of.close_reason is contact.CloseReason.AGREED
    assert len(desk.wire.sent) == 1


async def test_thanks_with_more_behind_it_goes_to_a_person(desk):
    desk.bot.teach("Bedankt, maar", "thank")
    await desk.mail("paspoort")
    text = "Bedankt, maar mijn dochter is al drie weken haar kaart kwijt en niemand belt ons terug"
    await desk.mail(text, thread=message.ThreadHints(token=desk.wire.sent[0].token))
    assert (await desk.contact()).owner is contact.Owner.QUEUE


async def test_a_chat_that_is_only_opened_leaves_nothing(desk):
    state = await desk.open_chat()
    assert (state.last_seq, state.number) == (0, None)
    assert list(await desk.live.messages(state.conversation_id, 0)) == []
    await desk.live.delivered(state.conversation_id, 5)
    assert await desk.contacts() == []


async def test_a_wish_for_a_person_is_about_no_product(desk):
    desk.bot.teach("talk to a human", "speak_to_human", ("gat-in-de-weg", 0.6))
    chat = await desk.open_chat()
    await desk.chat(chat.conversation_id, "I want to talk to a human")
    assert (await desk.item((await desk.contact()).id)).group_id == "onthaal"


async def test_a_reply_is_given_once_when_its_job_runs_again(desk):
    from intake.flow import answer

    chat = await desk.open_chat()
    await desk.chat(chat.conversation_id, "hallo")
    of = await desk.contact()
    asked = (await desk.messages(of.id))[0]
    payload = {"contact": of.id, "message": asked.id, "act": "message", "choice": None, "language": "nl"}
    import dataclasses

    await desk.store.write(
        lambda uow: uow.contacts.save(dataclasses.replace(uow.contacts.get(of.id), owner=contact.Owner.BOT))
    )
    await answer.answer(desk.hub, payload)
    assert len(await desk.messages(of.id)) == 2


async def test_our_own_address_gets_no_automatic_answer(desk):
    await desk.mail("paspoort", sender="info@stad.example")
    assert desk.wire.sent == []
    assert (await desk.contact()).owner is contact.Owner.QUEUE
