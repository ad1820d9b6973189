"""The cost of a question must not grow with history: SQLite's plan may not read a whole table."""

import re
from datetime import timedelta

import pytest
import store_samples as samples

from intake.domain import contact, message

GROWING = ("contact", "message", "job", "receipt", "queue_item", "history", "event", "party", "digital_address")
LATER = samples.NOON + timedelta(hours=1)
KARIN = samples.employee()


@pytest.fixture
def store(sqlite_store):
    """What is shown here is about SQLite alone."""
    return sqlite_store


def page(view):
    return lambda uow: uow.views.work_list(view, KARIN, samples.NOON, None, 50)


QUESTIONS = {
    "receipt": lambda uow: uow.receipts.add("r1", samples.receipt("w1"), samples.NOON),
    "contact": lambda uow: uow.contacts.by_number(1),
    "contacts of a party": lambda uow: uow.contacts.of_party("p", 5),
    "silent": lambda uow: uow.contacts.waiting_for_citizen_since(LATER, tuple(contact.Kind), 5),
    "stranded": lambda uow: uow.contacts.stranded(LATER, 5),
    "history": lambda uow: uow.contacts.history("c"),
    "messages": lambda uow: uow.messages.of_contact("c"),
    "chat": lambda uow: uow.messages.of_conversation("v", 3, 5),
    "delivered": lambda uow: uow.messages.delivered_up_to("v", 3),
    "attachments": lambda uow: uow.messages.attachments(["m"]),
    "automatic": lambda uow: uow.messages.automatic_since("a@b.example", samples.NOON),
    "owner of an address": lambda uow: uow.parties.owner_of(message.AddressKind.EMAIL, "a@b.example"),
    "addresses": lambda uow: uow.parties.addresses("p"),
    "next free": lambda uow: uow.queue.next_free(["burgerzaken"], samples.NOON),
    "expired": lambda uow: uow.queue.expired(LATER, 5),
    "claim": lambda uow: uow.jobs.claim("c", samples.NOON, LATER, 5),
    "next due": lambda uow: uow.jobs.next_due(),
    "dead": lambda uow: uow.jobs.dead(5),
    "free": lambda uow: uow.jobs.free(None),
    "counts": lambda uow: uow.views.counts(KARIN, samples.NOON),
    "mine": page("mine"),
    "groups": page("groups"),
    "unclaimed": page("unclaimed"),
    "late": page("late"),
    "waiting": page("waiting"),
    "one group": page("group:burgerzaken"),
    "lines": lambda uow: uow.views._lines(["c1", "c2"]),
    "all contacts": lambda uow: uow.views.contacts(None, 50),
    "open items": lambda uow: uow.views.open_items(None, None, 50),
    "open items of a group": lambda uow: uow.views.open_items("burgerzaken", None, 50),
    "parked": lambda uow: uow.views.parked(50),
    "search": lambda uow: uow.views.search("paspoort noor 0470123456", KARIN, 20),
    "search for a number": lambda uow: uow.views.search("26048127", KARIN, 20),
}


async def plans(store, question):
    """What SQLite would do for each statement of a question."""

    def look(uow):
        seen = []
        transaction = uow.receipts._in
        raw = transaction.connection.connection.driver_connection
        raw.set_trace_callback(seen.append)
        try:
            question(uow)
            transaction.flush()
        finally:
            raw.set_trace_callback(None)
        said = [sql for sql in seen if re.match(r"(SELECT|WITH|UPDATE|INSERT|DELETE)", sql)]
        return [(sql, [row[3] for row in raw.execute(f"EXPLAIN QUERY PLAN {sql}")]) for sql in said]

    return await store.write(look)


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
async def test_no_question_reads_a_whole_table_that_grows(store, question):
    for sql, steps in await plans(store, question):
        for step in steps:
            scan = re.match(r"SCAN (\w+)(.*)", step)
            if scan is None or scan.group(1) not in GROWING:
                continue
            # A walk along a partial index reads only what is open, along an ordered one only as far as the page goes.
            assert "USING" in scan.group(2), f"{step}: {sql}"
            assert re.search(r"(todo|doing|dead|lane|open|waiting|bot)\b", scan.group(2)) or " LIMIT " in sql, sql


async def test_the_ledger_reads_an_index_and_not_the_bytes(store):
    ((_, steps),) = await plans(store, lambda uow: uow.views.ledger())
    assert steps == ["SCAN receipt USING COVERING INDEX ix_receipt_outcome_received_at_id_channel"]


@pytest.mark.parametrize(
    ("question", "index"),
    [
        ("claim", "ix_job_todo"),
        ("claim", "ix_job_lane"),
        ("claim", "ix_job_doing"),
        ("groups", "ix_queue_item_open"),
        ("all contacts", "ix_contact_created_at_id"),
        ("parked", "ix_receipt_outcome_received_at_id"),
        ("waiting", "ix_contact_group_waiting"),
        ("silent", "ix_contact_waiting"),
        ("stranded", "ix_contact_bot"),
        ("automatic", "ix_message_sent_to"),
        ("next free", "ix_queue_item_open"),
    ],
)
async def test_a_question_uses_the_index_that_was_made_for_it(store, question, index):
    steps = [step for _, steps in await plans(store, QUESTIONS[question]) for step in steps]
    assert any(index in step for step in steps), steps
