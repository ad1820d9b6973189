"""Forgets finished work, old news and log-ins that are over, a bounded batch at a time. See `observing.Pruning`."""

from datetime import datetime

import sqlalchemy as sa

from intake.store import tables
from intake.store.transaction import Transaction

_j = tables.job
_e = tables.event
_s = tables.login_session


class Pruning:
    """See `observing.Pruning`.

    Jobs and events are walked in the order of their ids, which is that of time: so a round reads only its own batch,
    and neither table needs one more index that every write would pay for.
    """

    def __init__(self, transaction: Transaction) -> None:
        self._in = transaction

    def jobs(self, finished_before: datetime, after: int, limit: int) -> tuple[int, int]:
        """See `observing.Pruning`."""
        self._in.flush()
        walked = sa.select(_j.c.id, _j.c.state, _j.c.finished_at, _j.c.created_at).where(_j.c.id > after)
        rows = self._in.connection.execute(walked.order_by(_j.c.id).limit(limit)).all()
        over = [row.id for row in rows if row.state == "done" and row.finished_at < finished_before]
        if over:
            self._in.changed(sa.delete(_j).where(_j.c.id.in_(over), _j.c.state == "done"))
        is_at_end = len(rows) < limit or rows[-1].created_at >= finished_before
        return len(over), 0 if is_at_end else rows[-1].id

    def events(self, before: datetime, limit: int) -> int:
        """See `observing.Pruning`."""
        rows = self._in.connection.execute(sa.select(_e.c.id, _e.c.at).order_by(_e.c.id).limit(limit)).all()
        old = [row.id for row in rows if row.at < before]
        if not old:
            return 0
        return self._in.changed(sa.delete(_e).where(_e.c.id <= old[-1], _e.c.at < before))

    def sessions(self, seen_before: datetime, created_before: datetime, limit: int) -> int:
        """See `observing.Pruning`."""
        over = sa.select(_s.c.id_hash).where((_s.c.seen_at < seen_before) | (_s.c.created_at < created_before))
        return self._in.changed(sa.delete(_s).where(_s.c.id_hash.in_(over.limit(limit))))
