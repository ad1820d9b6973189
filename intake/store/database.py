"""What differs between the two databases; everything else of the store is the same on both (ADR 0009)."""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

import sqlalchemy as sa

T = TypeVar("T")


class Door(Protocol):
    """One thread's way into the database; it is never shared between threads at the same time."""

    def run(self, work: Callable[[sa.Connection], T]) -> T:
        """Run `work` on a connection. What `work` raises is raised here.

        Raises:
            sqlalchemy.exc.DBAPIError, OSError: no connection could be had; see `faults.meaning`.
        """
        ...

    def close(self) -> None:
        """Let the connection go."""
        ...


class Bell(Protocol):
    """Wakes the one who reads new events."""

    def wait(self, seconds: float) -> None:
        """Wait until somebody rang, at most so long. It may also return for no reason."""
        ...

    def ring(self) -> None:
        """There is something new; from any thread."""
        ...

    def close(self) -> None:
        """Let go of what the bell needs; by the thread that waited."""
        ...


class Database(Protocol):
    """A database that a store can live on."""

    name: str
    """How people know it: a path, or host and database; never a password."""

    is_shared: bool
    """Whether several hubs may serve it."""

    def is_there(self) -> bool:
        """Whether there is something to look at; looking at a file that is not there would make it."""
        ...

    def forgets(self) -> Sequence[str]:
        """Settings of the server with which it may forget commits at a power cut, whatever we ask. Raises StoreFull."""
        ...

    def writer(self, *, is_patient: bool = False) -> Door:
        """A new door through which may be written. `is_patient`: for work that may take long, without time limits."""
        ...

    def reader(self, *, is_patient: bool = False) -> Door:
        """A new door whose transactions are snapshots and cannot write. `is_patient`: as for `writer`."""
        ...

    def bell(self) -> Bell:
        """A new bell that rings after a commit with events, of this process or (as far as possible) another."""
        ...

    def lock_for_hub(self) -> Callable[[], None]:
        """Make sure that this hub may serve the database; what it returns undoes that.

        Raises:
            BadSettings: another hub serves it, and only one may.
        """
        ...

    def take_turn(self, connection: sa.Connection) -> None:
        """Begin to write, in an open transaction: from here to its end nobody else writes."""
        ...

    def mark(self, connection: sa.Connection, writer: str) -> str | None:
        """Leave a mark in an open transaction that has its turn, which is there if and only if it is committed.

        Args:
            connection: where the transaction is open.
            writer: who writes; each writer has one mark, that of its last commit.

        Returns:
            The mark, for `was_committed`; None when a commit is never in doubt.
        """
        ...

    def changes(self, connection: sa.Connection) -> Callable[[], int]:
        """A count that grows with every row that is written through this connection."""
        ...

    def announce(self, connection: sa.Connection) -> None:
        """Ring the bells of other processes when this transaction is committed; it wrote events."""
        ...

    def is_whole(self, connection: sa.Connection) -> bool:
        """Whether the transaction is still open and every statement in it succeeded."""
        ...

    def is_idle(self, connection: sa.Connection) -> bool:
        """Whether no transaction is open any more."""
        ...

    def was_committed(self, door: Door, writer: str, mark: str) -> bool | None:
        """Whether the transaction that left this mark, and whose COMMIT got no answer, was done.

        None when nobody can tell: the database did not answer in time. Raises nothing of the database.
        """
        ...
