"""Queue items of the handler groups."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from intake import errors
from intake.domain import handler_group, ids
from intake.store import encoding, tables
from intake.store.transaction import Transaction

_t = tables.queue_item
ITEM = sa.select(*encoding.columns(_t, handler_group.QueueItem))
_ADD = (
    postgresql.insert(_t)
    .on_conflict_do_nothing(index_elements=[_t.c.contact_id], index_where=tables.OPEN)
    .returning(_t.c.id)
)


class Queue:
    """See `ports.Queue`."""

    def __init__(self, transaction: Transaction) -> None:
        self._in = transaction

    def add(self, new: handler_group.QueueItem) -> None:
        """See `ports.Queue`."""
        if self._in.connection.execute(_ADD, _row(new)).one_or_none() is None:
            raise errors.Conflict("This contact is on a queue already: reload and look again.")

    def get(self, item_id: ids.QueueItemId) -> handler_group.QueueItem:
        """See `ports.Queue`."""
        row = self._in.row(self._in.locked(ITEM.where(_t.c.id == item_id)), f"There is no queue item {item_id}.")
        return encoding.from_row(handler_group.QueueItem, row)

    def save(self, changed: handler_group.QueueItem) -> None:
        """See `ports.Queue`."""
        if self._in.changed(sa.update(_t).where(_t.c.id == changed.id).values(_row(changed))) == 0:
            raise errors.NotFound(f"There is no queue item {changed.id}.")

    def next_free(self, groups: Sequence[ids.GroupId], now: datetime) -> handler_group.QueueItem | None:
        """See `ports.Queue`. A claim whose lease ran out by `now` is no claim."""
        free = ITEM.where(tables.OPEN, _t.c.group_id.in_(groups), _t.c.claimed_by.is_(None) | (_t.c.lease_until < now))
        first = free.order_by(_t.c.waiting_since, _t.c.id).limit(1).with_for_update(skip_locked=True)
        row = self._in.connection.execute(first).one_or_none()
        return None if row is None else encoding.from_row(handler_group.QueueItem, row)

    def expired(self, now: datetime, limit: int) -> Sequence[handler_group.QueueItem]:
        """See `ports.Queue`."""
        late = ITEM.where(tables.OPEN, _t.c.lease_until < now).order_by(_t.c.lease_until, _t.c.id).limit(limit)
        return [encoding.from_row(handler_group.QueueItem, row) for row in self._in.connection.execute(late)]


def _row(item: handler_group.QueueItem) -> dict[str, Any]:
    return encoding.to_row(item) | {"open_for": item.contact_id if item.closed_at is None else None}
