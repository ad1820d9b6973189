"""The store on one SQLite file: a thread that writes, a few that read, and a lock for the one hub."""

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import TypeVar

from sqlalchemy import exc

from intake import errors, ports
from intake.store import blobs, engine, events, faults
from intake.store.transaction import Transaction
from intake.store.unit_of_work import UnitOfWork
from intake.store.writer import Writer

T = TypeVar("T")


class SqliteStore:
    """See `ports.Store`. Bring the schema up with `schema.migrate` before it is opened."""

    def __init__(self, path: Path, clock: ports.Clock, files: blobs.FileBlobs) -> None:
        self._path = path
        self._clock = clock
        self._files = files
        self._writing = engine.writer(engine.sqlite_url(path))
        self._reading = engine.reader(engine.sqlite_url(path))
        self._readers = ThreadPoolExecutor(engine.READERS, thread_name_prefix="store-reader")
        self._broadcaster = events.Broadcaster()
        self._writer = Writer(self._writing, clock, files, self._broadcaster)
        self._hub_lock: int | None = None

    @classmethod
    def open(cls, path: Path, *, clock: ports.Clock, files: blobs.FileBlobs) -> "SqliteStore":
        """Open the database at `path`; large receipts go to `files`.

        Raises:
            StoreFull: the file cannot be opened.
        """
        store = cls(path, clock, files)
        try:
            with store._writing.connect():
                pass
        except exc.DBAPIError as error:
            store._readers.shutdown()
            raise faults.meaning(error) from error
        store._writer.start()
        return store

    async def close(self) -> None:
        """Commit what waits, then let go of the file and of the lock."""
        await asyncio.to_thread(self._close)

    async def write(self, work: Callable[[ports.UnitOfWork], T]) -> T:
        """See `ports.Store`."""
        return await self._writer.submit(work)

    async def read(self, work: Callable[[ports.UnitOfWork], T]) -> T:
        """See `ports.Store`.

        Raises:
            StoreFull: the database cannot be read now.
        """
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._read, work)

    def events(self) -> AbstractAsyncContextManager[AsyncIterator[ports.Event]]:
        """See `ports.Store`."""
        return self._broadcaster.listen()

    def observe(self, committed: Callable[[int, float], None]) -> None:
        """Tell `committed` of every commit: how many works and how many seconds; it is called in the writer thread."""
        self._writer.committed = committed

    def lock_for_hub(self) -> None:
        """Make sure that no other hub serves this database, until `close` or the end of the process.

        The command line needs no lock: its writes wait for the hub's, and the other way round.

        Raises:
            BadSettings: another hub serves it.
        """
        lock = self._path.with_name(self._path.name + ".lock")
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(descriptor)
            raise errors.BadSettings(
                f"Another hub serves {self._path} already: stop that one, or give this one its own data directory."
            ) from error
        self._hub_lock = descriptor

    def _read(self, work: Callable[[ports.UnitOfWork], T]) -> T:
        try:
            with self._reading.connect() as connection, connection.begin():
                transaction = Transaction(connection, self._clock, self._files, may_write=False)
                return work(UnitOfWork(transaction))
        except exc.DBAPIError as error:
            meant = faults.meaning(error)
            if meant is error or faults.is_readonly(error):
                raise
            raise meant from error

    def _close(self) -> None:
        self._writer.close()
        self._readers.shutdown()
        self._reading.dispose()
        self._writing.dispose()
        if self._hub_lock is not None:
            os.close(self._hub_lock)
            self._hub_lock = None
