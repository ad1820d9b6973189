"""The ledger: two ways of counting, by indexes, at a cost that does not grow with history."""

import re
from datetime import timedelta
from itertools import pairwise

import pytest
import store_samples as samples
from sqlalchemy import insert
from test_store_indexes import plans

from intake import observing
from intake.store import tables
from intake.store.ledger import PAUSE

DAY = timedelta(days=1)
NOON = samples.NOON


def row(number, at, channel="email", outcome="message"):
    return {
        "id": f"r{number:08d}", "channel": channel, "account": "info@", "wire_id": f"w{number}", "raw": b"x",
        "blob_sha256": None, "envelope": {}, "lane": None, "received_at": at, "outcome": outcome, "outcome_ref": None,
    }  # fmt: skip


async def fill(store, rows):
    await store.write(lambda uow: uow.receipts._in.connection.execute(insert(tables.receipt), rows))


async def test_both_ways_of_counting_agree_and_the_span_is_half_open(store):
    rows = [row(1, NOON), row(2, NOON + DAY, outcome="bounce"), row(3, NOON, "webchat", None), row(4, NOON - DAY / 2)]
    await fill(store, rows)

    def look(uow):
        span = (NOON, NOON + DAY)
        return {name: uow.ledger.received(name, *span) for name in uow.ledger.channels()}, uow.ledger.outcomes(*span)

    assert await store.read(look) == (
        {"email": 1, "webchat": 1},
        {("email", "message"): 1, ("webchat", "open"): 1},
    )


async def test_open_receipts_are_named_with_whether_work_waits_for_them(store, clock):
    await store.write(lambda uow: uow.receipts.add("r1", samples.receipt("w1"), NOON))
    await store.write(lambda uow: uow.receipts.add("r2", samples.receipt("w2"), NOON + timedelta(seconds=1)))
    await store.write(lambda uow: uow.jobs.add("parse", {"receipt": "r2"}, key="parse:r2"))
    found = await store.read(lambda uow: uow.ledger.open_since(NOON + DAY, 10))
    assert [(one.id, one.has_work) for one in found] == [("r1", False), ("r2", True)]
    assert await store.read(lambda uow: uow.ledger.open_since(NOON, 10)) == []


async def test_what_came_without_a_pause_is_one_span(store):
    minutes = (0, 20, 70, 125, 400, 401, 470)
    await fill(store, [row(number, NOON + timedelta(minutes=at)) for number, at in enumerate(minutes)])
    found = await store.read(lambda uow: uow.ledger.spans("email", NOON - DAY, NOON + DAY))
    starts = [
        (int((s.first - NOON) / timedelta(minutes=1)), int((s.last - NOON) / timedelta(minutes=1))) for s in found
    ]
    assert starts == [(0, 125), (400, 401), (470, 470)]
    assert all(after.first - before.last >= PAUSE for before, after in pairwise(found))


async def test_a_channel_without_receipts_was_never_heard(store):
    assert await store.read(lambda uow: uow.ledger.last_received("email")) is None
    assert await store.read(lambda uow: uow.ledger.spans("email", NOON - DAY, NOON)) == []


async def test_the_backlog_counts_what_waits_and_not_what_is_done(store, clock):
    await store.write(lambda uow: uow.jobs.add("parse", {}))
    await store.write(lambda uow: uow.jobs.add("deliver", {}, run_at=NOON + DAY))
    (job,) = await store.write(lambda uow: uow.jobs.claim("c", NOON, NOON + DAY, 5))
    await store.write(lambda uow: uow.jobs.bury(job, "x"))
    await store.write(lambda uow: uow.jobs.add("answer", {}))
    found = await store.read(lambda uow: uow.ledger.backlog(NOON + timedelta(hours=1)))
    assert found == observing.Backlog(
        jobs={("todo", "deliver"): 1, ("todo", "answer"): 1, ("dead", "parse"): 1},
        oldest_due_at=NOON,
        groups=[],
        last_received={},
    )


async def test_the_database_tells_its_own_time(store):
    found = await store.read(lambda uow: uow.ledger.database_time())
    assert found.utcoffset() == timedelta(0)


QUESTIONS = {
    "channels": lambda uow: uow.ledger.channels(),
    "received": lambda uow: uow.ledger.received("email", NOON, NOON + DAY),
    "astray": lambda uow: uow.ledger.astray(NOON, NOON + DAY),
    "outcomes": lambda uow: uow.ledger.outcomes(NOON, NOON + DAY),
    "open since": lambda uow: uow.ledger.open_since(NOON, 20),
    "last received": lambda uow: uow.ledger.last_received("email"),
    "spans": lambda uow: uow.ledger.spans("email", NOON - DAY, NOON),
    "backlog": lambda uow: uow.ledger.backlog(NOON),
    "pruned jobs": lambda uow: uow.pruning.jobs(NOON, 0, 100),
    "pruned events": lambda uow: uow.pruning.events(NOON, 100),
}


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
async def test_no_figure_reads_a_whole_table_that_grows(sqlite_store, question):
    for sql, steps in await plans(sqlite_store, question):
        for step in steps:
            scan = re.match(r"SCAN (receipt|job|event|queue_item)\b(.*)", step)
            if scan:
                is_of_the_unfinished = re.search(r"ix_job_(todo|doing|dead)|queue_item_open", scan.group(2))
                assert is_of_the_unfinished or " LIMIT " in sql, f"{step}: {sql}"


async def steps_of(store, question):
    """How many instructions of SQLite's machine a question costs, in hundreds: no clock, so no noise."""
    count = 0

    def look(uow):
        nonlocal count
        raw = uow.receipts._in.connection.connection.driver_connection

        def tick():
            nonlocal count
            count += 1

        raw.set_progress_handler(tick, 100)
        try:
            question(uow)
        finally:
            raw.set_progress_handler(None, 0)

    await store.read(look)
    return count


@pytest.mark.parametrize("question", [each for name, each in QUESTIONS.items() if "pruned" not in name])
async def test_the_cost_does_not_grow_with_history(sqlite_store, question):
    await fill(sqlite_store, [row(number, NOON + timedelta(minutes=number)) for number in range(200)])
    before = await steps_of(sqlite_store, question)
    past = NOON - timedelta(days=400)
    await fill(sqlite_store, [row(number, past + timedelta(minutes=number)) for number in range(1000, 9000)])
    assert await steps_of(sqlite_store, question) <= before * 1.5 + 3


async def test_learning_costs_look_ups_per_hour_and_not_per_receipt(sqlite_store):
    learn = QUESTIONS["spans"]
    await fill(sqlite_store, [row(number, NOON - timedelta(minutes=number + 1)) for number in range(1000)])
    before = await steps_of(sqlite_store, learn)
    await fill(sqlite_store, [row(number, NOON - timedelta(seconds=number + 1)) for number in range(2000, 22000)])
    assert await steps_of(sqlite_store, learn) <= before * 1.5 + 3
