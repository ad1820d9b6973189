from dataclasses import replace
from datetime import timedelta

import pytest
import store_samples as samples

from intake import errors
from intake.domain import contact, message


@pytest.fixture
async def asked(store):
    def begin(uow):
        someone = samples.a_party()
        uow.parties.add(someone)
        chat = contact.Conversation(
            id="chat",
            channel="webchat",
            contact_id=None,
            party_id=someone.id,
            language="nl",
            last_seq=0,
            delivered_seq=0,
            created_at=samples.NOON,
            seen_at=samples.NOON,
        )
        uow.contacts.add_conversation(chat)
        return uow.contacts.add(samples.a_contact(someone, conversation_id="chat"), [1])

    return await store.write(begin)


async def test_a_message_comes_back_as_it_was_written(store, asked):
    await store.write(lambda uow: uow.products.put(samples.product(), samples.NOON))
    said = samples.a_message(
        asked,
        card={"title": "Paspoort", "steps": ["é"]},
        choices=(message.Choice(id="a", text="Ja"), message.Choice(id="b", text="Nee")),
        ranking=({"product": "paspoort", "score": 0.8},),
        product_id="paspoort",
        product_version=1,
        confidence=0.25,
        html="<p>Dag</p>",
        automatic=True,
        delivery=message.Delivery.WAITING,
    )
    file = message.Attachment(
        id="file",
        message_id=said.id,
        name="pas.pdf",
        media_type="application/pdf",
        size_bytes=3,
        sha256="ab",
        inline=False,
    )
    await store.write(lambda uow: uow.messages.add(said, [file]))
    assert await store.read(lambda uow: uow.messages.get(said.id)) == said
    assert await store.read(lambda uow: uow.messages.of_contact(asked.id)) == [said]
    assert await store.read(lambda uow: uow.messages.attachments([said.id, "other"])) == [file]
    assert await store.read(lambda uow: uow.messages.attachment("file")) == file


async def test_an_answer_can_only_cite_a_version_that_exists(store, asked):
    await store.write(lambda uow: uow.products.put(samples.product(), samples.NOON))
    cites = samples.a_message(asked, product_id="paspoort", product_version=2)
    with pytest.raises(errors.Conflict):
        await store.write(lambda uow: uow.messages.add(cites))


async def test_a_place_in_a_chat_is_taken_once(store, asked):
    await store.write(lambda uow: uow.messages.add(samples.a_message(asked, conversation_id="chat", seq=1)))
    with pytest.raises(errors.Conflict):
        await store.write(lambda uow: uow.messages.add(samples.a_message(asked, conversation_id="chat", seq=1)))


async def test_a_chat_is_read_from_where_the_screen_was(store, asked):
    said = [samples.a_message(asked, conversation_id="chat", seq=number) for number in (1, 2, 3, 4)]
    for each in said:
        await store.write(lambda uow, each=each: uow.messages.add(each))
    assert await store.read(lambda uow: uow.messages.of_conversation("chat", 1, 2)) == said[1:3]


async def test_what_the_screen_showed_is_delivered(store, asked):
    out = {"direction": message.Direction.OUT, "delivery": message.Delivery.SENT, "conversation_id": "chat"}
    said = [samples.a_message(asked, **out, seq=1), samples.a_message(asked, conversation_id="chat", seq=2)]
    said.append(samples.a_message(asked, **out, seq=3))
    for each in said:
        await store.write(lambda uow, each=each: uow.messages.add(each))
    await store.write(lambda uow: uow.messages.delivered_up_to("chat", 2))
    kept = await store.read(lambda uow: uow.messages.of_conversation("chat", 0, 9))
    assert [each.delivery.value for each in kept] == ["delivered", "none", "sent"]


async def test_delivery_and_ranking_are_written_down(store, asked):
    said = samples.a_message(asked)
    await store.write(lambda uow: uow.messages.add(said))
    await store.write(lambda uow: uow.messages.set_delivery(said.id, message.Delivery.FAILED, "550 no such user"))
    await store.write(lambda uow: uow.messages.set_ranking(said.id, [{"product": "paspoort"}]))
    expected = replace(
        said, delivery=message.Delivery.FAILED, delivery_detail="550 no such user", ranking=({"product": "paspoort"},)
    )
    assert await store.read(lambda uow: uow.messages.get(said.id)) == expected
    with pytest.raises(errors.NotFound):
        await store.write(lambda uow: uow.messages.set_delivery("nowhere", message.Delivery.SENT, ""))


async def test_a_mail_id_leads_to_the_first_contact_that_had_it(store, asked):
    other = await store.write(lambda uow: uow.contacts.add(samples.a_contact(uow.parties.get(asked.party_id)), [2]))
    for each in (asked, other):
        await store.write(lambda uow, each=each: uow.messages.remember_mail_id("id@mail.example", each.id))
    many = ["id@mail.example", *(f"{number}@mail.example" for number in range(1200))]
    found = await store.read(lambda uow: uow.messages.contacts_of_mail_ids(many))
    assert found == {"id@mail.example": asked.id}


async def test_only_automatic_mail_that_we_sent_since_then_counts(store, asked):
    ours = {
        "direction": message.Direction.OUT,
        "author": message.Author.BOT,
        "automatic": True,
        "address": "a@b.example",
    }
    old = samples.NOON - timedelta(days=2)
    said = [
        samples.a_message(asked, **ours),
        samples.a_message(asked, **ours | {"at": old}),
        samples.a_message(asked, **ours | {"automatic": False}),
        samples.a_message(asked, **ours | {"direction": message.Direction.IN}),
        samples.a_message(asked, **ours | {"address": "c@d.example"}),
    ]
    for each in said:
        await store.write(lambda uow, each=each: uow.messages.add(each))
    since = samples.NOON - timedelta(days=1)
    assert await store.read(lambda uow: uow.messages.automatic_since("a@b.example", since)) == 1
