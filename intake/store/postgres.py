"""PostgreSQL, the database to grow on: several hubs share it, and write in turn (ADR 0009)."""

import asyncio
import contextlib
import ssl
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from typing import Any, TypeVar

import asyncpg
import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.ext import asyncio as sa_asyncio

from intake.store import columns, database, faults

T = TypeVar("T")

PORT = 5432
CONNECT_SECONDS = 5.0
"""For each host of the URL."""
ANSWER_SECONDS = 40.0
"""After so long without an answer the server is taken for gone; its own limits below end a statement before that."""
DOUBT_SECONDS = 10.0
"""So long a commit without an answer is asked after before its callers hear that nobody knows."""

MARK_PREFIX = "commit:"
"""Marks of commits are kept beside the leases: a row per writer, that another one forgets when it is an hour old."""
_MARK = sa.text(
    "WITH old AS (DELETE FROM lease WHERE name LIKE 'commit:%' AND until < now() AND name <> :writer) "
    "INSERT INTO lease (name, holder, until) VALUES (:writer, gen_random_uuid()::text, now() + interval '1 hour') "
    "ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until RETURNING holder"
)
_MARKED = sa.text("SELECT holder FROM lease WHERE name = :writer")

TURN = 0x6F6E7468
"""The advisory lock that a transaction holds while it writes: the letters `onth`."""
CHANNEL = "onthaal_event"
"""Where PostgreSQL notifies that there are new events."""

SERVER_SETTINGS = {
    "application_name": "onthaal",
    "timezone": "UTC",
    "default_transaction_isolation": "read committed",  # who had to wait for the turn sees what was written meanwhile
    "synchronous_commit": "on",  # a commit that returned is on the disk, whatever the server's default is
    "lock_timeout": "10s",
    "statement_timeout": "30s",
    "idle_in_transaction_session_timeout": "30s",  # a hub that froze with the turn in its hands gives it back
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
}
PATIENT_SETTINGS = SERVER_SETTINGS | {"statement_timeout": "0", "idle_in_transaction_session_timeout": "0"}
"""For migrations, backups and restores: a large table takes what it takes."""
_READING = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
READ_ONLY = "25006"
"""A write was tried where none may be. Source: PostgreSQL manual, appendix A."""

Host = tuple[str, int]
"""A host name or address, and its port."""

# From such a host the next one is tried; any other error (a wrong password) is the same at every host.
_NEXT_HOST = (
    OSError,
    asyncpg.TargetServerAttributeNotMatched,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,  # it starts or stops
    asyncpg.InsufficientResourcesError,  # it has too many connections
)


class PostgresDatabase:
    """See `database.Database`.

    Attributes:
        era: grows when the server turns out to take no changes any more; older connections are then dropped.
    """

    is_shared = True

    def __init__(self, url: sa.URL, hosts: Sequence[Host] = (), tls: ssl.SSLContext | str | None = None) -> None:
        """The database at `url`, of any `postgresql` driver name.

        With `hosts` at those instead of the one in `url`: each connection goes to the first that takes changes.
        `tls`: how connections are secured, or the name that libpq has for it; None: as the driver does by itself.
        """
        self._hosts = tuple(hosts)
        self._secured: dict[str, Any] = {} if tls is None else {"ssl": tls}
        self._url = url.set(drivername="postgresql+onthaal")
        self.era = 0
        shown = self._hosts or ((url.host or "local", url.port or PORT),)
        named = ",".join(f"{host}:{port}" for host, port in shown)
        self.name = f"{named}/{url.database or ''}"

    def is_there(self) -> bool:
        """See `database.Database`."""
        return True

    def forgets(self) -> Sequence[str]:
        """See `database.Database`."""
        wanted = sa.text("SELECT name FROM pg_settings WHERE name IN ('fsync', 'full_page_writes') AND setting <> 'on'")
        door = self.reader()
        try:
            return door.run(lambda connection: list(connection.execute(wanted).scalars()))
        except (exc.DBAPIError, OSError) as error:
            raise faults.meaning(error) from error
        finally:
            door.close()

    def writer(self, *, is_patient: bool = False) -> database.Door:
        """See `database.Database`."""
        return _Door(self, self._engine({}, is_patient=is_patient), may_write=True)

    def reader(self, *, is_patient: bool = False) -> database.Door:
        """See `database.Database`. It too reads where changes are made: a standby may be behind."""
        return _Door(self, self._engine(_READING, is_patient=is_patient))

    def bell(self) -> database.Bell:
        """See `database.Database`."""
        return _Bell(self, self._engine({"isolation_level": "AUTOCOMMIT"}))

    def lock_for_hub(self) -> Callable[[], None]:
        """See `database.Database`. Any number of hubs may serve it."""
        return _nothing

    def take_turn(self, connection: sa.Connection) -> None:
        """See `database.Database`."""
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(:turn)"), {"turn": TURN})
        connection.connection.info["is_broken"] = False

    def mark(self, connection: sa.Connection, writer: str) -> str:
        """See `database.Database`.

        A row, not the id of the transaction: after a crash or at another server that id may be unknown, or be that of
        somebody else's transaction; a row is there or not in whatever history the server goes on with.
        """
        return connection.execute(_MARK, {"writer": MARK_PREFIX + writer}).scalar_one()

    def changes(self, connection: sa.Connection) -> Callable[[], int]:
        """See `database.Database`. Counted by the dialect below."""
        info = connection.connection.info
        return lambda: info.get("changes", 0)

    def announce(self, connection: sa.Connection) -> None:
        """See `database.Database`. Told with the commit; writers take turns, so its lock is no extra wait."""
        connection.execute(sa.text(f"NOTIFY {CHANNEL}"))

    def is_whole(self, connection: sa.Connection) -> bool:
        """See `database.Database`. PostgreSQL would answer the COMMIT of a failed transaction with a roll-back."""
        return not connection.connection.info["is_broken"]

    def is_idle(self, connection: sa.Connection) -> bool:
        """See `database.Database`."""
        raw: Any = connection.connection.driver_connection
        return not raw.is_in_transaction()

    def was_committed(self, door: database.Door, writer: str, mark: str) -> bool | None:
        """See `database.Database`. A question that fails is asked again for `DOUBT_SECONDS`, whatever the error.

        It waits for its turn first, so that the transaction in doubt is over: it held the turn until its end. At a
        standby that took over without the last commits, the answer is no, and that is true from then on.
        """

        def ask(connection: sa.Connection) -> bool:
            with connection.begin():
                self.take_turn(connection)
                return connection.execute(_MARKED, {"writer": MARK_PREFIX + writer}).scalar_one_or_none() == mark

        ends = time.monotonic() + DOUBT_SECONDS
        while True:
            with contextlib.suppress(exc.SQLAlchemyError, asyncpg.PostgresError, OSError):
                return door.run(ask)
            if time.monotonic() > ends:
                return None
            time.sleep(0.2)

    def _engine(self, options: dict[str, Any], *, is_patient: bool = False) -> sa_asyncio.AsyncEngine:
        async def connect(**given: Any) -> Any:
            return await _connect(self._hosts, given)

        return sa_asyncio.create_async_engine(
            self._url,
            pool_size=1,
            max_overflow=0,
            json_serializer=columns.to_json,
            hide_parameters=True,  # the text of an error holds no value: it may be somebody's name
            connect_args={
                "async_creator_fn": connect,
                **self._secured,
                "timeout": CONNECT_SECONDS,
                "command_timeout": None if is_patient else ANSWER_SECONDS,
                "server_settings": PATIENT_SETTINGS if is_patient else SERVER_SETTINGS,
            },
            execution_options=options,
        )


class _Door:
    """See `database.Door`: an event loop of its own, as a connection of asyncpg belongs to one loop."""

    def __init__(self, of: PostgresDatabase, engine: sa_asyncio.AsyncEngine, *, may_write: bool = False) -> None:
        self._runner = asyncio.Runner(loop_factory=asyncio.new_event_loop)
        self._engine = engine
        self._of, self._era, self._may_write = of, of.era, may_write

    def run(self, work: Callable[[sa.Connection], T]) -> T:
        with _never_cancelled():
            return self._runner.run(self._run(work))

    def close(self) -> None:
        with contextlib.suppress(exc.DBAPIError, OSError):
            self._runner.run(self._engine.dispose())
        self._runner.close()

    async def _run(self, work: Callable[[sa.Connection], T]) -> T:
        if self._era != self._of.era:
            self._era = self._of.era
            await self._engine.dispose()
        try:
            async with self._engine.connect() as connection:
                return await connection.run_sync(work)
        except exc.DBAPIError as error:
            if self._may_write and faults.is_readonly(error):
                self._of.era += 1
            raise


class _Bell:
    """See `database.Bell`: a connection that listens. While none can be had, waiting is all there is."""

    def __init__(self, of: PostgresDatabase, engine: sa_asyncio.AsyncEngine) -> None:
        self._runner = asyncio.Runner(loop_factory=asyncio.new_event_loop)
        self._engine = engine
        self._of, self._era = of, of.era
        self._rang = asyncio.Event()
        self._loop = self._runner.get_loop()
        self._listening: sa_asyncio.AsyncConnection | None = None

    def wait(self, seconds: float) -> None:
        with _never_cancelled():
            self._runner.run(self._wait(seconds))

    def ring(self) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            self._loop.call_soon_threadsafe(self._rang.set)

    def close(self) -> None:
        self._runner.run(self._close())
        self._runner.close()

    async def _wait(self, seconds: float) -> None:
        with contextlib.suppress(exc.DBAPIError, OSError):
            await self._listen()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._rang.wait()
        self._rang.clear()

    async def _listen(self) -> None:
        if self._listening is not None and not self._listening.invalidated and self._era == self._of.era:
            raw: Any = (await self._listening.get_raw_connection()).driver_connection
            if not raw.is_closed():
                return
        await self._forget()
        self._era = self._of.era
        self._listening = await self._engine.connect()
        raw = (await self._listening.get_raw_connection()).driver_connection
        try:
            await raw.add_listener(CHANNEL, self._heard)
        except Exception as error:
            await self._forget()
            raise ConnectionError("This connection cannot listen.") from error
        self._rang.set()  # something may have come while nobody listened

    def _heard(self, *_: object) -> None:
        self._rang.set()

    async def _forget(self) -> None:
        if self._listening is not None:
            listening, self._listening = self._listening, None
            with contextlib.suppress(exc.DBAPIError, OSError):
                await listening.invalidate()
                await listening.close()

    async def _close(self) -> None:
        await self._forget()
        await self._engine.dispose()


class PostgresDialect(PGDialect_asyncpg):
    """PostgreSQL through asyncpg, that counts the rows it changed and remembers a statement that failed."""

    driver = "onthaal"
    supports_statement_cache = True

    def do_execute(self, cursor: Any, statement: str, parameters: Any, context: Any = None) -> None:
        """Execute one statement."""
        info = _info(context)
        try:
            super().do_execute(cursor, statement, parameters, context)
        except BaseException as error:
            info["is_broken"] = True
            _drop_silent(error, context)
            raise
        if cursor.description is None or context.isinsert or context.isupdate or context.isdelete:
            info["changes"] = info.get("changes", 0) + max(0, cursor.rowcount)

    def do_executemany(self, cursor: Any, statement: str, parameters: Any, context: Any = None) -> None:
        """Execute one statement with many rows."""
        info = _info(context)
        try:
            super().do_executemany(cursor, statement, parameters, context)
        except BaseException as error:
            info["is_broken"] = True
            _drop_silent(error, context)
            raise
        info["changes"] = info.get("changes", 0) + len(parameters)

    def is_disconnect(self, e: Any, connection: Any, cursor: Any) -> bool:
        """Also a server that takes no changes any more: the next connection finds the one that does."""
        return super().is_disconnect(e, connection, cursor) or getattr(e, "sqlstate", None) == READ_ONLY

    def do_commit(self, dbapi_connection: Any) -> None:
        """Commit."""
        try:
            super().do_commit(dbapi_connection)
        except TimeoutError:
            dbapi_connection.driver_connection.terminate()
            raise


registry.register("postgresql.onthaal", __name__, "PostgresDialect")


def _drop_silent(error: BaseException, context: Any) -> None:
    """Cut a connection whose server does not answer: asyncpg would wait for it again at the roll-back, without end."""
    if isinstance(error, TimeoutError) and context is not None:
        context.root_connection.connection.driver_connection.terminate()


def _info(context: Any) -> dict[Any, Any]:
    """What is kept with the connection of this statement; nothing with one that SQLAlchemy only looks round with."""
    try:
        return context.root_connection.connection.info
    except (AttributeError, NotImplementedError):
        return {}


@contextlib.contextmanager
def _never_cancelled() -> Generator[None]:
    """A thread of the store is cancelled by nobody: what says so is a connection that broke off in the driver.

    Raises:
        ConnectionError: instead of CancelledError, which would end the thread for good.
    """
    try:
        yield
    except asyncio.CancelledError as error:
        raise ConnectionError("The driver broke off.") from error


async def _connect(hosts: Sequence[Host], given: Mapping[str, Any]) -> Any:
    """A connection to the first host that takes changes; without `hosts` to the one that is given.

    asyncpg takes several hosts too, but gives them one time limit together, and stops at one that is starting.

    Raises:
        ConnectionError: none of them does now, or one does not let us in.
    """
    problem: Exception | None = None
    places: list[dict[str, Any]] = [{"host": host, "port": port} for host, port in hosts] or [{}]
    for place in places:
        options: dict[str, Any] = {**given, **place, "target_session_attrs": "read-write"}
        try:
            return await asyncpg.connect(**options)
        except _NEXT_HOST as error:
            problem = error
        except (asyncpg.InvalidAuthorizationSpecificationError, asyncpg.InvalidCatalogNameError) as error:
            raise faults.RefusedError("The database does not let us in.") from error
    raise ConnectionError("No host of the database takes changes now.") from problem


def _nothing() -> None:
    """There is nothing to undo."""
