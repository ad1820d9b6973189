"""SQLite, the embedded default: one file, one connection that writes, some that read, one hub."""

import fcntl
import os
import sqlite3
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.pool import PoolProxiedConnection

from intake import errors
from intake.store import columns, database

T = TypeVar("T")

BUSY_MILLISECONDS = 5000
"""How long a write waits for the command line (or the hub) to finish its own."""

READERS = 6
"""Connections that may read at the same time: those of the store's reading threads, and the one that reads events."""

_WRITING = ("journal_mode=WAL", "synchronous=FULL", "journal_size_limit=67108864", "wal_autocheckpoint=4000")


class SqliteDatabase:
    """See `database.Database`."""

    is_shared = False

    def __init__(self, path: Path) -> None:
        """The file at `path`; it is made when it is not there."""
        self._path = path
        self.name = str(path)
        self._readers: sa.Engine | None = None

    def is_there(self) -> bool:
        """See `database.Database`."""
        return self._path.exists()

    def forgets(self) -> Sequence[str]:
        """See `database.Database`. There is no server: see `writer`."""
        return ()

    def writer(self, *, is_patient: bool = False) -> database.Door:  # noqa: ARG002 - nothing here is cut off
        """See `database.Database`. synchronous=FULL: a commit is on the disk before it returns; NORMAL would not be."""
        return _Door(writer(self._path))

    def reader(self, *, is_patient: bool = False) -> database.Door:  # noqa: ARG002 - as for `writer`
        """See `database.Database`. The doors share an engine, and so what it compiled."""
        if self._readers is None:
            self._readers = reader(self._path)
        return _Door(self._readers)

    def bell(self) -> database.Bell:
        """See `database.Database`. The writer rings; what another process writes is found by polling."""
        return _Bell()

    def lock_for_hub(self) -> Callable[[], None]:
        """See `database.Database`. The command line needs no lock: its writes wait for the hub's, and vice versa."""
        lock = self._path.with_name(self._path.name + ".lock")
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(descriptor)
            raise errors.BadSettings(
                f"Een andere hub gebruikt {self._path} al. Stop die, geef deze een eigen gegevensmap, of gebruik "
                "PostgreSQL: dat mogen meer hubs delen."
            ) from error
        return lambda: os.close(descriptor)

    def take_turn(self, connection: sa.Connection) -> None:
        """See `database.Database`. BEGIN IMMEDIATE took the only write lock."""

    def mark(self, connection: sa.Connection, writer: str) -> None:
        """See `database.Database`. A commit in the same process is never in doubt."""

    def changes(self, connection: sa.Connection) -> Callable[[], int]:
        """See `database.Database`."""
        raw = _raw(connection)
        return lambda: raw.total_changes

    def announce(self, connection: sa.Connection) -> None:
        """See `database.Database`. There is one hub; its writer rings."""

    def is_whole(self, connection: sa.Connection) -> bool:
        """See `database.Database`. SQLite gives a transaction up by itself when the disk is full."""
        return _raw(connection).in_transaction

    def is_idle(self, connection: sa.Connection) -> bool:
        """See `database.Database`."""
        return not _raw(connection).in_transaction

    def was_committed(self, door: database.Door, writer: str, mark: str) -> bool | None:
        """See `database.Database`. Never asked: `mark` leaves none."""


class _Door:
    """See `database.Door`."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def run(self, work: Callable[[sa.Connection], T]) -> T:
        with self._engine.connect() as connection:
            return work(connection)

    def close(self) -> None:
        self._engine.dispose()


class _Bell:
    """See `database.Bell`."""

    def __init__(self) -> None:
        self._rang = threading.Event()

    def wait(self, seconds: float) -> None:
        self._rang.wait(seconds)
        self._rang.clear()

    def ring(self) -> None:
        self._rang.set()

    def close(self) -> None:
        """Nothing to let go."""


def writer(path: Path | None) -> sa.Engine:
    """The engine that may write; it holds one connection. None is a database in memory, for tests."""
    return _engine(path, dialect="sqlite+onthaal_writer", size=1, pragmas=_WRITING)


def reader(path: Path | None) -> sa.Engine:
    """The engine of the readers: each transaction is a snapshot, and none can write."""
    return _engine(path, dialect="sqlite+onthaal_reader", size=READERS, pragmas=("query_only=ON",))


def _raw(connection: sa.Connection) -> Any:
    """The `sqlite3.Connection`: it counts changes and knows whether a transaction is open."""
    return connection.connection.driver_connection


class WriterDialect(SQLiteDialect_pysqlite):
    """SQLite whose transactions take the write lock at once, never half-way.

    The driver is kept from beginning transactions itself (`isolation_level=None` below): it would leave a SAVEPOINT
    outside of any. A dialect instead of a "begin" event, as any event on an engine slows down every statement.
    """

    driver = "onthaal_writer"
    supports_statement_cache = True

    def do_begin(self, dbapi_connection: PoolProxiedConnection) -> None:
        """Begin."""
        dbapi_connection.cursor().execute("BEGIN IMMEDIATE")


class ReaderDialect(SQLiteDialect_pysqlite):
    """SQLite whose transactions are snapshots that lock nobody out."""

    driver = "onthaal_reader"
    supports_statement_cache = True

    def do_begin(self, dbapi_connection: PoolProxiedConnection) -> None:
        """Begin."""
        dbapi_connection.cursor().execute("BEGIN")


registry.register("sqlite.onthaal_writer", __name__, "WriterDialect")
registry.register("sqlite.onthaal_reader", __name__, "ReaderDialect")


def _engine(path: Path | None, *, dialect: str, size: int, pragmas: tuple[str, ...]) -> sa.Engine:
    engine = sa.create_engine(
        sa.URL.create(dialect, database=None if path is None else str(path.absolute())),
        poolclass=sa.QueuePool,
        pool_size=size,
        max_overflow=0,
        connect_args={"isolation_level": None, "check_same_thread": False},
        json_serializer=columns.to_json,
        hide_parameters=True,  # the text of an error holds no value: it may be somebody's name
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _record: object) -> None:  # pyright: ignore[reportUnusedFunction]
        for pragma in (f"busy_timeout={BUSY_MILLISECONDS}", "foreign_keys=ON", *pragmas):
            connection.execute(f"PRAGMA {pragma}").close()

    return engine
