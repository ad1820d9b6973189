"""A disk that is full refuses; it never loses what was acknowledged, and never acknowledges what it lost."""

import asyncio
import subprocess
import sys
import textwrap

import pytest
import sqlalchemy as sa
import store_samples as samples

from intake import errors
from intake.store import sqlite, tables
from intake.store.store import Store


@pytest.fixture
def store(sqlite_store):
    """What is shown here is about SQLite alone."""
    return sqlite_store


def engine(store):
    return store._writer._door._engine


def pragma(store, text):
    with engine(store).connect() as connection:
        cursor = connection.connection.driver_connection.execute(f"PRAGMA {text}")
        (value,) = cursor.fetchone()
        cursor.close()
        return value


def add(name, size):
    came = samples.receipt(name, raw=b"x" * size)
    return lambda uow: uow.receipts.add(name, came, samples.NOON)


async def names(store):
    statement = sa.select(tables.receipt.c.id)
    return await store.read(lambda uow: set(uow.receipts._in.connection.execute(statement).scalars()))


async def test_a_full_disk_refuses_and_a_smaller_write_still_fits(store):
    pages = pragma(store, "page_count")
    pragma(store, f"max_page_count={pages + 30}")
    acknowledged, refused = set(), set()

    async def write(name, size):
        try:
            acknowledged.add(await store.write(add(name, size)))
        except errors.StoreFull:
            refused.add(name)

    sizes = [200_000 if number % 8 == 3 else 400 for number in range(32)]
    await asyncio.gather(*(write(f"r{number:02}", size) for number, size in enumerate(sizes)))
    assert refused == {f"r{number:02}" for number in range(32) if number % 8 == 3}
    assert await names(store) == acknowledged
    pragma(store, f"max_page_count={pages + 10_000}")
    assert await store.write(add("later", 200_000)) == "later"
    assert await names(store) == {*acknowledged, "later"}


async def test_a_trouble_that_lasts_is_not_told_for_every_work(store, caplog, monkeypatch):
    pragma(store, f"max_page_count={pragma(store, 'page_count')}")

    async def refused_again(times):
        for number in range(times):
            with pytest.raises(errors.StoreFull):
                await store.write(add(f"r{number}", 200_000))

    await refused_again(5)
    monkeypatch.setattr(store._writer, "_tell_again_at", 0.0)
    await refused_again(1)
    assert [one.works for one in caplog.records if one.getMessage() == "store_trouble"] == [1, 5]


async def test_a_full_disk_at_the_end_of_a_batch_undoes_all_of_it(store):
    """The jobs are written last: what they need is missing when everything else is there."""
    pragma(store, f"max_page_count={pragma(store, 'page_count') + 4}")

    def work(uow):
        uow.receipts.add("r1", samples.receipt(), samples.NOON)
        uow.jobs.add("parse", {"big": "x" * 100_000})

    with pytest.raises(errors.StoreFull):
        await store.write(work)
    assert await names(store) == set()
    assert await store.write(add("small", 100)) == "small"


async def test_a_work_that_hides_a_full_disk_is_not_acknowledged(store):
    """SQLite ends the transaction by itself then: what the work writes after it would stand alone."""
    pragma(store, f"max_page_count={pragma(store, 'page_count') + 4}")

    def work(uow):
        uow.receipts.add("r1", samples.receipt(), samples.NOON)
        try:
            uow.parties.add(samples.a_party(name="x" * 100_000))
        except sa.exc.OperationalError:
            return "all is well"

    with pytest.raises(errors.StoreFull):
        await store.write(work)
    assert await names(store) == set()


async def test_a_database_locked_by_another_program_refuses_everybody_at_once(store, path, clock, files):
    other = Store.open(sqlite.SqliteDatabase(path), clock=clock, files=files)
    pragma(store, "busy_timeout=20")
    with engine(other).connect() as connection, connection.begin():
        results = await asyncio.gather(*(store.write(add(f"r{n}", 9)) for n in range(9)), return_exceptions=True)
    assert all(isinstance(result, errors.StoreFull) for result in results)
    await other.close()
    assert await store.write(add("later", 9)) == "later"


LIMITED = """
import asyncio, resource, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from intake import errors
from intake.domain import message
from intake.store import blobs
from intake.store import sqlite
from intake.store.store import Store

class Clock:
    def now(self):
        return datetime(2026, 11, 23, tzinfo=UTC)

async def main(path):
    store = Store.open(sqlite.SqliteDatabase(path), clock=Clock(), files=blobs.FileBlobs(path.parent / "blobs"))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, resource.RLIM_INFINITY))

    async def add(number, size):
        came = message.RawReceipt(channel="c", account="a", wire_id=str(number), raw=b"x" * size)
        try:
            await store.write(lambda uow: uow.receipts.add(f"r{number}", came, Clock().now()))
            print(f"r{number}")
        except errors.StoreFull:
            print("full")

    await asyncio.gather(*(add(number, 20_000) for number in range(100)))
    await add("-large", 2_000_000)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    await add("-later", 20_000)
    kept = await store.read(lambda uow: sum(uow.views.ledger().values()))
    print("kept", kept)
    await store.close()

asyncio.run(main(Path(sys.argv[1])))
"""


def test_a_file_that_may_not_grow_refuses_and_later_writes_work(path):
    """The log of the database meets the limit in the middle of a write, as on a disk that fills up."""
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(LIMITED), str(path)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    *said, kept = run.stdout.split("\n")[:-1]
    acknowledged = [line for line in said if line != "full"]
    assert "full" in said
    assert "r-large" not in acknowledged
    assert acknowledged[-1] == "r-later"
    assert kept == f"kept {len(acknowledged)}"
