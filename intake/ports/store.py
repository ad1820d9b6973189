"""The one place that remembers: units of work, events, and large files."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol, TypeVar

from intake import observing
from intake.domain import ids
from intake.ports import contacts, directory, hubs, jobs, messages, parties, products, queue, receipts, views

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Says that something changed, never what: readers ask the store. Ids follow the order of commits."""

    id: int
    kind: str
    contact_id: ids.ContactId | None = None
    conversation_id: ids.ConversationId | None = None
    group_id: ids.GroupId | None = None
    employee_id: ids.EmployeeId | None = None


class UnitOfWork(Protocol):
    """Everything that one transaction may touch."""

    @property
    def receipts(self) -> receipts.Receipts: ...  # noqa: D102
    @property
    def parties(self) -> parties.Parties: ...  # noqa: D102
    @property
    def contacts(self) -> contacts.Contacts: ...  # noqa: D102
    @property
    def messages(self) -> messages.Messages: ...  # noqa: D102
    @property
    def queue(self) -> queue.Queue: ...  # noqa: D102
    @property
    def directory(self) -> directory.Directory: ...  # noqa: D102
    @property
    def products(self) -> products.Products: ...  # noqa: D102
    @property
    def jobs(self) -> jobs.Jobs: ...  # noqa: D102
    @property
    def hubs(self) -> hubs.Hubs: ...  # noqa: D102
    @property
    def views(self) -> views.Views: ...  # noqa: D102
    @property
    def ledger(self) -> observing.Ledger: ...  # noqa: D102
    @property
    def pruning(self) -> observing.Pruning: ...  # noqa: D102

    def tell(
        self,
        kind: str,
        *,
        contact_id: ids.ContactId | None = None,
        conversation_id: ids.ConversationId | None = None,
        group_id: ids.GroupId | None = None,
        employee_id: ids.EmployeeId | None = None,
    ) -> None:
        """Add an event; listeners hear of it after the commit."""
        ...


class Store(Protocol):
    """The one place that remembers. `is_shared`: other hubs may be serving it at the same time."""

    is_shared: bool

    async def write(self, work: Callable[[UnitOfWork], T]) -> T:
        """Run `work` in a transaction and return its result once it is durable.

        `work` is synchronous and may run more than once: it draws its ids and its time before, raises its refusals
        before its first write, and calls nothing outside the unit of work.

        Raises:
            IntakeError: what `work` raised; nothing was written.
            StoreFull: disk full, locked or overloaded; nothing was written. Or the database went away during the
                commit and nobody knows; then the text says so, and doing it again must be harmless.
        """
        ...

    async def read(self, work: Callable[[UnitOfWork], T]) -> T:
        """Run `work` on a snapshot; it may not write."""
        ...

    def events(self) -> AbstractAsyncContextManager[AsyncIterator[Event]]:
        """Every event that is committed while the context is open. A slow reader gets an event `reset` for the rest."""
        ...


class Blobs(Protocol):
    """Bytes too large for the database, named by their SHA-256 and durable before they are named."""

    async def put(self, content: bytes) -> str:
        """Keep; returns the SHA-256 in hexadecimal. Raises StoreFull."""
        ...

    async def get(self, sha256: str) -> bytes:
        """Raises NotFound."""
        ...
