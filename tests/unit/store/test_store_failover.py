"""A primary and its standby: the hub goes on where changes are made, and knows what became of a commit in doubt."""

import asyncio

import pytest
import store_samples as samples

from intake import errors
from intake.store import opening, schema
from intake.store import postgres as stores
from intake.store.store import Store
from tests.support import postgres, running


@pytest.fixture
def primary():
    with postgres.server() as server:
        schema.migrate(opening.database_at(server.url("postgres"), server.folder))
        server.execute("postgres", "CREATE TABLE unit_of_others (number integer)")
        yield server


@pytest.fixture
def standby(primary):
    with postgres.server(follows=primary) as server:
        yield server


@pytest.fixture
def both(primary, standby):
    """The URL that names both, the standby first."""
    return (
        f"postgresql://{postgres.USER}@127.0.0.1:{standby.port},127.0.0.1:{primary.port}/postgres"
        "?target_session_attrs=read-write"
    )


@pytest.fixture
async def store(both, clock, files, tmp_path):
    opened = Store.open(opening.database_at(both, tmp_path), clock=clock, files=files)
    yield opened
    await opened.close()


async def has_followed(primary, standby):
    """Until the standby has everything of the primary."""
    end = primary.execute("postgres", "SELECT pg_current_wal_lsn()::text")[0][0]
    asked = f"SELECT pg_last_wal_replay_lsn() >= '{end}'::pg_lsn"
    await asyncio.to_thread(running.wait_until, lambda: standby.execute("postgres", asked)[0][0], 20, "it follows")


async def test_the_hub_goes_on_at_the_standby_that_takes_over(store, primary, standby):
    await store.write(samples.add_receipt("before"))
    assert await samples.receipts_of(store) == ["before"]
    await has_followed(primary, standby)
    primary.stop("immediate")
    with pytest.raises(errors.StoreFull, match="standby"):  # nobody takes changes
        await store.write(samples.add_receipt("between"))
    standby.promote()
    assert await store.write(samples.add_receipt("after")) == "after"
    assert await samples.receipts_of(store) == ["after", "before"]


async def test_a_server_turned_read_only_is_left_for_the_one_that_takes_changes(store, primary, standby):
    await store.write(samples.add_receipt("before"))
    assert await samples.receipts_of(store) == ["before"]
    await has_followed(primary, standby)
    standby.promote()
    primary.execute("postgres", "ALTER SYSTEM SET default_transaction_read_only = on")
    primary.execute("postgres", "SELECT pg_reload_conf()")
    await asyncio.sleep(0.5)
    async with store.events() as told, asyncio.timeout(20):
        assert await store.write(lambda uow: (samples.add_receipt("after")(uow), uow.tell("after"))[0]) == "after"
        assert (await anext(told)).kind == "after"
    assert await samples.receipts_of(store) == ["after", "before"]  # readers moved too


@pytest.mark.parametrize("others", [0, 9])
async def test_a_commit_that_the_standby_never_got_is_done_again_there(store, primary, standby, monkeypatch, others):
    """Numbers of transactions begin again where the standby was: a number may be unknown, or somebody else's."""
    await store.write(samples.add_receipt("before"))
    await has_followed(primary, standby)
    standby.stop()
    of, asked = store._database, []
    original, commit = of.was_committed, stores.PostgresDialect.do_commit

    def lose(self, connection):
        monkeypatch.setattr(stores.PostgresDialect, "do_commit", commit)
        commit(self, connection)
        raise ConnectionResetError("no answer")

    def fail_over(door, *rest):
        primary.stop("immediate")
        standby.start()
        standby.promote()
        for number in range(others):
            standby.execute("postgres", f"INSERT INTO unit_of_others VALUES ({number})")
        asked.append(original(door, *rest))
        return asked[-1]

    monkeypatch.setattr(of, "was_committed", fail_over)
    monkeypatch.setattr(stores.PostgresDialect, "do_commit", lose)
    assert await store.write(samples.add_receipt("in doubt")) == "in doubt"
    assert asked == [False]
    assert await samples.receipts_of(store) == ["before", "in doubt"]
