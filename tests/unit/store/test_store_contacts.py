from dataclasses import replace
from datetime import timedelta

import pytest
import store_samples as samples

from intake import errors
from intake.domain import contact, ids, message


@pytest.fixture
async def owner(store):
    someone = samples.a_party()
    await store.write(lambda uow: uow.parties.add(someone))
    await store.write(lambda uow: uow.directory.put_group(samples.group()))
    return someone


async def test_a_contact_comes_back_as_it_was_written(store, owner):
    new = samples.a_contact(owner, kind=contact.Kind.REPORT, waiting_since=samples.NOON, language="fr")
    added = await store.write(lambda uow: uow.contacts.add(new, [26048127]))
    assert added == replace(new, number=26048127)
    assert await store.read(lambda uow: uow.contacts.get(new.id)) == added
    assert await store.read(lambda uow: uow.contacts.by_number(26048127)) == added
    assert await store.read(lambda uow: uow.contacts.by_number(1)) is None


async def test_a_contact_takes_the_first_number_that_is_free(store, owner):
    await store.write(lambda uow: uow.contacts.add(samples.a_contact(owner), [11111111]))
    second = await store.write(lambda uow: uow.contacts.add(samples.a_contact(owner), [11111111, 22222222, 33333333]))
    assert second.number == 22222222


async def test_a_contact_without_a_free_number_is_refused(store, owner):
    await store.write(lambda uow: uow.contacts.add(samples.a_contact(owner), [11111111]))
    with pytest.raises(errors.Conflict):
        await store.write(lambda uow: uow.contacts.add(samples.a_contact(owner), [11111111]))


async def test_saving_a_stale_contact_is_a_conflict(store, owner):
    added = await store.write(lambda uow: uow.contacts.add(samples.a_contact(owner), [1]))
    saved = await store.write(lambda uow: uow.contacts.save(replace(added, language="en")))
    assert saved.version == added.version + 1
    with pytest.raises(errors.Conflict):
        await store.write(lambda uow: uow.contacts.save(replace(added, language="fr")))
    assert (await store.read(lambda uow: uow.contacts.get(added.id))) == saved


async def test_a_contact_on_a_queue_without_an_item_cannot_be_written(store, owner):
    with pytest.raises(errors.Conflict):
        await store.write(lambda uow: uow.contacts.add(samples.a_contact(owner, owner=contact.Owner.QUEUE), [1]))


async def test_a_contact_may_not_name_an_item_that_does_not_exist(store, owner):
    lost = samples.a_contact(owner, owner=contact.Owner.QUEUE, open_item_id=ids.QueueItemId("nowhere"))
    with pytest.raises(errors.Conflict):
        await store.write(lambda uow: uow.contacts.add(lost, [1]))


async def test_a_contact_may_not_name_the_item_of_another(store, owner):
    _, theirs = await store.write(lambda uow: samples.queued(uow, 1))
    mine = samples.a_contact(owner, owner=contact.Owner.QUEUE, open_item_id=theirs.id)
    with pytest.raises(errors.Conflict):
        await store.write(lambda uow: uow.contacts.add(mine, [2]))


async def test_an_item_cannot_close_while_its_contact_waits_on_it(store, owner):
    waiting, item = await store.write(lambda uow: samples.queued(uow, 1))
    closed = replace(item, closed_at=samples.NOON)
    with pytest.raises(errors.Conflict):
        await store.write(lambda uow: uow.queue.save(closed))

    def resolve(uow):
        uow.queue.save(closed)
        uow.contacts.save(replace(waiting, owner=contact.Owner.CITIZEN, open_item_id=None))

    await store.write(resolve)


async def test_a_contact_has_one_open_item(store, owner):
    waiting, _ = await store.write(lambda uow: samples.queued(uow, 1))
    with pytest.raises(errors.Conflict):
        await store.write(lambda uow: uow.queue.add(samples.item(waiting)))


async def test_a_contact_moves_to_another_queue_in_one_unit_of_work(store, owner):
    await store.write(lambda uow: uow.directory.put_group(samples.group("belastingen")))
    waiting, item = await store.write(lambda uow: samples.queued(uow, 1))
    other = samples.item(waiting, "belastingen", hops=1)

    def transfer(uow):
        uow.contacts.save(replace(waiting, open_item_id=other.id, group_id=other.group_id))
        uow.queue.save(replace(item, closed_at=samples.NOON))
        uow.queue.add(other)

    await store.write(transfer)
    assert (await store.read(lambda uow: uow.queue.get(other.id))) == other


async def test_two_claims_of_one_item_are_one_claim_and_one_conflict(store, owner):
    import asyncio

    await store.write(lambda uow: uow.directory.put_employee(samples.employee(), None))
    await store.write(lambda uow: uow.directory.put_employee(samples.employee("bram"), None))
    _, item = await store.write(lambda uow: samples.queued(uow, 1))

    def claim(uow, who):
        found = uow.queue.get(item.id)
        if found.claimed_by is not None:
            raise errors.Conflict("claimed")
        uow.queue.save(replace(found, claimed_by=who, claim_epoch=found.claim_epoch + 1))
        return who

    claims = [store.write(lambda uow, who=who: claim(uow, who)) for who in ("karin", "bram")]
    results = await asyncio.gather(*claims, return_exceptions=True)
    assert results[0] == "karin"
    assert isinstance(results[1], errors.Conflict)


async def test_the_item_that_waits_longest_comes_first_and_an_ended_lease_is_free(store, owner):
    await store.write(lambda uow: uow.directory.put_employee(samples.employee(), None))
    _, first = await store.write(lambda uow: samples.queued(uow, 1))
    _, second = await store.write(lambda uow: samples.queued(uow, 2))
    now = samples.NOON
    older = replace(first, waiting_since=now - timedelta(hours=1))
    claimed = replace(older, claimed_by="karin", lease_until=now + timedelta(minutes=5))
    await store.write(lambda uow: uow.queue.save(claimed))
    groups = ["burgerzaken"]
    assert await store.write(lambda uow: uow.queue.next_free(groups, now)) == second
    assert await store.write(lambda uow: uow.queue.next_free(groups, now + timedelta(minutes=6))) == claimed
    assert await store.write(lambda uow: uow.queue.next_free([], now)) is None
    assert await store.read(lambda uow: uow.queue.expired(now, 9)) == []
    assert await store.read(lambda uow: uow.queue.expired(now + timedelta(minutes=6), 9)) == [claimed]


async def test_history_is_told_oldest_first_also_within_the_unit_of_work(store, owner):
    added = await store.write(lambda uow: uow.contacts.add(samples.a_contact(owner), [1]))

    def tell(uow):
        for kind in ("escalated", "claimed", "resolved"):
            uow.contacts.add_history(added.id, samples.NOON, kind, "system", {"why": ["é", 1]})
        return uow.contacts.history(added.id)

    lines = await store.write(tell)
    assert [line.kind for line in lines] == ["escalated", "claimed", "resolved"]
    assert lines[0].detail == {"why": ["é", 1]}
    assert await store.read(lambda uow: uow.contacts.history(added.id)) == lines


async def test_contacts_of_merged_parties_count_to_the_one_that_goes_on(store, owner):
    kept = samples.a_party()
    mine = await store.write(lambda uow: uow.contacts.add(samples.a_contact(owner), [1]))

    def merge(uow):
        uow.parties.add(kept)
        uow.parties.save(replace(owner, merged_into=kept.id))

    await store.write(merge)
    assert await store.read(lambda uow: uow.contacts.of_party(kept.id, 10)) == [mine]
    assert (await store.read(lambda uow: uow.parties.get(owner.id))) == kept


async def test_silent_contacts_are_found_oldest_first(store, owner):
    def fill(uow):
        for number, hours in enumerate((1, 3, 2, 0)):
            since = samples.NOON - timedelta(hours=hours)
            uow.contacts.add(samples.a_contact(owner, owner=contact.Owner.CITIZEN, updated_at=since), [number])

    await store.write(fill)
    silent = await store.read(lambda uow: uow.contacts.waiting_for_citizen_since(samples.NOON, tuple(contact.Kind), 2))
    assert [each.number for each in silent] == [1, 2]


async def test_a_contact_is_stranded_when_the_bot_owes_the_last_word(store, owner):
    asked, answered, noted = samples.a_contact(owner), samples.a_contact(owner), samples.a_contact(owner)
    later = samples.NOON + timedelta(seconds=1)

    def fill(uow):
        for number, each in enumerate((asked, answered, noted)):
            uow.contacts.add(each, [number])
            uow.messages.add(samples.a_message(each))
        out = {"direction": message.Direction.OUT, "author": message.Author.BOT, "at": later}
        uow.messages.add(samples.a_message(answered, **out))
        uow.messages.add(samples.a_message(noted, **out | {"direction": message.Direction.NOTE}))

    await store.write(fill)
    stranded = await store.read(lambda uow: uow.contacts.stranded(later, 9))
    assert {each.id for each in stranded} == {asked.id, noted.id}
    assert await store.read(lambda uow: uow.contacts.stranded(samples.NOON, 9)) == []


async def test_a_chat_and_its_contact_may_name_each_other(store, owner):
    chat = contact.Conversation(
        id=ids.ConversationId("chat"),
        channel="webchat",
        contact_id=ids.ContactId("c1"),
        party_id=owner.id,
        language="nl",
        last_seq=0,
        delivered_seq=0,
        created_at=samples.NOON,
        seen_at=samples.NOON,
    )

    def begin(uow):
        uow.contacts.add_conversation(chat)
        uow.contacts.add(samples.a_contact(owner, id="c1", conversation_id=chat.id), [1])
        uow.contacts.save_conversation(replace(chat, last_seq=1))

    await store.write(begin)
    assert (await store.read(lambda uow: uow.contacts.conversation(chat.id))) == replace(chat, last_seq=1)


@pytest.mark.parametrize("part", ["contacts", "parties", "messages", "queue", "receipts", "products"])
async def test_what_does_not_exist_is_not_found(store, part):
    with pytest.raises(errors.NotFound):
        await store.read(lambda uow: getattr(uow, part).get("nowhere"))
