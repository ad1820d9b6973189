"""What the parts of a unit of work share: the connection, the time, and rows that are kept for the end."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from intake import errors, ports
from intake.store import blobs, encoding, tables

# PostgreSQL's ON CONFLICT is what SQLite understands too.
_ADD_JOBS = postgresql.insert(tables.job).on_conflict_do_nothing(index_elements=["key"])
_ADD_HISTORY = sa.insert(tables.history)
_ADD_EVENTS = sa.insert(tables.event).returning(tables.event.c.id, sort_by_parameter_order=True)

Mark = tuple[int, int, int]

Statement = sa.Select[*tuple[Any, ...]]
"""A SELECT of any columns."""


class Transaction:
    """One database transaction. Jobs, history and events are added in bulk, as the works of a batch share it.

    Only statements that this class or a part builds reach the connection. In a reader (`may_write` False) nothing is
    locked, and adding raises.
    """

    def __init__(
        self, connection: sa.Connection, clock: ports.Clock, files: blobs.FileBlobs, *, may_write: bool
    ) -> None:
        self.connection = connection
        self.files = files
        self._clock = clock
        self._may_write = may_write
        self._jobs: list[dict[str, Any]] = []
        self._history: list[dict[str, Any]] = []
        self._events: list[dict[str, Any]] = []

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

    def add_job(self, row: dict[str, Any]) -> None:
        """Keep a job for `flush`."""
        self._refuse_in_reader()
        self._jobs.append(row)

    def add_history(self, row: dict[str, Any]) -> None:
        """Keep a line of history for `flush`."""
        self._refuse_in_reader()
        self._history.append(row)

    def add_event(self, row: dict[str, Any]) -> None:
        """Keep an event for `flush_events`."""
        self._refuse_in_reader()
        self._events.append(row)

    def mark(self) -> Mark:
        """The place to which `forget` goes back."""
        return len(self._jobs), len(self._history), len(self._events)

    def forget(self, mark: Mark) -> None:
        """Drop what was kept since `mark`."""
        jobs, history, events = mark
        del self._jobs[jobs:], self._history[history:], self._events[events:]

    def flush(self) -> None:
        """Write the jobs and the history that are kept; a part does this before it reads them."""
        if self._jobs:
            rows, self._jobs = self._jobs, []
            self.connection.execute(_ADD_JOBS, rows)
        if self._history:
            rows, self._history = self._history, []
            self.connection.execute(_ADD_HISTORY, rows)

    def flush_events(self) -> list[ports.Event]:
        """Write the events, as the last thing before the commit: so their ids follow the order of commits."""
        if not self._events:
            return []
        rows, self._events = self._events, []
        now = self.now()
        numbers = self.connection.execute(_ADD_EVENTS, [{"at": now, **row} for row in rows]).scalars().all()
        return [ports.Event(id=number, **row) for number, row in zip(numbers, rows, strict=True)]

    def _refuse_in_reader(self) -> None:
        if not self._may_write:
            raise RuntimeError("Store.read may not write: use Store.write.")
