"""One thread that writes, with natural group commit: what queued up during a commit shares the next one."""

import asyncio
import logging
import os
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import sqlalchemy as sa
from sqlalchemy import exc

from intake import errors, ports
from intake.store import blobs, database, faults
from intake.store.transaction import Transaction
from intake.store.unit_of_work import UnitOfWork

log = logging.getLogger(__name__)

BATCH_WORKS = 256
WAITING_WORKS = 4096
"""So many works may wait; then `StoreFull` tells the wires to slow down."""
TRIES = 3
"""So often a batch is run while its connection breaks."""

_STOPPED = "De opslag is gestopt. Start de hub opnieuw."
TELL_AGAIN_SECONDS = 10.0
"""While a trouble lasts, the log hears of it this often."""


@dataclass(slots=True, eq=False)
class _Order:
    """A work that waits for its commit, and the caller who waits for its result."""

    work: Callable[[ports.UnitOfWork], Any]
    loop: asyncio.AbstractEventLoop
    future: "asyncio.Future[Any]"
    result: Any = None
    error: BaseException | None = None

    def settle(self) -> None:
        """Hand over the result; runs in the caller's loop. A caller who is gone hears nothing."""
        if self.future.done():
            return
        if self.error is None:
            self.future.set_result(self.result)
        else:
            self.future.set_exception(self.error)


class _RunAloneError(Exception):
    """A work wrote and then refused: what it wrote is in the transaction of the whole batch. Never leaves this file."""


class _InDoubtError(Exception):
    """Nobody knows whether the batch was committed. Never leaves this file."""


@dataclass(slots=True)
class _Turn:
    """How far a batch came: the mark that it left, and whether its COMMIT was sent."""

    mark: str | None = None
    is_committing: bool = False


class Writer:
    """The only one in this process that writes to the store."""

    def __init__(
        self, of: database.Database, clock: ports.Clock, files: blobs.FileBlobs, told: Callable[[], None]
    ) -> None:
        """Write to `of`; `told` is called after a commit with events."""
        self._database = of
        self._clock = clock
        self._files = files
        self._told = told
        # No lock: a deque is whole at every moment, and a thread that holds a lock while it waits for the interpreter
        # stops the event loop. Orders are appended first, then the bell rings.
        self._waiting: deque[_Order] = deque()
        self._bell: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._is_waking = False
        self._is_closed = False
        self._tell_again_at, self._refused_works = 0.0, 0
        self.committed: Callable[[int, float], None] = lambda _works, _seconds: None
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)
        self._door = of.writer()
        self._name = os.urandom(8).hex()

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def close(self) -> None:
        """Commit what waits, then stop."""
        self._is_closed = True
        self._bell.put(None)
        if self._thread.ident is not None:
            self._thread.join()

    def submit(self, work: Callable[[ports.UnitOfWork], Any]) -> "asyncio.Future[Any]":
        """Queue a work; the future gets its result after the commit.

        Raises:
            StoreFull: too many works wait, or the store is closed.
        """
        if self._is_closed:
            raise errors.StoreFull("De opslag is gesloten. Start de hub opnieuw.")
        if len(self._waiting) >= WAITING_WORKS:
            raise errors.StoreFull("Er wacht te veel om te bewaren. Probeer het zo opnieuw.")
        loop = asyncio.get_running_loop()
        order = _Order(work, loop, loop.create_future())
        self._waiting.append(order)
        if self._is_closed:  # the thread may have ended just before, and not have seen it
            order.error = errors.StoreFull(_STOPPED)
            order.settle()
        elif not self._is_waking:
            self._is_waking = True
            loop.call_soon(self._wake)  # whoever submits in this turn of the loop shares the commit
        return order.future

    def _wake(self) -> None:
        self._is_waking = False
        self._bell.put(None)

    def _run(self) -> None:
        batch: list[_Order] = []
        try:
            while batch := self._take():
                began = time.perf_counter()
                has_told = self._settle_batch(batch)
                _deliver(batch)
                self._tell(len(batch), time.perf_counter() - began, has_told=has_told)
        finally:  # also when something breaks that should never break: nobody may wait for ever
            self._is_closed = True
            left = [*batch, *self._waiting]
            for order in left:
                order.error = errors.StoreFull(_STOPPED)
            _deliver(left)
            self._door.close()

    def _tell(self, works: int, seconds: float, *, has_told: bool) -> None:
        """Tell those who follow; what goes wrong with them stops no writing."""
        try:
            if has_told:
                self._told()
            self.committed(works, seconds)
        except Exception:  # callbacks of others, in the one thread that may never end
            log.exception("store_not_followed", extra={"works": works})

    def _take(self) -> list[_Order]:
        """What waits now, at most `BATCH_WORKS`; empty when the store is closed and nothing waits."""
        while not self._waiting and not self._is_closed:
            self._bell.get()
        return [self._waiting.popleft() for _ in range(min(len(self._waiting), BATCH_WORKS))]

    def _settle_batch(self, batch: Sequence[_Order]) -> bool:
        """Give every order of the batch its result or its error; whether events were committed."""
        try:
            return self._commit_hopefully(batch)
        except _InDoubtError as error:
            _refuse(batch, errors.StoreFull(_UNKNOWN), because=error)
            return False
        except Exception as error:  # noqa: BLE001 - it becomes the result of whoever waits
            problem = error
        if faults.is_trouble(problem) and (len(batch) == 1 or not faults.is_full(problem)):
            self._tell_trouble(len(batch), problem)
            _refuse(batch, problem)
            return False
        if len(batch) == 1:
            _refuse(batch, problem)
            return False
        alone = [self._settle_batch([order]) for order in batch]
        return any(alone)

    def _tell_trouble(self, works: int, problem: Exception) -> None:
        """Into the log at once, then every `TELL_AGAIN_SECONDS` with all since: the log may share the full disk."""
        self._refused_works += works
        now = time.monotonic()
        if now >= self._tell_again_at:
            log.error("store_trouble", extra={"works": self._refused_works}, exc_info=problem)
            self._tell_again_at, self._refused_works = now + TELL_AGAIN_SECONDS, 0

    def _commit_hopefully(self, batch: Sequence[_Order]) -> bool:
        """As `_commit`; when a delivery came before, once more without that hope (see `Transaction`)."""
        try:
            return self._commit_surely(batch, is_hopeful=True)
        except exc.IntegrityError:
            return self._commit_surely(batch, is_hopeful=False)

    def _commit_surely(self, batch: Sequence[_Order], *, is_hopeful: bool) -> bool:
        """As `_commit`; again over a new connection when the old one is lost, but never twice what may have been done.

        A COMMIT without an answer is asked after, every time it happens. When it was done, the callers get their
        results; when not, the batch is run again. When nobody can tell, it is not run again: the callers get
        `StoreFull`, so that wires say "later" (SMTP 451, HTTP 503, no ack in the chat). What comes again is then found
        by the key that the wire gave it, whether the commit was done or not; a person is told to look first.

        Raises:
            _InDoubtError: nobody can tell.
        """
        problem: Exception | None = None
        for turn in (_Turn() for _ in range(TRIES)):
            try:
                return self._commit(batch, turn, is_hopeful=is_hopeful)
            except (exc.DBAPIError, OSError) as error:
                if not faults.is_lost(error):
                    raise
                problem = error
                if self._was_committed(batch, turn, error):
                    return True
        assert problem is not None  # noqa: S101 - every try failed
        raise problem

    def _was_committed(self, batch: Sequence[_Order], turn: _Turn, problem: Exception) -> bool:
        if turn.mark is None or not turn.is_committing:
            return False
        log.warning("store_commit_in_doubt", extra={"works": len(batch)})
        was_committed = self._database.was_committed(self._door, self._name, turn.mark)
        if was_committed is None:
            log.error("store_commit_unknown", extra={"works": len(batch)})
            raise _InDoubtError from problem
        return was_committed

    def _commit(self, batch: Sequence[_Order], turn: _Turn, *, is_hopeful: bool) -> bool:
        """Run the works of the batch in one transaction; any failure undoes all of it and is raised."""
        return self._door.run(lambda connection: self._commit_on(connection, batch, turn, is_hopeful=is_hopeful))

    def _commit_on(self, connection: sa.Connection, batch: Sequence[_Order], turn: _Turn, *, is_hopeful: bool) -> bool:
        begun = connection.begin()
        try:
            self._database.take_turn(connection)
            changes = self._database.changes(connection)
            before = changes()
            transaction = Transaction(connection, self._clock, self._files, changes=changes, is_hopeful=is_hopeful)
            has_told = _work_through(batch, transaction)
            if changes() != before:  # who wrote nothing may be run again
                turn.mark = self._database.mark(connection, self._name)
            if has_told:
                self._database.announce(connection)
            if not self._database.is_whole(connection):  # a work may have hidden the error
                _lost()
            turn.is_committing = True
            begun.commit()
        except BaseException:
            self._roll_back(connection, begun)
            raise
        return has_told

    def _roll_back(self, connection: sa.Connection, begun: sa.Transaction) -> None:
        """Undo; the database may have done so already, and a connection that cannot is thrown away."""
        try:
            begun.rollback()
            if not self._database.is_idle(connection):
                connection.invalidate()
        except (exc.SQLAlchemyError, OSError):
            connection.invalidate()


def _work_through(batch: Sequence[_Order], transaction: Transaction) -> bool:
    """Run every work; whether there are events."""
    unit_of_work = UnitOfWork(transaction)
    for order in batch:
        transaction.begin_work()
        order.result = order.error = None
        try:
            order.result = order.work(unit_of_work)
        except errors.IntakeError as refusal:
            if not transaction.drop_work():
                if len(batch) == 1:
                    raise
                raise _RunAloneError from refusal
            order.error = refusal
    transaction.flush()
    return transaction.flush_events()


def _lost() -> NoReturn:
    raise errors.StoreFull("De database brak de transactie af. Kijk naar de schijfruimte, en probeer het opnieuw.")


_UNKNOWN = (
    "De database viel weg tijdens het bewaren: het is niet zeker of dit bewaard is. Laad opnieuw en kijk, "
    "voor u het nog eens doet."
)


def _refuse(orders: Sequence[_Order], problem: Exception, because: Exception | None = None) -> None:
    for order in orders:
        order.result, order.error = None, faults.meaning(problem)
        if order.error is not problem or because is not None:
            order.error.__cause__ = because or problem


def _deliver(orders: Sequence[_Order]) -> None:
    """Wake the callers: one call per event loop, as each call wakes the loop."""
    for loop in {order.loop for order in orders}:
        try:
            loop.call_soon_threadsafe(_settle_all, [order for order in orders if order.loop is loop])
        except RuntimeError:  # the loop is closed: its callers are gone
            log.warning("store_callers_gone", extra={"works": len(orders)})


def _settle_all(orders: Sequence[_Order]) -> None:
    for order in orders:
        order.settle()
