"""The workspace without script: every page, form and link works, and shows only what the employee may see."""

import re

import pytest
import pytest_asyncio

from intake.domain import contact, ids, message
from tests.support import site


@pytest_asyncio.fixture
async def running(tmp_path):
    async with site.running(tmp_path) as opened:
        yield opened


async def for_burgerzaken(running, **more):
    """A question about a product of the group Burgerzaken."""
    running.desk.bot.teach("rare pas", "speak_to_human", ("paspoort", 0.8), ("identiteitskaart", 0.5))
    return await running.queued("Ik heb een rare pas", **more)


async def test_a_question_is_taken_answered_noted_and_resolved_with_plain_forms(running):
    number = await running.queued(subject="Mijn aanvraag")
    browser = await running.browser(running.desk.karin)
    answer = await browser.post("/werkplek/volgende")
    assert answer.headers["Location"] == f"/werkplek/{number}?lijst=mijn#gesprek"
    page = await browser.get(f"/werkplek/{number}?lijst=mijn")
    assert "Mijn aanvraag" in page
    assert "Bij u sinds 10:00, omdat de burger om een medewerker vroeg." in page
    assert f"{str(number)[:4]} {str(number)[4:]}" in page
    note = await browser.post(f"/werkplek/{number}/notitie", {"text": "Eerst bellen"})
    assert note.status == 303
    sent = await browser.post(
        f"/werkplek/{number}/antwoord", {"text": "Dag Jan,\r\n\r\nhet is klaar.", "daarna": "closed"}
    )
    assert sent.status == 303
    await running.desk.worker.drain()
    assert running.desk.wire.sent[-1].text == "Dag Jan,\n\nhet is klaar."
    page = await browser.get(f"/werkplek/{number}")
    assert "afgerond" in page
    assert "Interne notitie" in page
    assert page.index("Eerst bellen") < page.index("het is klaar.")


async def test_the_hand_over_card_shows_what_the_citizen_asked_under_the_subject(running):
    number = await running.queued(
        "Mijn paspoort is zoek.\nIk wil een medewerker spreken. " + "Echt. " * 60, subject="Hulp"
    )
    page = await (await running.browser(running.desk.karin)).get(f"/werkplek/{number}")
    card = page[page.index("onthaal-handover") :]
    shown = re.findall(r"<dd>(.*?)</dd>", card[card.index("<dt>Vraag</dt>") : card.index("<dt>Al geantwoord</dt>")])
    assert shown[0] == "Hulp"
    assert shown[1].startswith("Mijn paspoort is zoek. Ik wil een medewerker spreken. Echt.")
    assert len(shown[1]) == 280
    assert shown[1].endswith("…")


async def test_the_hand_over_card_says_it_once_when_the_subject_is_the_text(running):
    number = await running.queued("Ik wil een medewerker spreken", subject="Ik wil een medewerker spreken")
    page = await (await running.browser(running.desk.karin)).get(f"/werkplek/{number}")
    card = page[page.index("onthaal-handover") : page.index("<dt>Al geantwoord</dt>")]
    assert re.findall(r"<dd>(.*?)</dd>", card) == ["Ik wil een medewerker spreken"]


async def test_only_the_employees_of_a_group_and_leads_see_its_contacts(running):
    number = await running.queued(subject="Geheim van de balie")
    for path in (
        f"/werkplek/{number}",
        f"/werkplek/{number}/deel/verloop",
        f"/werkplek/{number}/deel/product/paspoort",
    ):
        headers = {"HX-Request": "true"}
        await (await running.browser(running.desk.tom)).get(path, headers=headers)
        refused = await (await running.browser(running.desk.conny)).get(path, status=404, headers=headers)
        assert "Geheim" not in refused
    conny = await running.browser(running.desk.conny)
    assert "van de balie" not in await conny.get("/werkplek?zoek=Geheim")
    assert str(number) not in await conny.get("/werkplek?lijst=groepen")
    await conny.get("/werkplek?lijst=groep:onthaal", status=404)


ACTS = ["neem", "antwoord", "notitie", "doorsturen", "leg-terug", "wacht", "rond-af", "typt"]


@pytest.mark.parametrize("act", ACTS)
async def test_nobody_acts_on_a_contact_that_they_may_not_see(running, act):
    number = await running.queued()
    conny = await running.browser(running.desk.conny)
    fields = {"text": "x", "group": "wegen", "reason": "omdat"}
    assert (await conny.post(f"/werkplek/{number}/{act}", fields)).status == 404
    of = await running.desk.contact()
    assert of.owner is contact.Owner.QUEUE
    assert len(await running.desk.messages(of.id)) == 2


async def test_files_html_and_sources_are_only_for_who_may_see_the_contact(running):
    number = await running.queued(
        html="<p>Mooi</p>",
        attachments=(message.InboundAttachment(name="plan é.html", media_type="text/html", content=b"<script>"),),
    )
    tom, conny = await running.browser(running.desk.tom), await running.browser(running.desk.conny)
    page = await tom.get(f"/werkplek/{number}")
    paths = [
        re.search(r'"(/werkplek/bijlage/[^"]+)"', page)[1],
        re.search(r'"(/werkplek/bron/[^"]+)"', page)[1],
        re.search(r'"(/werkplek/bericht/[^"]+/opmaak)"', page)[1],
    ]
    for path in paths:
        await conny.get(path, status=404)
    file, content = await tom.download(paths[0])
    assert content == b"<script>"
    assert file.headers["Content-Disposition"].startswith(
        "attachment; filename=\"plan _.html\"; filename*=UTF-8''plan%20"
    )
    assert file.headers["Content-Type"] == "application/octet-stream"
    assert file.headers["X-Content-Type-Options"] == "nosniff"
    assert (await tom.download(paths[1]))[1] == b"raw"
    markup = await tom.ask("GET", paths[2])
    assert "<p>Mooi</p>" in await markup.text()
    assert "sandbox" in markup.headers["Content-Security-Policy"]
    assert "script-src" not in markup.headers["Content-Security-Policy"]


async def test_two_employees_want_one_question_and_the_second_hears_who_has_it(running):
    number = await running.queued()
    karin, tom = await running.browser(running.desk.karin), await running.browser(running.desk.tom)
    assert (await karin.post(f"/werkplek/{number}/neem")).status == 303
    late = await tom.post(f"/werkplek/{number}/neem")
    assert late.status == 409
    assert "Karin de Wit is al met deze vraag bezig." in await late.text()
    assert "Karin de Wit is met deze vraag bezig" in await tom.get(f"/werkplek/{number}")


async def test_a_reply_that_missed_a_new_message_is_kept_and_shows_what_is_new(running):
    number = await running.queued()
    karin = await running.browser(running.desk.karin)
    await karin.post(f"/werkplek/{number}/neem")
    page = await karin.get(f"/werkplek/{number}")
    seen = re.search(r'name="seen" value="(\d+)"', page)[1]
    of = await running.desk.contact()
    await running.desk.mail(
        "Laat maar, het is opgelost.",
        thread=message.ThreadHints(token=running.desk.hub.contact_token(of.number)),
    )
    refused = await karin.post(f"/werkplek/{number}/antwoord", {"text": "Mijn lange antwoord", "seen": seen})
    text = await refused.text()
    assert refused.status == 409
    assert "Mijn lange antwoord</textarea>" in text
    assert "Er kwam net iets nieuws bij" in text
    assert "Laat maar, het is opgelost." in text
    again = re.search(r'name="seen" value="(\d+)"', text)[1]
    assert (await karin.post(f"/werkplek/{number}/antwoord", {"text": "Fijn", "seen": again})).status == 303


async def test_for_htmx_the_same_refusal_is_a_fragment_that_leaves_the_text_alone(running):
    number = await running.queued()
    karin = await running.browser(running.desk.karin)
    answer = await karin.post(f"/werkplek/{number}/antwoord", {"text": "x"}, headers={"HX-Request": "true"})
    text = await answer.text()
    assert answer.status == 409
    assert "<html" not in text
    assert "textarea" not in text
    assert "Neem de vraag eerst" in text


async def test_an_empty_answer_says_what_to_do(running):
    number = await running.queued()
    karin = await running.browser(running.desk.karin)
    await karin.post(f"/werkplek/{number}/neem")
    answer = await karin.post(f"/werkplek/{number}/antwoord", {"text": "  "})
    assert answer.status == 422
    assert "Schrijf eerst een antwoord." in await answer.text()


async def test_transfer_takes_a_reason_and_can_be_taken_back_by_who_sent_it(running):
    number = await running.queued()
    tom, conny = await running.browser(running.desk.tom), await running.browser(running.desk.conny)
    karin = await running.browser(running.desk.karin)
    assert (await karin.post(f"/werkplek/{number}/doorsturen", {"group": "wegen", "reason": " "})).status == 422
    moved = await karin.post(
        f"/werkplek/{number}/doorsturen",
        {"group": "wegen", "reason": "Gaat over de straat"},
        headers={"HX-Request": "true"},
    )
    text = await moved.text()
    assert "Doorgestuurd naar Wegen." in text
    assert moved.headers["HX-Push-Url"] == "/werkplek?lijst=mijn"
    assert f"/werkplek/{number}/haal-terug" in text
    assert "Neem weer op" not in await karin.get(f"/werkplek/{number}")  # the front desk sees it and leaves it there
    assert "omdat Karin de Wit doorstuurde: “Gaat over de straat”" in await tom.get(f"/werkplek/{number}")
    assert (await conny.post(f"/werkplek/{number}/haal-terug", {"group": "burgerzaken"})).status == 403
    assert (await karin.post(f"/werkplek/{number}/haal-terug", {"group": "onthaal"})).status == 303
    assert "Onthaal" in await karin.get(f"/werkplek/{number}")


async def test_the_lists_have_their_lines_figures_and_deadlines(running):
    await running.queued(subject="Eerste")
    running.desk.clock.pass_time(minutes=10)
    second = await running.queued(subject="Tweede", sender="els@example.org")
    karin = await running.browser(running.desk.karin)
    page = await karin.get("/werkplek?lijst=groepen")
    assert page.index("Eerste") < page.index("Tweede")
    assert re.search(r"Onverdeeld<span[^>]*>2<", page)
    running.desk.clock.pass_time(days=3)
    karin = await running.browser(running.desk.karin)
    page = await karin.get("/werkplek?lijst=te-laat")
    assert "te laat" in page
    found = await karin.get(f"/werkplek?zoek={second}")
    assert "Tweede" in found
    assert "Eerste" not in found
    assert "Niets gevonden voor “bestaatniet”" in await karin.get("/werkplek?zoek=bestaatniet")


async def test_a_long_list_is_loaded_in_parts_that_hold_every_line_once(running):
    numbers = [await running.queued(subject=f"Nr {each}", sender=f"a{each}@example.org") for each in range(43)]
    karin = await running.browser(running.desk.karin)
    first = await karin.get("/werkplek?lijst=groepen")
    following = re.search(r'hx-get="(/werkplek/deel/meer[^"]+)"', first)[1].replace("&amp;", "&")
    more = await karin.get(following, headers={"HX-Request": "true"})
    shown = [int(number) for number in re.findall(r'data-number="(\d+)"', first + more)]
    assert sorted(shown) == sorted(numbers)
    assert 'name="aantal" value="43"' in more
    again = await karin.get("/werkplek/deel/lijst?lijst=groepen&aantal=43", headers={"HX-Request": "true"})
    assert len(re.findall(r'data-number="(\d+)"', again)) == 43


async def test_the_context_says_who_what_was_said_and_why_a_product_fits(running):
    number = await for_burgerzaken(running)
    karin = await running.browser(running.desk.karin)
    page = await karin.get(f"/werkplek/{number}")
    assert "Omdat: “woord” · v1" in page
    assert "jan@example.org" in page
    assert "Schreef hiermee, niet gecontroleerd" in page
    assert "Antwoord vóór" in page
    assert "GEHEIM" not in page


async def test_a_product_is_inserted_with_its_source(running):
    number = await for_burgerzaken(running)
    karin = await running.browser(running.desk.karin)
    await karin.post(f"/werkplek/{number}/neem")
    page = await karin.get(f"/werkplek/{number}?voeg=paspoort")
    assert "Zo regelt u het:" in page
    assert 'name="cited" value="paspoort"' in page
    assert "GEHEIM" not in page
    await karin.post(f"/werkplek/{number}/antwoord", {"text": "Zo gaat het.", "cited": "paspoort"})
    page = await karin.get(f"/werkplek/{number}")
    assert "versie 1" in page
    found = await karin.get(f"/werkplek/{number}/deel/producten?product=pas", headers={"HX-Request": "true"})
    assert "Paspoort" in found
    assert "Identiteitskaart" not in found


async def test_what_citizens_write_is_never_markup(running):
    bad = '<img src=x onerror="alert(1)">'
    number = await running.queued(f"medewerker {bad}", subject=bad, quoted=bad)
    karin = await running.browser(running.desk.karin)
    for path in (f"/werkplek/{number}", "/werkplek?lijst=groepen", f"/werkplek?zoek={bad}"):
        page = await karin.get(path)
        assert bad not in page
        assert "&lt;img" in page


async def test_an_answer_that_did_not_arrive_is_shown_where_it_was_sent(running):
    from intake import errors

    number = await running.queued()
    karin = await running.browser(running.desk.karin)
    await karin.post(f"/werkplek/{number}/neem")
    running.desk.wire.fail_with = errors.GaveUp("De mailbox is vol (5.2.2).")
    await karin.post(f"/werkplek/{number}/antwoord", {"text": "Hallo", "daarna": "citizen"})
    await running.desk.worker.drain()
    page = await karin.get(f"/werkplek/{number}")
    assert "Niet aangekomen." in page
    assert "De mailbox is vol (5.2.2)." in page
    assert "omdat ons antwoord niet aankwam" in page


async def test_what_nobody_could_read_waits_in_sight_with_its_source(running):
    from intake import errors

    await running.desk.broken_mail(errors.Unreadable("Geen geldige mail."))
    tom, conny = await running.browser(running.desk.tom), await running.browser(running.desk.conny)
    page = await tom.get("/werkplek/onleesbaar")
    source = re.search(r'"(/werkplek/bron/[^"]+)"', page)[1]
    assert (await tom.download(source))[1] == b"\x00broken"
    assert "/werkplek/bron/" not in await conny.get("/werkplek/onleesbaar")
    await conny.get(source, status=404)


async def test_only_a_lead_tries_failed_work_again(running):
    def bury(uow):
        uow.jobs.add("deliver", {"message": "weg"})
        for job in uow.jobs.claim("c", running.desk.clock.now(), running.desk.clock.now(), 5):
            uow.jobs.bury(job, "De server zei nee")

    await running.desk.store.write(bury)
    tom, conny = await running.browser(running.desk.tom), await running.browser(running.desk.conny)
    page = await tom.get("/werkplek/onleesbaar")
    assert "De server zei nee" in page
    path = re.search(r'action="(/werkplek/werk/\d+/opnieuw)"', page)[1]
    assert "De server zei nee" not in await conny.get("/werkplek/onleesbaar")
    assert (await conny.post(path)).status == 403
    assert (await tom.post(path)).status == 303
    assert not await running.desk.store.read(lambda uow: uow.jobs.dead(5))


async def test_typing_is_told_to_the_chat_only_by_who_holds_the_question(running):
    chat = await running.desk.open_chat()
    await running.desk.chat(chat.conversation_id, "medewerker")
    of = await running.desk.contact()
    karin = await running.browser(running.desk.karin)
    await karin.post(f"/werkplek/{of.number}/neem")
    async with running.desk.live.changes(ids.ConversationId(chat.conversation_id)) as changes:
        assert (await karin.post(f"/werkplek/{of.number}/typt")).status == 204
        assert await anext(changes) == "typing:Karin"


async def test_citizen_pages_never_show_internal_sections_or_withdrawn_products(running):
    browser = await running.browser()
    page = await browser.get("/producten/paspoort")
    assert "U vraagt het aan in het stadhuis." in page
    assert "GEHEIM" not in page
    await browser.get("/producten/onbekend", status=404)
    assert "Paspoort" in await browser.get("/producten?q=pasp")
    assert "Niets gevonden" in await browser.get("/producten?q=raket")
    now = running.desk.clock.now()
    gone = [ids.ProductId("identiteitskaart")]
    await running.desk.store.write(lambda uow: uow.products.withdraw(gone, now))
    await browser.get("/producten/identiteitskaart", status=404)
    english = await browser.get("/producten/paspoort?taal=en")
    assert "paspoort in English" in english


async def test_the_demo_shows_its_log_ins_and_its_mail(tmp_path):
    from intake.web import services

    mail = {
        "name": "1.eml",
        "date": "ma 10:00",
        "from": "info@stad",
        "to": "jan@x",
        "subject": "Re: <b>",
        "text": "Dag\n\nJan",
    }
    demo = services.Demo(
        logins=[("karin@stad.example", "geheim-woord", "Onthaal")],
        mails=lambda _: [mail],
        mail=lambda name: mail if name == "1.eml" else None,
    )
    async with site.running(tmp_path, demo=demo) as running:
        browser = await running.browser()
        assert "geheim-woord" in await browser.get("/inloggen")
        assert "Re: &lt;b&gt;" in await browser.get("/demo/mail")
        assert "Dag" in await browser.get("/demo/mail/1.eml")
        await browser.get("/demo/mail/2.eml", status=404)


async def test_without_the_demo_there_is_no_mailbox(running):
    await (await running.browser()).get("/demo/mail", status=404)
