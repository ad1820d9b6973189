"""PostgreSQL, the database to grow on: several hubs share it, and write in turn (ADR 0009)."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Generator
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.ext import asyncio as sa_asyncio

from intake.store import columns, database, faults

T = TypeVar("T")

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 40.0
"""After so long without an answer the server is taken for gone; its own limits below end a statement before that."""
DOUBT_SECONDS = 10.0
"""So long a commit without an answer is asked after before its callers hear that nobody knows."""

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


class PostgresDatabase:
    """See `database.Database`."""

    is_shared = True

    def __init__(self, url: sa.URL) -> None:
        """The database at `url`, of any `postgresql` driver name."""
        self._url = url.set(drivername="postgresql+onthaal")
        self.name = f"{url.host or 'local'}:{url.port or 5432}/{url.database or ''}"

    def writer(self, *, is_patient: bool = False) -> database.Door:
        """See `database.Database`."""
        return _Door(self._url, is_patient=is_patient)

    def reader(self, *, is_patient: bool = False) -> database.Door:
        """See `database.Database`."""
        return _Door(self._url, is_patient=is_patient, **_READING)

    def bell(self) -> database.Bell:
        """See `database.Database`."""
        return _Bell(self._url)

    def lock_for_hub(self) -> Callable[[], None]:
        """See `database.Database`. Any number of hubs may serve it."""
        return _nothing

    def take_turn(self, connection: sa.Connection) -> str:
        """See `database.Database`."""
        turn = sa.text("SELECT pg_advisory_xact_lock(:turn), pg_current_xact_id()::text")
        taken = connection.execute(turn, {"turn": TURN}).one()
        connection.connection.info["is_broken"] = False
        return taken[1]

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

    def was_committed(self, door: database.Door, turn: str) -> bool | None:
        """See `database.Database`. PostgreSQL remembers the end of every recent transaction."""
        ends = time.monotonic() + DOUBT_SECONDS
        asked = sa.text("SELECT pg_xact_status(CAST(CAST(:turn AS text) AS xid8))")
        while True:
            try:
                fate = door.run(lambda connection: connection.execute(asked, {"turn": turn}).scalar_one())
                if fate in {"committed", "aborted"}:
                    return fate == "committed"
            except (exc.DBAPIError, OSError) as error:
                if not faults.is_trouble(error):
                    raise
            if time.monotonic() > ends:
                return None
            time.sleep(0.2)


class _Door:
    """See `database.Door`: an event loop of its own, as a connection of asyncpg belongs to one loop."""

    def __init__(self, url: sa.URL, *, is_patient: bool, **options: Any) -> None:
        self._runner = asyncio.Runner(loop_factory=asyncio.new_event_loop)
        self._engine = _engine(url, options, is_patient=is_patient)

    def run(self, work: Callable[[sa.Connection], T]) -> T:
        with _never_cancelled():
            return self._runner.run(self._run(work))

    def close(self) -> None:
        with contextlib.suppress(exc.DBAPIError, OSError):
            self._runner.run(self._engine.dispose())
        self._runner.close()

    async def _run(self, work: Callable[[sa.Connection], T]) -> T:
        async with self._engine.connect() as connection:
            return await connection.run_sync(work)


class _Bell:
    """See `database.Bell`: a connection that listens. While none can be had, waiting is all there is."""

    def __init__(self, url: sa.URL) -> None:
        self._runner = asyncio.Runner(loop_factory=asyncio.new_event_loop)
        self._engine = _engine(url, {"isolation_level": "AUTOCOMMIT"})
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
        if self._listening is not None and not self._listening.invalidated:
            raw: Any = (await self._listening.get_raw_connection()).driver_connection
            if not raw.is_closed():
                return
        await self._forget()
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


def _engine(url: sa.URL, options: dict[str, Any], *, is_patient: bool = False) -> sa_asyncio.AsyncEngine:
    return sa_asyncio.create_async_engine(
        url,
        pool_size=1,
        max_overflow=0,
        json_serializer=columns.to_json,
        connect_args={
            "timeout": CONNECT_SECONDS,
            "command_timeout": None if is_patient else ANSWER_SECONDS,
            "server_settings": PATIENT_SETTINGS if is_patient else SERVER_SETTINGS,
        },
        execution_options=options,
    )


def _nothing() -> None:
    """There is nothing to undo."""
