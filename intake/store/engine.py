"""The two ways into a SQLite file: the one that writes and the ones that read."""

import sqlite3
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import event

from intake.store import columns

BUSY_MILLISECONDS = 5000
"""How long a write waits for the command line (or the hub) to finish its own."""

READERS = 4

_WRITING = ("journal_mode=WAL", "synchronous=FULL", "journal_size_limit=67108864")


def sqlite_url(path: Path) -> str:
    """The URL of a SQLite file."""
    return f"sqlite:///{path.absolute()}"


def writer(url: str) -> sa.Engine:
    """The engine that may write; it holds one connection.

    A transaction begins with BEGIN IMMEDIATE: the lock is taken at once, never half-way. `isolation_level=None` keeps
    the driver from beginning transactions itself, else a SAVEPOINT would stand outside of one.
    synchronous=FULL makes a commit reach the disk before it returns; NORMAL would not.
    """
    return _engine(url, size=1, begin="BEGIN IMMEDIATE", pragmas=_WRITING)


def reader(url: str) -> sa.Engine:
    """The engine of the readers: each transaction is a snapshot, and none can write."""
    return _engine(url, size=READERS, begin="BEGIN", pragmas=("query_only=ON",))


def _engine(url: str, *, size: int, begin: str, pragmas: tuple[str, ...]) -> sa.Engine:
    engine = sa.create_engine(
        url,
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

    @event.listens_for(engine, "begin")
    def begin_transaction(connection: sa.Connection) -> None:  # pyright: ignore[reportUnusedFunction]
        connection.exec_driver_sql(begin)

    return engine
