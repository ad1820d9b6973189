import pytest
import store_samples as samples

from intake import errors
from intake.store import tables


async def test_a_receipt_comes_back_as_it_came_in(store):
    came = samples.receipt(raw=b"\x00\xff raw", envelope={"from": "é@mail.example", "to": [1]}, lane="chat-1")
    await store.write(lambda uow: uow.receipts.add("r1", came, samples.NOON))
    kept = await store.read(lambda uow: uow.receipts.get("r1"))
    assert (kept.receipt, kept.received_at, kept.outcome) == (came, samples.NOON, None)


async def test_a_second_delivery_gets_the_id_of_the_first_and_changes_nothing(store):
    first = samples.receipt("w1", raw=b"first")
    again = samples.receipt("w1", raw=b"second")
    assert await store.write(lambda uow: uow.receipts.add("r1", first, samples.NOON)) == "r1"
    assert await store.write(lambda uow: uow.receipts.add("r2", again, samples.NOON)) == "r1"
    assert (await store.read(lambda uow: uow.receipts.get("r1"))).receipt.raw == b"first"


async def test_raw_bytes_too_large_for_a_row_are_kept_in_a_file(store, tmp_path):
    large = samples.receipt(raw=b"x" * (tables.INLINE_BYTES + 1))
    await store.write(lambda uow: uow.receipts.add("r1", large, samples.NOON))
    assert len([file for file in (tmp_path / "blobs").rglob("*") if file.is_file()]) == 1
    assert (await store.read(lambda uow: uow.receipts.get("r1"))).receipt == large


async def test_a_receipt_has_one_outcome(store):
    await store.write(lambda uow: uow.receipts.add("r1", samples.receipt(), samples.NOON))
    await store.write(lambda uow: uow.receipts.settle("r1", "message", "m1"))
    with pytest.raises(errors.Conflict):
        await store.write(lambda uow: uow.receipts.settle("r1", "spam", None))
    kept = await store.read(lambda uow: uow.receipts.get("r1"))
    assert (kept.outcome, kept.outcome_ref) == ("message", "m1")


async def test_an_outcome_that_does_not_exist_is_refused(store):
    await store.write(lambda uow: uow.receipts.add("r1", samples.receipt(), samples.NOON))
    with pytest.raises(errors.Conflict):
        await store.write(lambda uow: uow.receipts.settle("r1", "lost", None))


async def test_settling_a_receipt_that_does_not_exist_is_refused(store):
    with pytest.raises(errors.NotFound):
        await store.write(lambda uow: uow.receipts.settle("r9", "message", None))


async def test_an_utterance_belongs_to_the_first_receipt_that_had_it(store):
    for name in ("r1", "r2"):
        await store.write(lambda uow, name=name: uow.receipts.add(name, samples.receipt(), samples.NOON))
    claims = [
        await store.write(lambda uow, name=name: uow.receipts.claim_utterance("email", "key", name))
        for name in ("r1", "r2", "r1")
    ]
    assert claims == ["r1", "r1", "r1"]


async def test_the_ledger_counts_every_receipt_once(store):
    fates = [None, "message", "message", "duplicate", "loop", "bounce", "spam", "quarantined"]

    def fill(uow):
        for number, fate in enumerate(fates):
            uow.receipts.add(f"r{number}", samples.receipt(), samples.NOON)
            if fate:
                uow.receipts.settle(f"r{number}", fate, None)

    await store.write(fill)
    ledger = await store.read(lambda uow: uow.views.ledger())
    assert sum(ledger.values()) == len(fates)
    assert ledger == {
        "open": 1,
        "message": 2,
        **dict.fromkeys(["duplicate", "loop", "bounce", "spam", "quarantined"], 1),
    }


async def test_what_nobody_could_read_is_listed_newest_first(store, clock):
    large = b"y" * (tables.INLINE_BYTES + 10)
    for number, raw in enumerate([b"old", large]):
        clock.move(minutes=1)
        came = samples.receipt(raw=raw)
        await store.write(lambda uow, came=came, number=number: uow.receipts.add(f"r{number}", came, clock.now()))
        await store.write(lambda uow, number=number: uow.receipts.settle(f"r{number}", "quarantined", None))
    parked = await store.read(lambda uow: uow.views.parked(10))
    assert [(each.id, len(each.receipt.raw)) for each in parked] == [("r1", tables.INLINE_BYTES), ("r0", 3)]
