"""What the parts of a unit of work share: the connection, the time, and rows that are kept for the end."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from intake import errors, ports
from intake.store import blobs, bulk, encoding, tables

# Made one time: `bulk.insert` knows a statement again by its identity.
_ADD_RECEIPTS = sa.insert(tables.receipt)
_ADD_HISTORY = sa.insert(tables.history)
# PostgreSQL's ON CONFLICT is what SQLite understands too.
_ADD_JOBS = postgresql.insert(tables.job).on_conflict_do_nothing(index_elements=["key"])
_ADD_EVENTS = sa.insert(tables.event)

Statement = sa.Select[*tuple[Any, ...]]
"""A SELECT of any columns."""


class _Kept:
    """Rows of one table that wait; the first `of_others` are of earlier works of the batch."""

    def __init__(self, insert: sa.Insert) -> None:
        self.insert = insert
        self.rows: list[dict[str, Any]] = []
        self.of_others = 0

    def take(self) -> list[dict[str, Any]]:
        rows, self.rows, self.of_others = self.rows, [], 0
        return rows


class Transaction:
    """One database transaction, which the works of a batch may share.

    Jobs, history, events and (if `is_hopeful`) receipts are kept and added in bulk: jobs and history before somebody
    reads them, receipts before any other statement, events last of all. In a reader nothing is locked, and adding
    raises.

    `is_hopeful`: a receipt counts as new until the database says otherwise; that is an IntegrityError for the whole
    batch, which is then run again without hope. Deliveries that came before are rare, and asking costs half the time.

    `changes`: how many rows this connection has written so far; None in a reader.
    """

    def __init__(
        self,
        connection: sa.Connection,
        clock: ports.Clock,
        files: blobs.FileBlobs,
        *,
        changes: Callable[[], int] | None = None,
        is_hopeful: bool = False,
    ) -> None:
        self.files = files
        self.is_hopeful = is_hopeful
        self._connection = connection
        self._clock = clock
        self._may_write = changes is not None
        self._changes = changes or _none_changed
        self._receipts = _Kept(_ADD_RECEIPTS)
        self._jobs = _Kept(_ADD_JOBS)
        self._history = _Kept(_ADD_HISTORY)
        self._events = _Kept(_ADD_EVENTS)
        self._kept = (self._receipts, self._jobs, self._history, self._events)
        self._changes_at_begin = 0

    @property
    def connection(self) -> sa.Connection:
        """Where statements run; they see the receipts that were added before."""
        if self._receipts.rows:
            self._write_kept(self._receipts)
        return self._connection

    def begin_work(self) -> None:
        """From here on it is another work that writes."""
        for kept in self._kept:
            kept.of_others = len(kept.rows)
        self._changes_at_begin = self._changes()

    def drop_work(self) -> bool:
        """Forget what was kept since `begin_work`; False when the work wrote more: then only a roll-back helps."""
        if self._changes() != self._changes_at_begin:
            return False
        for kept in self._kept:
            del kept.rows[kept.of_others :]
        return True

    def now(self) -> datetime:
        """The present moment in UTC."""
        return self._clock.now()

    def locked(self, statement: Statement) -> Statement:
        """The same rows, locked until the end of the transaction (on SQLite the whole transaction is a lock)."""
        return statement.with_for_update() if self._may_write else statement

    def row(self, statement: Statement, missing: str) -> encoding.AnyRow:
        """The one row of `statement`.

        Raises:
            NotFound: there is none; the text is `missing`.
        """
        found = self.connection.execute(statement).one_or_none()
        if found is None:
            raise errors.NotFound(missing)
        return found

    def changed(self, statement: sa.Update | sa.Delete) -> int:
        """Run a change; how many rows it changed."""
        return self.connection.execute(statement).rowcount

    def add_receipt(self, row: dict[str, Any]) -> None:
        """Keep a receipt until the next statement."""
        self._refuse_in_reader()
        self._receipts.rows.append(row)

    def add_job(self, row: dict[str, Any]) -> None:
        """Keep a job for `flush`."""
        self._refuse_in_reader()
        self._jobs.rows.append(row)

    def add_history(self, row: dict[str, Any]) -> None:
        """Keep a line of history for `flush`."""
        self._refuse_in_reader()
        self._history.rows.append(row)

    def add_event(self, row: dict[str, Any]) -> None:
        """Keep an event for `flush_events`."""
        self._refuse_in_reader()
        self._events.rows.append(row)

    def flush(self) -> None:
        """Write all that is kept, except events; a part does this before it reads jobs or history."""
        for kept in (self._receipts, self._jobs, self._history):
            if kept.rows:
                self._write_kept(kept)

    def flush_events(self) -> bool:
        """Write the events, as the last thing before the commit; whether there were any."""
        rows = self._events.take()
        if not rows:
            return False
        now = self.now()
        self._events.rows = [{"at": now, **row} for row in rows]
        self._write_kept(self._events)
        return True

    def _write_kept(self, kept: "_Kept") -> None:
        """Add rows in bulk. When none of them is of the present work, they do not count as written by it."""
        is_foreign = len(kept.rows) <= kept.of_others
        changes = self._changes()
        bulk.insert(self._connection, kept.insert, kept.take())
        if is_foreign:
            self._changes_at_begin += self._changes() - changes

    def _refuse_in_reader(self) -> None:
        if not self._may_write:
            raise RuntimeError("Store.read may not write: use Store.write.")


def _none_changed() -> int:
    return 0
