"""Messages that other systems hand in: kept once, read once, answered by people."""

import asyncio
import dataclasses

import pytest
import pytest_asyncio

from channels import api_intake
from intake import errors
from intake.domain import message
from intake.web.api import messages, receipts
from tests.support import api


@pytest_asyncio.fixture
async def hub(tmp_path):
    async with api.running(tmp_path) as running:
        yield running


async def test_a_message_is_kept_before_it_is_answered_and_then_becomes_a_contact(hub):
    receipt = await hub.post("/messages", api.new_message(), 202)
    assert receipt | {"id": "", "receivedAt": ""} == {
        "id": "", "receivedAt": "", "outcome": None, "contactId": None, "contactNumber": None,
    }  # fmt: skip
    assert await hub.desk.ledger() == {"open": 1}

    await hub.desk.worker.drain()

    of = await hub.desk.contact()
    assert await hub.get(f"/receipts/{receipt['id']}") == receipt | {
        "outcome": "message", "contactId": of.id, "contactNumber": of.number,
    }  # fmt: skip
    [first, *_] = (await hub.get(f"/contacts/{of.id}/messages"))["results"]
    assert (first["channel"], first["direction"], first["authorName"]) == ("api", "in", "Jan Peeters")
    assert first["text"] == api.new_message()["text"]
    party = (await hub.get(f"/contacts/{of.id}"))["party"]
    assert party["name"] == "Jan Peeters"
    assert [one["value"] for one in party["digitalAddresses"]] == ["jan@example.org"]


async def test_it_ends_on_exactly_one_queue(hub):
    await hub.post("/messages", api.new_message(), 202)
    await hub.desk.worker.drain()
    of = await hub.desk.contact()
    [item] = (await hub.get("/queue-items"))["results"]
    assert (item["contactId"], item["id"]) == (of.id, of.open_item_id)


async def test_the_location_leads_to_the_receipt(hub):
    answer = await hub.ask("POST", "/messages", json=api.new_message())
    receipt = await answer.json()
    assert answer.headers["Location"] == f"http://stad/api/v1/receipts/{receipt['id']}"


async def test_the_same_external_id_twice_at_once_is_one_receipt(hub):
    answers = await asyncio.gather(*(hub.post("/messages", api.new_message(), 202) for _ in range(6)))
    assert len({answer["id"] for answer in answers}) == 1
    await hub.desk.worker.drain()
    assert await hub.desk.ledger() == {"message": 1}
    await hub.desk.contact()


async def test_a_repeat_after_it_was_read_says_what_became_of_it(hub):
    await hub.post("/messages", api.new_message(), 202)
    await hub.desk.worker.drain()
    again = await hub.post("/messages", api.new_message(), 202)
    assert again["contactNumber"] == (await hub.desk.contact()).number


async def test_another_order_and_spelling_of_the_same_json_is_the_same_message(hub):
    first = await hub.post("/messages", api.new_message(), 202)
    turned = dict(reversed(api.new_message().items())) | {"language": None}
    assert (await hub.post("/messages", turned, 202))["id"] == first["id"]


async def test_an_idempotency_key_names_a_message_without_external_id(hub):
    unnamed = api.new_message(externalId=None)
    keys = ('"8e03978e-40d5"', "8e03978e-40d5", "9f14")
    ids = [(await hub.post("/messages", unnamed, 202, headers={"Idempotency-Key": key}))["id"] for key in keys]
    assert ids[0] == ids[1] != ids[2]


async def test_an_external_id_and_a_key_of_the_same_letters_are_two_names(hub):
    await hub.post("/messages", api.new_message(externalId="a"), 202)
    await hub.post("/messages", api.new_message(externalId=None), 202, headers={"Idempotency-Key": "a"})
    assert await hub.desk.ledger() == {"open": 2}


@pytest.mark.parametrize(("key", "name"), [(None, "externalId"), ("", "Idempotency-Key"), ("a b", "Idempotency-Key")])
async def test_a_message_without_a_name_is_refused_because_a_repeat_would_double_it(hub, key, name):
    headers = {} if key is None else {"Idempotency-Key": key}
    problem = await hub.post("/messages", api.new_message(externalId=None), 400, headers=headers)
    assert [param["name"] for param in problem["invalidParams"]] == [name]


async def test_another_message_under_the_same_name_is_a_conflict(hub):
    await hub.post("/messages", api.new_message(), 202)
    problem = await hub.post("/messages", api.new_message(text="Iets anders"), 409)
    assert problem["code"] == "other_message"
    assert await hub.desk.ledger() == {"open": 1}


async def test_two_systems_may_use_the_same_external_id(hub):
    other = await hub.access.create_token("loket", ("contacts:write",))
    mine, theirs = (
        await hub.post("/messages", api.new_message(), 202),
        await hub.post("/messages", api.new_message(text="Van het loket"), 202, token=other),
    )
    assert mine["id"] != theirs["id"]


async def test_a_system_sees_its_own_receipts_only(hub):
    other = await hub.access.create_token("loket", ("contacts:write",))
    mine = await hub.post("/messages", api.new_message(), 202)
    await hub.get(f"/receipts/{mine['id']}", 404, token=other)
    mail = await hub.desk.mail("paspoort")
    await hub.get(f"/receipts/{mail}", 404)


async def test_a_new_token_of_the_same_system_goes_on_where_the_old_one_was(hub):
    mine = await hub.post("/messages", api.new_message(), 202)
    renewed = await hub.access.create_token("alles", ("contacts:write",))
    assert (await hub.post("/messages", api.new_message(), 202, token=renewed))["id"] == mine["id"]


async def test_a_phone_number_is_kept_with_its_country(hub):
    await hub.post("/messages", api.new_message(**{"from": {"phone": "0478 12 34 56"}}), 202)
    await hub.desk.worker.drain()
    of = await hub.desk.contact()
    party = (await hub.get(f"/contacts/{of.id}"))["party"]
    assert [(one["kind"], one["value"]) for one in party["digitalAddresses"]] == [("phone", "+32478123456")]


async def test_the_answer_of_the_bot_goes_by_mail(hub):
    await hub.post("/messages", api.new_message(text="Hoe vraag ik een paspoort aan?"), 202)
    await hub.desk.worker.drain()
    [sent] = hub.desk.wire.sent
    assert (sent.to.value, sent.card["product"], sent.automatic) == ("jan@example.org", "paspoort", True)
    of = await hub.desk.contact()
    assert (await hub.get(f"/contacts/{of.id}"))["owner"] == "citizen"


async def test_a_question_that_only_a_phone_call_can_answer_waits_for_an_employee(hub):
    asked = api.new_message(**{"from": {"phone": "+32478123456"}}, text="Hoe vraag ik een paspoort aan?")
    await hub.post("/messages", asked, 202)
    await hub.desk.worker.drain()
    of = await hub.desk.contact()
    shown = await hub.get(f"/contacts/{of.id}")
    assert (shown["owner"], shown["handlerGroupId"], hub.desk.wire.sent) == ("queue", "burgerzaken", [])
    assert [one["delivery"] for one in (await hub.get(f"/contacts/{of.id}/messages"))["results"]] == ["none"]


async def test_a_typed_address_joins_no_records(hub):
    await asyncio.gather(*(hub.post("/messages", api.new_message(externalId=f"f-{n}"), 202) for n in range(2)))
    await hub.desk.worker.drain()
    found = (await hub.get("/contacts"))["results"]
    assert (len(found), len({one["partyId"] for one in found})) == (2, 2)


async def test_the_answer_of_an_employee_goes_by_mail(hub):
    await hub.post("/messages", api.new_message(), 202)
    await hub.desk.worker.drain()
    of = await hub.desk.desk.take_next(hub.desk.karin)
    await hub.desk.writer.reply(hub.desk.karin, of.id, "Uw aanvraag is klaar.")
    await hub.desk.worker.drain()
    assert (hub.desk.wire.sent[-1].to.value, hub.desk.wire.sent[-1].text) == (
        "jan@example.org",
        "Uw aanvraag is klaar.",
    )


async def test_a_hub_whose_channel_is_off_keeps_nothing_and_says_so(hub):
    hub.desk.hub.channels.pop("api")
    problem = await hub.post("/messages", api.new_message(), 503)
    assert problem["code"] == "channel_off"
    assert await hub.desk.ledger() == {}


async def test_a_full_store_keeps_nothing_and_says_when_to_come_back(hub, monkeypatch):
    async def full(_work):
        raise errors.StoreFull("disk full")

    monkeypatch.setattr(type(hub.desk.store), "write", lambda _store, work: full(work))
    answer = await hub.ask("POST", "/messages", json=api.new_message())
    assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
    assert await hub.desk.ledger() == {}


async def test_nothing_of_a_citizen_is_logged(hub, caplog):
    caplog.set_level("DEBUG", logger="intake")
    secret = {
        "from": {"email": "sentinel@example.org", "name": "Sentinel"},
        "subject": "Sentinel",
        "text": "Sentinel ja",
    }
    await hub.post("/messages", api.new_message(**secret, externalId="Sentinel"), 202)
    await hub.post("/messages", api.new_message(**secret, externalId="Sentinel", Sentinel="Sentinel"), 400)
    await hub.desk.worker.drain()
    of = await hub.desk.contact()
    await hub.post(f"/contacts/{of.id}/messages", {"text": "Sentinel"}, 201)
    await hub.get("/contacts?sentinel=sentinel", 400)
    assert {"received", "settled", "api_refused"} <= {record.getMessage() for record in caplog.records}
    assert "sentinel" not in "".join(str(record.__dict__) for record in caplog.records).lower()


def raw(content: bytes) -> message.RawReceipt:
    return message.RawReceipt(channel="api", account="alles", wire_id="id:1", raw=content)


def test_the_channel_reads_what_the_api_keeps():
    new = messages.NewMessage.model_validate(
        api.new_message(
            **{"from": {"email": " Jan@Example.ORG", "name": "Jan\x00  Peeters"}},
            text="Eén\r\ntwee\x07",
            subject="Over\nmijn pas",
            language="nl",
        )
    )
    kept = messages.canonical(new)
    assert kept == messages.canonical(messages.NewMessage.model_validate_json(kept))
    inbound = api_intake.parse(raw(kept))
    assert inbound == dataclasses.replace(
        inbound,
        channel="api",
        sender=message.Address(kind=message.AddressKind.EMAIL, value="jan@example.org", name="Jan Peeters"),
        text="Eén\ntwee",
        subject="Over mijn pas",
        language="nl",
        message_id="formulier-1",
        automatic=message.Automatic.NO,
    )


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"{}",
        b'{"from":{},"text":"a"}',
        b'{"from":{"email":1},"text":"a"}',
        b"\xff",
        b"[" * 9999,
    ],
)
def test_bytes_that_are_no_message_of_the_api_are_parked(content):
    with pytest.raises(errors.Unreadable):
        api_intake.parse(raw(content))


async def test_the_channel_sends_nothing_and_only_waits():
    ready: list[bool] = []
    channel = api_intake.KIND.build(api_intake.KIND.settings_class(), None)
    waiting = asyncio.create_task(channel.listen(None, lambda: ready.append(True)))
    await asyncio.sleep(0)
    assert ready
    assert not waiting.done()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    with pytest.raises(errors.GaveUp):
        await channel.send(
            message.OutboundMessage(
                id="m", channel="api", message_id="m@x", subject="", text="", number=1, token="t",
                to=message.Address(kind=message.AddressKind.EMAIL, value="jan@example.org"),
            )
        )  # fmt: skip


def test_the_api_takes_texts_as_long_as_the_channel_says():
    assert messages.TEXT_CHARS == api_intake.TEXT_CHARS
    assert receipts.CHANNEL == api_intake.NAME
