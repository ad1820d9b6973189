import asyncio
import threading

import pytest
import sqlalchemy as sa
import store_samples as samples

from intake import errors
from intake.store import sqlite, tables, writer
from intake.store.store import Store


class Gate:
    """Holds the writer thread, so that what comes next shares one batch."""

    def __init__(self, store):
        self.store = store
        self.holding = threading.Event()
        self.open = threading.Event()

    async def __aenter__(self):
        def hold(_):
            self.holding.set()
            assert self.open.wait(10)

        self.task = asyncio.create_task(self.store.write(hold))
        await asyncio.to_thread(self.holding.wait, 10)

    async def __aexit__(self, *_):
        self.open.set()
        await self.task


async def together(store, *works):
    """Write these works in one batch; their results or errors, in order."""
    async with Gate(store):
        tasks = [asyncio.create_task(store.write(work)) for work in works]
        await asyncio.sleep(0)
        assert len(store._writer._waiting) == len(works)
    return await asyncio.gather(*tasks, return_exceptions=True)


def add(name, wire_id=None):
    came = samples.receipt(wire_id or name)
    return lambda uow: uow.receipts.add(name, came, samples.NOON)


async def names(store):
    return await store.read(
        lambda uow: list(uow.receipts._in.connection.execute(sa.select(tables.receipt.c.id).order_by("id")).scalars())
    )


async def test_how_to_insert_is_worked_out_one_time(store):
    plans = []
    for number in range(3):
        await store.write(add(f"r{number}"))
        await store.write(lambda uow: plans.append(set(uow.receipts._in.connection.info["plans"])))
    assert plans[0] == plans[2]


@pytest.fixture
def commits(store, monkeypatch):
    """How many works each commit had."""
    seen = []
    original = store._writer._commit

    def count(batch, *rest, **more):
        told = original(batch, *rest, **more)
        seen.append(len(batch))
        return told

    monkeypatch.setattr(store._writer, "_commit", count)
    return seen


async def test_works_that_wait_share_a_commit(store, commits):
    assert await together(store, *(add(f"r{number}") for number in range(9))) == [f"r{number}" for number in range(9)]
    assert commits == [1, 9]


async def test_a_batch_has_a_largest_size(store, commits):
    await together(store, *(add(f"r{number:04}") for number in range(writer.BATCH_WORKS + 5)))
    assert commits == [1, writer.BATCH_WORKS, 5]


async def test_sixty_four_callers_all_get_their_own_result(store):
    async def caller(who):
        return [await store.write(add(f"r{who:02}-{turn}")) for turn in range(5)]

    results = await asyncio.gather(*(caller(who) for who in range(64)))
    expected = [[f"r{who:02}-{turn}" for turn in range(5)] for who in range(64)]
    assert results == expected
    assert await names(store) == [name for each in expected for name in each]


async def test_the_same_delivery_twice_in_one_batch_is_one_receipt(store, commits):
    assert await together(store, add("r1", "w"), add("r2"), add("r3", "w")) == ["r1", "r2", "r1"]
    assert await names(store) == ["r1", "r2"]
    assert commits == [1, 3]


async def test_a_refusal_before_the_first_write_leaves_the_batch_alone(store, commits):
    def refuse(uow):
        uow.receipts.get("nowhere")

    results = await together(store, add("r1"), refuse, add("r2"))
    assert isinstance(results[1], errors.NotFound)
    assert await names(store) == ["r1", "r2"]
    assert commits == [1, 3]


async def test_a_refusal_takes_back_the_jobs_and_events_it_had_asked_for(store, commits):
    def refuse(uow):
        uow.jobs.add("parse", {"receipt": "lost"})
        uow.tell("lost")
        raise errors.Conflict("no")

    def accept(uow):
        uow.jobs.add("parse", {"receipt": "kept"})
        uow.tell("kept")

    async with store.events() as told:
        results = await together(store, accept, refuse, accept)
        assert [(await anext(told)).kind for _ in range(2)] == ["kept", "kept"]
    assert isinstance(results[1], errors.Conflict)
    jobs = await store.write(lambda uow: uow.jobs.claim("c", samples.NOON, samples.NOON, 9))
    assert [job.payload for job in jobs] == [{"receipt": "kept"}] * 2
    assert commits[1] == 3


@pytest.mark.parametrize("flushes", [False, True])
async def test_a_refusal_after_a_write_undoes_that_write_only(store, commits, flushes):
    def refuse(uow):
        uow.receipts.add("lost", samples.receipt(), samples.NOON)
        uow.jobs.add("parse", {})
        if flushes:
            uow.jobs.next_due()
        else:
            uow.receipts.settle("lost", "spam", None)
        raise errors.Conflict("changed my mind")

    results = await together(store, add("r1"), refuse, add("r2"))
    assert isinstance(results[1], errors.Conflict)
    assert str(results[1]) == "changed my mind"
    assert await names(store) == ["r1", "r2"]
    assert await store.write(lambda uow: uow.jobs.next_due()) is None
    assert commits[1:3] == [1, 1]


async def test_what_others_kept_does_not_count_as_written_by_who_refuses(store, commits):
    def queue_job(uow):
        uow.jobs.add("parse", {})

    def look_and_refuse(uow):
        assert uow.jobs.next_due() is not None
        uow.receipts.get("nowhere")

    results = await together(store, add("r1"), queue_job, look_and_refuse, add("r2"))
    assert isinstance(results[2], errors.NotFound)
    assert commits == [1, 4]


async def test_a_work_that_breaks_a_rule_of_the_database_is_alone_in_its_conflict(store):
    results = await together(store, add("r1"), add("r1", "other wire"), add("r2"))
    assert results[0] == "r1"
    assert isinstance(results[1], errors.Conflict)
    assert results[2] == "r2"
    assert await names(store) == ["r1", "r2"]


async def test_a_mistake_of_ours_reaches_its_caller_as_it_is_and_nobody_else(store):
    def mistake(uow):
        uow.receipts.add("lost", samples.receipt(), samples.NOON)
        raise ZeroDivisionError

    results = await together(store, add("r1"), mistake, add("r2"))
    assert isinstance(results[1], ZeroDivisionError)
    assert await names(store) == ["r1", "r2"]


async def test_a_value_that_does_not_fit_is_invalid(store):
    with pytest.raises(errors.Invalid):
        await store.write(lambda uow: uow.contacts.by_number(2**70))


async def test_a_time_without_a_zone_is_a_mistake(store):
    with pytest.raises(ValueError, match="without a zone"):
        await store.write(lambda uow: uow.receipts.add("r1", samples.receipt(), samples.NOON.replace(tzinfo=None)))


async def test_a_caller_who_leaves_does_not_disturb_the_batch(store):
    async with Gate(store):
        leaving = asyncio.create_task(store.write(add("r1")))
        staying = asyncio.create_task(store.write(add("r2")))
        await asyncio.sleep(0)
        leaving.cancel()
    assert await staying == "r2"
    assert leaving.cancelled()
    assert await names(store) == ["r1", "r2"]


async def test_a_full_queue_refuses_and_loses_nothing(store, monkeypatch):
    monkeypatch.setattr(writer, "WAITING_WORKS", 3)
    results = await together(store, *(add(f"r{number}") for number in range(3)))
    async with Gate(store):
        waiting = [asyncio.create_task(store.write(add(f"s{number}"))) for number in range(3)]
        await asyncio.sleep(0)
        with pytest.raises(errors.StoreFull):
            await store.write(add("too much"))
    assert results + await asyncio.gather(*waiting) == ["r0", "r1", "r2", "s0", "s1", "s2"]


async def test_what_waits_is_written_before_the_store_closes(database, clock, files):
    store = Store.open(database, clock=clock, files=files)
    async with Gate(store):
        tasks = [asyncio.create_task(store.write(add(f"r{number}"))) for number in range(20)]
        await asyncio.sleep(0)
        closing = asyncio.create_task(store.close())
        await asyncio.sleep(0)
    await closing
    assert len(await asyncio.gather(*tasks)) == 20
    with pytest.raises(errors.StoreFull):
        await store.write(add("late"))


async def test_a_reader_may_not_write(store):
    with pytest.raises(sa.exc.DBAPIError, match=r"readonly|read-only"):
        await store.read(lambda uow: uow.parties.add(samples.a_party()))
    with pytest.raises(RuntimeError, match=r"Store\.write"):
        await store.read(lambda uow: uow.jobs.add("parse", {}))


async def test_a_reader_sees_one_moment_and_does_not_hold_up_the_writer(store):
    before, written = threading.Event(), threading.Event()

    def read(uow):
        counts = [sum(uow.views.ledger().values())]
        before.set()
        assert written.wait(10)
        return [*counts, sum(uow.views.ledger().values())]

    reading = asyncio.create_task(store.read(read))
    await asyncio.to_thread(before.wait, 10)
    await store.write(add("r1"))
    written.set()
    assert await reading == [0, 0]


async def test_the_writer_commits_to_the_disk(path):
    writing = sqlite.writer(path)
    with writing.connect() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout", "query_only")
        }
    full = 2
    assert pragmas == {
        "journal_mode": "wal",
        "synchronous": full,
        "foreign_keys": 1,
        "busy_timeout": sqlite.BUSY_MILLISECONDS,
        "query_only": 0,
    }
    writing.dispose()


def test_a_savepoint_stands_inside_its_transaction(path):
    """With SQLAlchemy's defaults two rows would survive: the driver begins no transaction for a SAVEPOINT."""
    writing = sqlite.writer(path)
    with writing.connect() as connection:
        outer = connection.begin()
        for number in range(2):
            with connection.begin_nested():
                row = {"id": f"u{number}", "version": 1, "theme": "", "title": ""}
                connection.execute(sa.insert(tables.product), row)
        outer.rollback()
    with writing.connect() as connection, connection.begin():
        assert connection.execute(sa.select(sa.func.count()).select_from(tables.product)).scalar_one() == 0
    writing.dispose()


def test_a_write_transaction_takes_the_lock_at_once(path):
    writing, other = sqlite.writer(path), sqlite.writer(path)
    with writing.connect() as connection, connection.begin(), other.connect() as late:
        late.connection.driver_connection.execute("PRAGMA busy_timeout=1").close()
        with pytest.raises(sa.exc.OperationalError, match="locked"):
            late.begin()
    writing.dispose()
    other.dispose()


async def test_two_programs_write_in_turn(store, database, clock, files):
    """The command line writes beside the hub, or one hub beside another."""
    other = Store.open(database, clock=clock, files=files)
    mine = [store.write(add(f"a{number:02}")) for number in range(20)]
    theirs = [other.write(add(f"b{number:02}")) for number in range(20)]
    assert len(await asyncio.gather(*mine, *theirs)) == 40
    await other.close()
    assert len(await names(store)) == 40


async def test_one_hub_serves_a_sqlite_file(path, clock, files):
    store = Store.open(sqlite.SqliteDatabase(path), clock=clock, files=files)
    store.lock_for_hub()
    other = Store.open(sqlite.SqliteDatabase(path), clock=clock, files=files)
    with pytest.raises(errors.BadSettings, match="andere hub"):
        other.lock_for_hub()
    await store.close()
    other.lock_for_hub()
    await other.close()


async def test_a_database_that_cannot_be_opened_says_so(tmp_path, clock, files):
    with pytest.raises(errors.StoreFull):
        Store.open(sqlite.SqliteDatabase(tmp_path / "missing" / "onthaal.db"), clock=clock, files=files)
