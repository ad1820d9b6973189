"""What other systems read: contacts, queues, groups, products and the ledger."""

import dataclasses
from datetime import date

import pytest
import pytest_asyncio

from intake.domain import contact
from tests.support import api, fakes


@pytest_asyncio.fixture
async def hub(tmp_path):
    async with api.running(tmp_path) as running:
        yield running


async def test_contacts_come_page_by_page_newest_first_and_each_once(hub):
    for number in range(7):
        await hub.desk.mail(f"vraag {number}", sender=f"burger{number}@example.org")
        hub.desk.clock.pass_time(seconds=number % 2)
    first = await hub.get("/contacts?pageSize=3")
    assert len(first["results"]) == 3
    assert first["next"].startswith("http://stad/api/v1/contacts?pageSize=3&after=")
    every = await hub.page_through("/contacts?pageSize=3")
    expected = sorted(await hub.desk.contacts(), key=lambda one: (one.created_at, one.id), reverse=True)
    assert [one["id"] for one in every] == [one.id for one in expected]


async def test_a_contact_that_comes_in_between_does_not_shift_the_pages(hub):
    for number in range(4):
        await hub.desk.mail(f"vraag {number}", sender=f"burger{number}@example.org")
        hub.desk.clock.pass_time(seconds=1)
    first = await hub.get("/contacts?pageSize=2")
    await hub.desk.mail("nog een", sender="late@example.org")
    rest = await hub.page_through(first["next"].removeprefix("http://stad" + api.BASE))
    seen = [one["id"] for one in first["results"] + rest]
    assert len(seen) == len(set(seen)) == 4


async def test_an_empty_hub_has_empty_lists(hub):
    assert await hub.get("/contacts") == {"results": [], "next": None}
    assert await hub.get("/queue-items") == {"results": [], "next": None}


async def test_a_contact_is_found_by_its_number(hub):
    await hub.desk.mail("paspoort")
    of = await hub.desk.contact()
    assert [one["id"] for one in (await hub.get(f"/contacts?number={of.number}"))["results"]] == [of.id]
    assert await hub.get("/contacts?number=1") == {"results": [], "next": None}


async def test_a_contact_is_shown_with_its_state(hub):
    await hub.desk.mail("gat in de weg")
    of = await hub.desk.contact()
    shown = await hub.get(f"/contacts/{of.id}")
    assert (shown["kind"], shown["owner"], shown["handlerGroupId"]) == ("report", "queue", "wegen")
    assert (shown["queueItemId"], shown["number"], shown["isHuman"]) == (of.open_item_id, of.number, False)
    assert shown["createdAt"] == "2026-11-23T09:00:00Z"
    assert (shown["party"]["name"], shown["party"]["digitalAddresses"][0]["kind"]) == ("Jan", "email")


async def test_the_list_of_contacts_holds_no_name_and_no_address(hub):
    await hub.desk.mail("gat in de weg", sender="wie@example.org", subject="Put")
    text = await (await hub.ask("GET", "/contacts")).text()
    assert "Jan" not in text
    assert "wie@example.org" not in text


async def test_what_was_said_is_shown_in_order_with_the_answer_of_the_catalogue(hub):
    await hub.desk.mail("hoe vraag ik een paspoort aan")
    of = await hub.desk.contact()
    asked, answered = (await hub.get(f"/contacts/{of.id}/messages"))["results"]
    assert (asked["author"], asked["direction"], asked["productId"]) == ("citizen", "in", None)
    assert (answered["author"], answered["productId"], answered["productVersion"]) == ("bot", "paspoort", 1)
    assert answered["card"]["facts"][0] == {"label": "Kosten", "value": "€ 75"}
    assert answered["isAutomatic"] is True


async def test_a_note_of_another_system_stands_under_its_name_and_never_goes_out(hub):
    await hub.desk.mail("medewerker graag")
    of = await hub.desk.contact()
    sent = len(hub.desk.wire.sent)
    note = await hub.post(f"/contacts/{of.id}/messages", {"text": "Afspraak AFS-1182 gemaakt."}, 201)
    await hub.desk.worker.drain()
    assert (note["direction"], note["authorName"], note["contactId"]) == ("note", "alles", of.id)
    assert (await hub.get(f"/contacts/{of.id}/messages"))["results"][-1] == note
    assert len(hub.desk.wire.sent) == sent
    assert (await hub.desk.contact()).owner is contact.Owner.QUEUE


async def test_queue_items_are_shown_longest_waiting_first_and_by_group(hub):
    for number, text in enumerate(("gat in de weg", "medewerker", "gat in de weg", "medewerker")):
        await hub.desk.mail(text, sender=f"burger{number}@example.org")
        hub.desk.clock.pass_time(minutes=1)
    every = await hub.page_through("/queue-items?pageSize=3")
    assert [one["handlerGroupId"] for one in every] == ["wegen", "onthaal", "wegen", "onthaal"]
    assert [one["waitingSince"] for one in every] == sorted(one["waitingSince"] for one in every)
    of_group = await hub.page_through("/queue-items?group=wegen&pageSize=1")
    assert of_group == [one for one in every if one["handlerGroupId"] == "wegen"]
    assert await hub.get("/queue-items?group=burgerzaken") == {"results": [], "next": None}


async def test_a_claimed_item_says_who_holds_it(hub):
    await hub.desk.mail("medewerker")
    await hub.desk.desk.take_next(hub.desk.karin)
    [item] = (await hub.get("/queue-items"))["results"]
    assert (item["claimedBy"], item["claimedAt"]) == ("karin", "2026-11-23T09:00:00Z")
    assert item["reason"] == "asked_for_person"


async def test_handler_groups_say_when_they_are_open(hub):
    first, *_ = (await hub.get("/handler-groups"))["results"]
    assert (first["id"], first["isFrontDesk"], first["isOpen"], first["opensAt"]) == ("onthaal", True, True, None)
    assert first["openingHours"]["week"] == {
        day: [] if day in {"sat", "sun"} else ["09:00-17:00"]
        for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    }
    hub.desk.clock.pass_time(hours=10)
    first, *_ = (await hub.get("/handler-groups"))["results"]
    assert (first["isOpen"], first["opensAt"]) == (False, "2026-11-24T09:00:00+01:00")


async def test_products_are_shown_with_their_group_and_public_text(hub):
    found = (await hub.get("/products"))["results"]
    assert {one["id"] for one in found} == {"paspoort", "identiteitskaart", "gat-in-de-weg"}
    one = await hub.get("/products/paspoort")
    assert (one["handlerGroupId"], one["version"], one["withdrawnAt"]) == ("burgerzaken", 1, None)
    assert one["sections"]["procedure"] == ["Maak een afspraak.", "Kom langs."]


async def test_a_withdrawn_product_leaves_the_list_and_can_still_be_read(hub):
    def withdraw(uow):
        uow.products.withdraw(["gat-in-de-weg", "identiteitskaart"], hub.desk.clock.now())

    await hub.desk.store.write(withdraw)
    assert [one["id"] for one in (await hub.get("/products"))["results"]] == ["paspoort"]
    assert (await hub.get("/products/gat-in-de-weg"))["withdrawnAt"] == "2026-11-23T09:00:00Z"


async def test_an_internal_section_never_leaves_the_hub(hub):
    one = fakes.product("gevoelig", audience=("burger",), keywords={"nl": ("woord",)})
    await hub.desk.store.write(lambda uow: uow.products.put(one, hub.desk.clock.now()))
    assert "GEHEIM" in one.sections.internal
    hub.desk.bot.teach("gevoelig", "ask_product", ("gevoelig", 0.9))
    await hub.desk.mail("gevoelig")
    of = await hub.desk.contact()
    for path in ("/products", "/products/gevoelig", f"/contacts/{of.id}/messages", "/openapi.json"):
        text = await (await hub.ask("GET", path)).text()
        assert "GEHEIM" not in text
        assert "internal" not in text.replace("internal note", "").replace("An internal", "").replace("is internal", "")


async def test_every_section_is_public_or_named_here_as_internal():
    from intake.domain import catalogue
    from intake.web.api import products

    inside = {field.name for field in dataclasses.fields(catalogue.Sections)}
    assert inside - set(products.Sections.model_fields) == {"internal"}


async def test_the_ledger_adds_up(hub):
    await hub.desk.mail("paspoort")
    await hub.desk.mail("paspoort", sender="piet@example.org", settle=False)
    await hub.post("/messages", api.new_message(), 202)
    ledger = await hub.get("/receipts/summary")
    assert (ledger["total"], ledger["open"], ledger["outcomes"]["message"]) == (3, 2, 1)
    assert ledger["total"] == ledger["open"] + sum(ledger["outcomes"].values())


@pytest.mark.parametrize("day", [date(2026, 12, 25)])
async def test_holidays_are_given_as_dates(hub, day):
    group = fakes.group("feest")
    group = dataclasses.replace(group, calendar=dataclasses.replace(group.calendar, holidays=frozenset({day})))
    await hub.desk.store.write(lambda uow: uow.directory.put_group(group))
    found = {one["id"]: one for one in (await hub.get("/handler-groups"))["results"]}
    assert found["feest"]["openingHours"]["holidays"] == ["2026-12-25"]
