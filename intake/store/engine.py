"""The two ways into a SQLite file: the one that writes and the ones that read."""

import sqlite3
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.pool import PoolProxiedConnection

from intake.store import columns

BUSY_MILLISECONDS = 5000
"""How long a write waits for the command line (or the hub) to finish its own."""

READERS = 4

_WRITING = ("journal_mode=WAL", "synchronous=FULL", "journal_size_limit=67108864")


def sqlite_url(path: Path) -> str:
    """The URL of a SQLite file."""
    return f"sqlite:///{path.absolute()}"


def writer(url: str) -> sa.Engine:
    """The engine that may write; it holds one connection. A plain `sqlite:` URL, as `sqlite_url` makes it.

    synchronous=FULL makes a commit reach the disk before it returns; NORMAL would not.
    """
    return _engine(url, dialect="sqlite+onthaal_writer", size=1, pragmas=_WRITING)


def reader(url: str) -> sa.Engine:
    """The engine of the readers: each transaction is a snapshot, and none can write."""
    return _engine(url, dialect="sqlite+onthaal_reader", size=READERS, pragmas=("query_only=ON",))


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


def _engine(url: str, *, dialect: str, size: int, pragmas: tuple[str, ...]) -> sa.Engine:
    engine = sa.create_engine(
        sa.make_url(url).set(drivername=dialect),
        poolclass=sa.QueuePool,
        pool_size=size,
        max_overflow=0,
        connect_args={"isolation_level": None, "check_same_thread": False},
        json_serializer=columns.to_json,
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _record: object) -> None:  # pyright: ignore[reportUnusedFunction]
        for pragma in (f"busy_timeout={BUSY_MILLISECONDS}", "foreign_keys=ON", *pragmas):
            connection.execute(f"PRAGMA {pragma}").close()

    return engine
