"""Queue items of the handler groups."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from intake.domain import handler_group, ids


class Queue(Protocol):
    """Queue items of the handler groups."""

    def add(self, new: handler_group.QueueItem) -> None:
        """Insert. Raises Conflict when the contact has an open item."""
        ...

    def get(self, item_id: ids.QueueItemId) -> handler_group.QueueItem:
        """Read, locked until the end of the unit of work. Raises NotFound."""
        ...

    def save(self, changed: handler_group.QueueItem) -> None:
        """Update."""
        ...

    def next_free(self, groups: Sequence[ids.GroupId], now: datetime) -> handler_group.QueueItem | None:
        """The unclaimed item of these groups that waits longest, locked."""
        ...

    def expired(self, now: datetime, limit: int) -> Sequence[handler_group.QueueItem]:
        """Claimed items whose lease ran out."""
        ...
