"""The store: a thread that writes, a few that read, and one that tells what was written."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy import exc

from intake import ports
from intake.store import blobs, database, events, faults, news
from intake.store.transaction import Transaction
from intake.store.unit_of_work import UnitOfWork
from intake.store.writer import Writer

T = TypeVar("T")

READERS = 4


class Store:
    """See `ports.Store`. Bring the schema up with `schema.migrate` before it is opened."""

    def __init__(self, of: database.Database, clock: ports.Clock, files: blobs.FileBlobs) -> None:
        self.is_shared = of.is_shared
        self._database = of
        self._clock = clock
        self._files = files
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="store-reader")
        self._doors = threading.local()
        self._opened: list[database.Door] = []
        self._broadcaster = events.Broadcaster()
        self._news = news.Follower(of, self._broadcaster)
        self._writer = Writer(of, clock, files, self._news.wake)
        self._unlock: Callable[[], None] | None = None

    @classmethod
    def open(
        cls,
        of: database.Database,
        *,
        clock: ports.Clock,
        files: blobs.FileBlobs,
        unlock: Callable[[], None] | None = None,
    ) -> "Store":
        """Open the database; large receipts go to `files`. `unlock` is called when it is closed.

        Raises:
            StoreFull: it cannot be opened.
        """
        store = cls(of, clock, files)
        store._unlock = unlock
        store._writer.start()
        try:
            store._news.start()
        except BaseException:
            store.close_now()
            raise
        return store

    async def close(self) -> None:
        """Commit what waits, then let go of the database and of the lock."""
        await asyncio.to_thread(self.close_now)

    def close_now(self) -> None:
        """As `close`, where nobody can wait for it without holding everything up: at the start."""
        self._writer.close()
        self._readers.shutdown()
        self._news.close()
        while self._opened:
            self._opened.pop().close()
        if self._unlock is not None:
            self._unlock()
            self._unlock = None

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
        """Make sure that this hub may serve the database, until `close` or the end of the process.

        Raises:
            BadSettings: another hub serves it, and only one may.
        """
        self._unlock = self._database.lock_for_hub()

    def _read(self, work: Callable[[ports.UnitOfWork], T]) -> T:
        def on(connection: sa.Connection) -> T:
            with connection.begin():
                return work(UnitOfWork(Transaction(connection, self._clock, self._files)))

        try:
            try:
                return self._door().run(on)
            except (exc.DBAPIError, OSError) as error:
                if not faults.is_lost(error):
                    raise
            return self._door().run(on)  # the connection broke since it was used last; perhaps a new one can be had
        except (exc.DBAPIError, OSError) as error:
            meant = faults.meaning(error)
            if meant is error or faults.is_readonly(error):
                raise
            raise meant from error

    def _door(self) -> database.Door:
        """The door of this thread."""
        door: database.Door | None = getattr(self._doors, "mine", None)
        if door is None:
            door = self._doors.mine = self._database.reader()
            self._opened.append(door)
        return door
