from intake import errors
from intake.domain import contact, message, party
from intake.flow import machine_mail


async def reply_to(desk, sent, text, **more):
    await desk.mail(text, thread=message.ThreadHints(token=sent.token), **more)


async def test_a_reply_with_our_token_continues_the_same_contact(desk):
    await desk.mail("kat in de boom")
    await reply_to(desk, desk.wire.sent[0], "en nu ook een hond", sender="iemand@anders.example")
    of = await desk.contact()
    assert [m.threading for m in await desk.messages(of.id) if m.direction is message.Direction.IN] == ["new", "token"]


async def test_a_reply_by_message_id_counts_only_for_a_participant(desk):
    await desk.mail("kat in de boom")
    reference = message.ThreadHints(references=(desk.wire.sent[0].message_id,))
    await desk.mail("nog iets", thread=reference)
    assert len(await desk.contacts()) == 1
    await desk.mail("ik ben een ander", sender="vreemd@example.net", thread=reference)
    first, second = await desk.contacts()
    history = await desk.store.read(lambda uow: uow.contacts.history(second.id))
    assert ("possibly_related", first.number) in [(line.kind, line.detail.get("number")) for line in history]


async def test_a_number_in_the_subject_counts_only_for_a_participant(desk):
    await desk.mail("kat in de boom")
    of = await desk.contact()
    hint = message.ThreadHints(numbers=(of.number,))
    await desk.mail("vervolg", thread=hint)
    assert len(await desk.contacts()) == 1
    await desk.mail("spion", sender="vreemd@example.net", thread=hint)
    assert len(await desk.contacts()) == 2


async def test_a_forged_token_opens_a_new_contact(desk):
    await desk.mail("kat in de boom")
    of = await desk.contact()
    await desk.mail("hack", thread=message.ThreadHints(token=f"{of.number}-{'0' * 20}"), sender="vreemd@example.net")
    assert len(await desk.contacts()) == 2


async def test_the_same_mail_twice_is_one_message(desk):
    await desk.mail("kat in de boom", dedupe_key="mail:zelfde")
    await desk.mail("kat in de boom", dedupe_key="mail:zelfde")
    assert len(await desk.contacts()) == 1
    assert await desk.ledger() == {"message": 1, "duplicate": 1}


async def test_an_unreadable_mail_becomes_a_visible_contact_on_the_front_desk(desk):
    await desk.broken_mail(errors.Unreadable("Het bericht is geen mail."))
    of = await desk.contact()
    assert of.owner is contact.Owner.QUEUE
    assert of.subject == "Onleesbaar bericht"
    assert await desk.ledger() == {"quarantined": 1}
    assert desk.wire.sent == []


async def test_an_auto_reply_is_kept_and_never_answered(desk):
    await desk.mail("kat in de boom")
    sent = desk.wire.sent[0]
    await reply_to(desk, sent, "Ik ben op vakantie", automatic=message.Automatic.REPLY)
    assert len(desk.wire.sent) == 1
    of = await desk.contact()
    assert len(await desk.messages(of.id)) == 3
    assert await desk.ledger() == {"message": 1, "loop": 1}


async def test_two_robots_end_within_the_day_limit(desk):
    for number in range(30):
        await desk.mail(f"robot {number}", sender="robot@example.net")
    assert len(desk.wire.sent) == desk.hub.policy.auto_replies_per_day
    assert len(await desk.contacts()) == 30


async def test_a_robot_with_questions_that_we_know_ends_too_and_its_mails_wait_for_people(desk):
    for number in range(12):
        await desk.mail(f"paspoort {number}", sender="robot@example.net")
    assert len(desk.wire.sent) == desk.hub.policy.auto_replies_per_day
    owners = [of.owner for of in await desk.contacts()]
    assert owners.count(contact.Owner.QUEUE) == 12 - desk.hub.policy.auto_replies_per_day


async def test_a_mail_without_sender_is_not_answered_and_not_lost(desk):
    await desk.mail("paspoort", sender="")
    of = await desk.contact()
    assert of.owner is contact.Owner.QUEUE
    assert desk.wire.sent == []


async def test_a_bounce_brings_the_contact_back_to_its_queue(desk):
    await desk.mail("paspoort")
    sent = desk.wire.sent[0]
    assert (await desk.contact()).owner is contact.Owner.CITIZEN
    await reply_to(desk, sent, "Delivery failed", sender="", automatic=message.Automatic.BOUNCE)
    of = await desk.contact()
    assert of.owner is contact.Owner.QUEUE
    states = [m.delivery for m in await desk.messages(of.id)]
    assert message.Delivery.FAILED in states


async def report(desk, number: int, **more) -> str:
    """A delivery report about a mail that we did not send."""
    return await desk.mail(
        f"Delivery failed {number}", sender="mailer-daemon@elders.example", subject="Undelivered",
        automatic=message.Automatic.BOUNCE, **more,
    )  # fmt: skip


async def test_a_delivery_report_that_fits_no_message_of_ours_is_seen_by_the_front_desk(desk):
    receipt = await report(desk, 1)
    of = await desk.contact()
    item = await desk.item(of.id)
    assert (of.subject, item.group_id, item.reason) == (machine_mail.REPORTS_SUBJECT, "onthaal", "unknown_report")
    shown = await desk.last(of.id)
    assert (shown.text, shown.receipt_id, shown.automatic) == ("Delivery failed 1", receipt, True)
    assert await desk.ledger() == {"bounce": 1}
    assert desk.wire.sent == []


async def test_reports_of_one_day_share_a_contact_and_a_flood_fills_neither_queue_nor_contact(desk):
    for number in range(machine_mail.REPORTS_PER_DAY + 5):
        await report(desk, number)
    of = await desk.contact()
    assert len(await desk.messages(of.id)) == machine_mail.REPORTS_PER_DAY
    assert await desk.ledger() == {"bounce": machine_mail.REPORTS_PER_DAY + 5}
    history = await desk.store.read(lambda uow: uow.contacts.history(of.id))
    assert [line.kind for line in history].count("reports_full") == 1
    desk.clock.pass_time(days=1)
    await report(desk, 99)
    _, tomorrow = await desk.contacts()
    assert [m.text for m in await desk.messages(tomorrow.id)] == ["Delivery failed 99"]


async def test_a_report_after_the_front_desk_closed_the_contact_of_today_opens_it_again(desk):
    await report(desk, 1)
    of = await desk.desk.take_next(desk.karin)
    await desk.writer.note(desk.karin, of.id, "Gezien.")
    await desk.writer.finish(desk.karin, of.id, contact.Owner.CLOSED)
    assert await desk.item(of.id) is None
    await report(desk, 2)
    assert (await desk.contact()).id == of.id
    assert await desk.item(of.id) is not None


async def test_a_report_that_names_a_contact_of_ours_without_proof_says_which_it_may_belong_to(desk):
    await desk.mail("schandalig")
    of = await desk.contact()
    await report(desk, 1, thread=message.ThreadHints(numbers=(of.number,)))
    _, reports = await desk.contacts()
    history = await desk.store.read(lambda uow: uow.contacts.history(reports.id))
    assert [line.detail for line in history if line.kind == "possibly_related"] == [{"number": of.number}]


async def test_chat_and_mail_of_one_person_meet_when_a_reply_proves_it(desk):
    await desk.mail("paspoort", sender="jan@example.org")
    chat = await desk.open_chat()
    await desk.chat(chat.conversation_id, "", type="human")
    await desk.chat(
        chat.conversation_id, "", type="details", name="Jan", email="JAN@example.org", phone="0470 00 01 23"
    )
    earlier, chatted = await desk.contacts()
    parties = [await desk.store.read(lambda uow, c=c: uow.parties.get(c.party_id)) for c in (earlier, chatted)]
    assert parties[0].id != parties[1].id
    confirmation = desk.wire.sent[-1]
    assert confirmation.number == chatted.number
    await reply_to(desk, confirmation, "ik ben het", sender="jan@example.org")
    parties = [await desk.store.read(lambda uow, c=c: uow.parties.get(c.party_id)) for c in (earlier, chatted)]
    assert parties[0].id == parties[1].id
    addresses = await desk.store.read(lambda uow: uow.parties.addresses(parties[0].id))
    kinds = {(a.kind, a.verification) for a in addresses}
    assert (message.AddressKind.EMAIL, party.Verification.REPLY) in kinds
    assert message.AddressKind.PHONE in {a.kind for a in addresses}
    assert [m.channel for m in await desk.messages(chatted.id) if m.direction is message.Direction.IN] == [
        "webchat", "webchat", "email",
    ]  # fmt: skip


async def test_stating_somebody_elses_address_in_the_chat_shows_and_links_nothing(desk):
    await desk.mail("paspoort", sender="slachtoffer@example.org")
    chat = await desk.open_chat()
    await desk.chat(chat.conversation_id, "", type="human")
    await desk.chat(chat.conversation_id, "", type="details", email="slachtoffer@example.org")
    victim, spy = await desk.contacts()
    assert victim.party_id != spy.party_id
    await desk.mail("nieuwe vraag", sender="slachtoffer@example.org")
    third = (await desk.contacts())[-1]
    assert third.party_id == victim.party_id


async def test_a_second_message_in_a_chat_stays_in_its_contact_until_that_is_closed(desk):
    chat = await desk.open_chat()
    await desk.chat(chat.conversation_id, "paspoort")
    await desk.chat(chat.conversation_id, "pas kwijt")
    assert len(await desk.contacts()) == 1
    await desk.chat(chat.conversation_id, "paspoort")
    await desk.chat(chat.conversation_id, "", type="choice", choice="answered:yes")
    await desk.chat(chat.conversation_id, "gat in de weg")
    assert len(await desk.contacts()) == 2


async def test_a_mail_that_keeps_breaking_our_own_code_is_parked_in_sight(desk):
    receipt = await desk.mail("kat in de boom", settle=False)
    real = desk.wire.parse

    def broken(raw):
        raise ZeroDivisionError

    desk.wire.parse = broken
    for _ in range(6):
        await desk.worker.drain()
        desk.clock.pass_time(minutes=1)
    desk.wire.parse = real
    of = await desk.contact()
    assert (of.owner, of.subject) == (contact.Owner.QUEUE, "Onleesbaar bericht")
    assert await desk.ledger() == {"quarantined": 1}
    assert receipt
