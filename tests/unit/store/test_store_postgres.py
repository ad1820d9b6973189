"""What only PostgreSQL can do to a store: a lost connection, a commit without an answer, a server that is away."""

import asyncio
import contextlib
import socket
import threading

import pytest
import sqlalchemy as sa
import store_samples as samples

from intake import errors
from intake.store import opening, postgres, schema, writer
from intake.store.store import Store
from tests.support import postgres as support

COMMIT = b"COMMIT"


class Wire:
    """Stands between the hub and its server; it can swallow the answer to a COMMIT and cut the line.

    `plan` says what becomes of the next commits: `pass`, `swallow` (done, and nobody hears) or `lose` (never arrives).
    """

    def __init__(self, port):
        self._target = port
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self.plan = []
        self.flows = threading.Event()
        self.flows.set()
        self._ends = []
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self._listening.close()
        self.cut()

    def cut(self):
        for end in self._ends:
            with_shutdown(end)
        self._ends.clear()

    def _accept(self):
        while True:
            try:
                near, _ = self._listening.accept()
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", self._target))
            self._ends += [near, far]
            swallow = threading.Event()
            threading.Thread(target=self._pump, args=(near, far, swallow, True), daemon=True).start()
            threading.Thread(target=self._pump, args=(far, near, swallow, False), daemon=True).start()

    def _pump(self, source, target, swallow, to_server):
        while True:
            try:
                data = source.recv(65536)
                self.flows.wait()
                if not data:
                    break
                fate = self.plan.pop(0) if to_server and self.plan and COMMIT in data else "pass"
                if fate == "lose":
                    break
                if fate == "swallow":
                    swallow.set()
                if not to_server and swallow.is_set():
                    break  # the server did it, and nobody hears
                target.sendall(data)
            except OSError:
                break
        with_shutdown(source)
        with_shutdown(target)


def with_shutdown(end):
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()


@pytest.fixture
def url(postgres_server):
    made = postgres_server.fresh()
    yield made
    postgres_server.drop(made)


@pytest.fixture
def wire(postgres_server):
    made = Wire(postgres_server.port)
    yield made
    made.close()


@pytest.fixture
async def store(url, wire, postgres_server, clock, files, tmp_path):
    there = url.replace(f":{postgres_server.port}/", f":{wire.port}/")
    opened = Store.open(opening.database_at(there, tmp_path), clock=clock, files=files)
    yield opened
    await opened.close()


async def test_a_commit_whose_answer_is_lost_was_done_once_and_its_caller_hears_so(store, wire):
    await store.write(samples.add_receipt("before"))
    wire.plan = ["swallow"]
    assert await store.write(samples.add_receipt("in doubt")) == "in doubt"
    assert wire.plan == []
    assert await store.write(samples.add_receipt("after")) == "after"
    assert await samples.receipts_of(store) == ["after", "before", "in doubt"]


async def test_each_commit_in_doubt_is_asked_after_and_a_question_without_answer_is_asked_again(store, wire):
    """The first commit never arrived; the second was done, and so was the first question after it."""
    await store.write(samples.add_receipt("before"))
    wire.plan = ["lose", "pass", "swallow", "swallow", "pass"]
    assert await store.write(samples.add_receipt("in doubt")) == "in doubt"
    assert wire.plan == []
    assert await samples.receipts_of(store) == ["before", "in doubt"]


async def test_a_work_that_wrote_nothing_is_never_in_doubt(store, wire, caplog):
    await store.write(samples.add_receipt("before"))
    wire.plan = ["swallow"]
    assert await store.write(lambda uow: uow.jobs.next_due()) is None
    assert "store_commit_in_doubt" not in caplog.messages


async def test_when_nobody_can_tell_the_callers_hear_so_and_nothing_is_run_again(store, wire, monkeypatch):
    monkeypatch.setattr(postgres, "DOUBT_SECONDS", 0.3)
    await store.write(samples.add_receipt("before"))
    wire.plan = ["swallow", *["lose"] * 50]
    ran = []

    def work(name):
        def run(uow):
            ran.append(name)
            return samples.add_receipt(name)(uow)

        return run

    results = await asyncio.gather(*(store.write(work(f"r{n}")) for n in range(3)), return_exceptions=True)
    assert all(isinstance(result, errors.StoreFull) for result in results)
    assert {str(result) for result in results} == {writer._UNKNOWN}
    assert sorted(ran) == ["r0", "r1", "r2"]
    wire.plan.clear()
    assert await store.write(samples.add_receipt("r0")) == "r0"  # the wire offers it again: there is one of it
    assert await samples.receipts_of(store) == ["before", "r0", "r1", "r2"]


async def test_the_mark_of_a_writer_that_is_gone_is_forgotten(store, url, postgres_server):
    name = url.rpartition("/")[2]
    postgres_server.execute(name, "INSERT INTO lease VALUES ('commit:gone', 'x', now() - interval '1 second')")
    postgres_server.execute(name, "INSERT INTO lease VALUES ('hub:gone', 'x', now() - interval '1 second')")
    for number in range(3):
        await store.write(samples.add_receipt(f"r{number}"))
    found = [row[0] for row in postgres_server.execute(name, "SELECT name FROM lease ORDER BY name")]
    assert found == [f"commit:{store._writer._name}", "hub:gone"]


async def test_a_connection_that_broke_while_nobody_used_it_is_no_trouble(store, wire):
    await store.write(samples.add_receipt("before"))
    assert await samples.receipts_of(store) == ["before"]
    wire.cut()
    assert await store.write(samples.add_receipt("after")) == "after"
    wire.cut()
    assert await samples.receipts_of(store) == ["after", "before"]


async def test_events_are_heard_again_after_the_line_was_cut(store, wire):
    async with store.events() as told, asyncio.timeout(20):
        await store.write(lambda uow: uow.tell("before"))
        assert (await anext(told)).kind == "before"
        wire.cut()
        await store.write(lambda uow: uow.tell("after"))
        assert (await anext(told)).kind == "after"


async def test_a_server_that_is_away_refuses_everybody_and_comes_back(postgres_server, clock, files, tmp_path):
    url = postgres_server.fresh()
    store = Store.open(opening.database_at(url, tmp_path), clock=clock, files=files)
    await store.write(samples.add_receipt("before"))
    postgres_server.stop("immediate")
    try:
        results = await asyncio.gather(
            *(store.write(samples.add_receipt(f"r{n}")) for n in range(9)), return_exceptions=True
        )
        assert all(isinstance(result, errors.StoreFull) for result in results)
        with pytest.raises(errors.StoreFull, match="antwoordt nu niet"):
            await samples.receipts_of(store)
    finally:
        postgres_server.start()
    assert await store.write(samples.add_receipt("after")) == "after"
    assert await samples.receipts_of(store) == ["after", "before"]
    await store.close()
    postgres_server.drop(url)


def test_a_server_that_is_not_there_is_said_to_be_away(clock, files, tmp_path):
    url = "postgresql://onthaal@127.0.0.1:1/onthaal"
    with pytest.raises(errors.StoreFull, match="antwoordt nu niet"):
        Store.open(opening.database_at(url, tmp_path), clock=clock, files=files)


@pytest.mark.parametrize(("there", "wrong"), [("onthaal@", "vreemd@"), ("/postgres", "/weg")])
def test_who_is_not_let_in_is_told_which_settings_to_look_at(postgres_server, tmp_path, there, wrong):
    url = postgres_server.url("postgres").replace(there, wrong)
    with pytest.raises(errors.BadSettings, match="ONTHAAL_DATABASE_PASSWORD"):
        schema.migrate(opening.database_at(url, tmp_path))


async def test_a_hub_that_is_let_in_no_more_refuses_and_says_so(postgres_server, clock, files, tmp_path):
    url = postgres_server.fresh()
    store = Store.open(opening.database_at(url, tmp_path), clock=clock, files=files)
    await store.write(samples.add_receipt("before"))
    postgres_server.drop(url)
    for work in (store.write(samples.add_receipt("r1")), samples.receipts_of(store)):
        with pytest.raises(errors.StoreFull, match="ONTHAAL_DATABASE_PASSWORD"):
            await work
    await store.close()


@pytest.fixture(scope="module")
def tls_server():
    with support.server(tls=True) as running:
        yield running


@pytest.mark.parametrize(
    ("host", "asked"),
    [
        ("127.0.0.1", "sslmode=require"),
        ("127.0.0.1", "sslmode=verify-ca&sslrootcert={ours}"),
        ("localhost", "sslmode=verify-full&sslrootcert={ours}"),
    ],
)
def test_tls_is_asked_for_as_libpq_does(tls_server, tmp_path, host, asked):
    url = tls_server.url("postgres").replace("127.0.0.1", host)
    of = opening.database_at(f"{url}?{asked.format(ours=support.TLS / 'starttls-certificate.pem')}", tmp_path)
    statement = sa.text("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
    assert schema.through(of.reader(), lambda connection: connection.execute(statement).scalar_one(), of.name) is True


@pytest.mark.parametrize("asked", ["sslmode=verify-full", "sslmode=verify-ca"])
def test_a_server_that_nobody_vouches_for_is_not_talked_to(tls_server, tmp_path, asked):
    with pytest.raises(errors.StoreFull):
        schema.is_fresh(opening.database_at(f"{tls_server.url('postgres')}?{asked}", tmp_path))


def test_a_server_without_tls_is_not_talked_to_when_it_is_asked_for(postgres_server, tmp_path):
    url = postgres_server.url("postgres")
    assert schema.is_fresh(opening.database_at(f"{url}?sslmode=disable", tmp_path))
    with pytest.raises(errors.StoreFull):
        schema.is_fresh(opening.database_at(f"{url}?sslmode=require", tmp_path))


@pytest.mark.parametrize(
    "asked",
    ["sslcompression=1", "sslmode=perhaps", "sslrootcert=/etc/hosts", "sslmode=verify-full&sslrootcert=/no/file"],
)
def test_an_option_that_cannot_be_kept_is_refused(tmp_path, asked):
    with pytest.raises(errors.BadSettings, match="ONTHAAL_DATABASE_URL"):
        opening.database_at(f"postgresql://onthaal@127.0.0.1/onthaal?{asked}", tmp_path)


def test_the_name_of_a_database_tells_no_password(tmp_path):
    of = opening.database_at("postgresql://naam:geheim@db.stad.example/onthaal", tmp_path)
    assert of.name == "db.stad.example:5432/onthaal"
    of = opening.database_at("postgresql://naam:geheim@een.example,[::1]:5433/onthaal", tmp_path)
    assert of.name == "een.example:5432,::1:5433/onthaal"


async def test_the_address_may_stand_behind_the_question_mark_too(url, clock, files, tmp_path, postgres_server):
    """As it must for a folder of sockets."""
    name = url.rpartition("/")[2]
    there = f"postgresql://onthaal@/{name}?host=127.0.0.1&port={postgres_server.port}"
    store = Store.open(opening.database_at(there, tmp_path), clock=clock, files=files)
    assert await store.write(samples.add_receipt("here")) == "here"
    await store.close()


async def test_a_hub_that_freezes_in_its_turn_is_cut_off(url, store, monkeypatch, clock, files, tmp_path):
    """The server ends a transaction that does nothing; the one who froze hears that nothing was written."""
    settings = postgres.SERVER_SETTINGS | {"idle_in_transaction_session_timeout": "300ms"}
    monkeypatch.setattr(postgres, "SERVER_SETTINGS", settings)
    frozen = Store.open(opening.database_at(url, tmp_path), clock=clock, files=files)
    turns = []

    def freeze(uow):
        turns.append(uow.receipts.add(f"frozen-{len(turns)}", samples.receipt(), samples.NOON))
        uow.jobs.next_due()
        threading.Event().wait(1.0)
        uow.jobs.next_due()

    freezing = asyncio.create_task(frozen.write(freeze))
    await asyncio.sleep(0)
    async with asyncio.timeout(10):
        assert await store.write(samples.add_receipt("the other")) == "the other"
    with pytest.raises(errors.StoreFull):
        await freezing
    assert await samples.receipts_of(store) == ["the other"]
    await frozen.close()


async def test_a_value_with_a_zero_byte_does_not_fit(store):
    with pytest.raises(errors.Invalid):
        await store.write(lambda uow: uow.parties.add(samples.a_party(name="nul\x00byte")))


async def test_a_commit_waits_for_the_disk_whatever_the_server_does_by_itself(store, postgres_server):
    """The tests' own server answers before the disk has it; the hub asks for more."""
    own = postgres_server.execute("postgres", "SHOW synchronous_commit")[0][0]
    asked = sa.text("SHOW synchronous_commit")
    ours = await store.write(lambda uow: uow.receipts._in.connection.execute(asked).scalar_one())
    assert (own, ours) == ("off", "on")


async def test_a_server_that_falls_silent_holds_nobody(url, wire, postgres_server, monkeypatch, clock, files, tmp_path):
    """The machine lost its power: no answer, and no word that the line is closed."""
    monkeypatch.setattr(postgres, "ANSWER_SECONDS", 0.5)
    monkeypatch.setattr(postgres, "CONNECT_SECONDS", 0.5)
    there = url.replace(f":{postgres_server.port}/", f":{wire.port}/")
    store = Store.open(opening.database_at(there, tmp_path), clock=clock, files=files)
    await store.write(samples.add_receipt("before"))
    assert await samples.receipts_of(store) == ["before"]
    wire.flows.clear()
    async with asyncio.timeout(15):
        with pytest.raises(errors.StoreFull):
            await store.write(samples.add_receipt("into the silence"))
        with pytest.raises(errors.StoreFull):
            await samples.receipts_of(store)
    wire.flows.set()
    async with asyncio.timeout(15):
        assert await store.write(samples.add_receipt("after")) == "after"
        assert "after" in await samples.receipts_of(store)
        await store.close()
