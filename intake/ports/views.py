"""What the faces show: lists and figures of the workspace and the API."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from intake.domain import contact, handler_group, ids
from intake.ports import receipts


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueLine:
    """One line of a work list."""

    item_id: ids.QueueItemId | None
    contact_id: ids.ContactId
    number: int
    kind: contact.Kind
    owner: contact.Owner
    subject: str
    party_name: str
    """The name, else a mail address or phone number, else empty."""
    channel: str
    group_id: ids.GroupId | None
    group_name: str
    claimed_by: ids.EmployeeId | None
    claimed_name: str
    waiting_since: datetime
    due_at: datetime | None
    last_at: datetime
    last_from_citizen: bool
    hops: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """The figures beside the views of the workspace."""

    mine: int
    my_groups: int
    unclaimed: int
    late: int
    waiting: int
    parked: int
    groups: Mapping[ids.GroupId, int]


class Views(Protocol):
    """Lists for the workspace and the API; every list is paged by key."""

    def counts(self, employee: handler_group.Employee, now: datetime) -> Counts:
        """All figures in one go."""
        ...

    def work_list(
        self, view: str, employee: handler_group.Employee, now: datetime, after: str | None, limit: int
    ) -> tuple[Sequence[QueueLine], str | None]:
        """Lines of a view, longest waiting first, and the key of the next page.

        Args:
            view: `mine`, `groups`, `unclaimed`, `late`, `waiting` or `group:<id>`; only groups of the employee.
            employee: who looks.
            now: to know what is late.
            after: the key of the page before, or None.
            limit: lines per page.
        """
        ...

    def search(self, text: str, employee: handler_group.Employee, limit: int) -> Sequence[QueueLine]:
        """Contacts by number, name, address or subject that the employee may see, newest first."""
        ...

    def contacts(self, after: str | None, limit: int) -> tuple[Sequence[contact.Contact], str | None]:
        """All contacts, newest first, for the API."""
        ...

    def open_items(
        self, group_id: ids.GroupId | None, after: str | None, limit: int
    ) -> tuple[Sequence[handler_group.QueueItem], str | None]:
        """Open queue items, longest waiting first, for the API."""
        ...

    def parked(self, limit: int) -> Sequence[receipts.StoredReceipt]:
        """Receipts that nobody could read, newest first; of large ones only the beginning of the bytes."""
        ...

    def ledger(self) -> Mapping[str, int]:
        """How many receipts have which outcome; `open` are not read yet."""
        ...
