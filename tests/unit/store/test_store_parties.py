from dataclasses import replace
from datetime import timedelta

import pytest
import store_samples as samples

from intake import errors
from intake.domain import message, party


@pytest.fixture
async def noor(store):
    someone = samples.a_party()
    await store.write(lambda uow: uow.parties.add(someone))
    return someone


async def test_the_sender_of_a_mail_owns_its_address(store, noor):
    theirs = samples.address(noor)
    await store.write(lambda uow: uow.parties.put_address(theirs))
    email = message.AddressKind.EMAIL
    assert await store.read(lambda uow: uow.parties.owner_of(email, theirs.value)) == noor
    assert await store.read(lambda uow: uow.parties.owner_of(message.AddressKind.PHONE, theirs.value)) is None


async def test_a_stated_address_is_a_claim(store, noor):
    claim = samples.address(noor, source=party.Source.STATED)
    await store.write(lambda uow: uow.parties.put_address(claim))
    assert await store.read(lambda uow: uow.parties.owner_of(claim.kind, claim.value)) is None
    proved = replace(claim, id="other", verification=party.Verification.REPLY, verified_at=samples.NOON)
    await store.write(lambda uow: uow.parties.put_address(proved))
    assert await store.read(lambda uow: uow.parties.owner_of(claim.kind, claim.value)) == noor


async def test_proof_of_an_address_is_never_weakened(store, noor):
    strong = samples.address(noor, verification=party.Verification.DMARC, verified_at=samples.NOON)
    weak = samples.address(noor, source=party.Source.STATED, verification=party.Verification.REPLY)
    for each in (strong, weak):
        await store.write(lambda uow, each=each: uow.parties.put_address(each))
    assert await store.read(lambda uow: uow.parties.addresses(noor.id)) == [strong]


async def test_one_mailbox_has_one_party(store, noor):
    other = samples.a_party()

    def take(uow):
        uow.parties.add(other)
        uow.parties.put_address(samples.address(other))

    await store.write(lambda uow: uow.parties.put_address(samples.address(noor)))
    with pytest.raises(errors.Conflict):
        await store.write(take)


async def test_addresses_of_merged_parties_come_along_oldest_first(store, noor):
    middle, kept = samples.a_party(), samples.a_party()
    first = samples.address(noor, "a@mail.example", created_at=samples.NOON - timedelta(days=1))
    second = samples.address(kept, "b@mail.example")

    def merge(uow):
        uow.parties.add(kept)
        uow.parties.add(middle)
        uow.parties.put_address(second)
        uow.parties.put_address(first)
        uow.parties.save(replace(middle, merged_into=kept.id))
        uow.parties.save(replace(noor, merged_into=middle.id))

    await store.write(merge)
    assert await store.read(lambda uow: uow.parties.addresses(kept.id)) == [first, second]
    assert (await store.read(lambda uow: uow.parties.owner_of(first.kind, first.value))) == kept


async def test_saving_a_stale_party_is_a_conflict(store, noor):
    await store.write(lambda uow: uow.parties.save(replace(noor, name="Noor H.")))
    with pytest.raises(errors.Conflict):
        await store.write(lambda uow: uow.parties.save(replace(noor, name="N.")))
    assert (await store.read(lambda uow: uow.parties.get(noor.id))).name == "Noor H."


async def test_a_circle_of_merges_is_reported(store, noor):
    other = samples.a_party(merged_into=noor.id)
    await store.write(lambda uow: uow.parties.add(other))
    await store.write(lambda uow: uow.parties.save(replace(noor, merged_into=other.id)))
    with pytest.raises(errors.Conflict):
        await store.read(lambda uow: uow.parties.get(noor.id))
