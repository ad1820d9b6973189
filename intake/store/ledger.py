"""Sums over what came in and what waits; each reads one span of an index. See `observing.Ledger`."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from intake import observing
from intake.domain import ids
from intake.store import columns, tables
from intake.store.transaction import Statement, Transaction

_r = tables.receipt
_j = tables.job
_q = tables.queue_item
_IN_SPAN = (_r.c.received_at >= sa.bindparam("since"), _r.c.received_at < sa.bindparam("until"))
_COUNTED = sa.func.count().label("receipts")
_RECEIVED = sa.select(_COUNTED).where(_r.c.channel == sa.bindparam("channel"), *_IN_SPAN)
_SETTLED = (
    sa.select(_r.c.channel, _r.c.outcome, _COUNTED)
    .where(_r.c.outcome.in_(tables.OUTCOMES), *_IN_SPAN)
    .group_by(_r.c.channel, _r.c.outcome)
)
_first = _r.alias("first")
_LEADS_SOMEWHERE = sa.case(
    (_r.c.outcome == "duplicate", sa.exists().where(_first.c.id == _r.c.outcome_ref)),
    else_=sa.exists().where(tables.message.c.id == _r.c.outcome_ref),
)
_ASTRAY = (
    sa.select(_r.c.channel, _COUNTED)
    .where(_r.c.outcome.in_(tables.OUTCOMES), *_IN_SPAN, _r.c.outcome_ref.is_not(None), ~_LEADS_SOMEWHERE)
    .group_by(_r.c.channel)
)
_OPEN = sa.select(_r.c.channel, _COUNTED).where(_r.c.outcome.is_(None), *_IN_SPAN).group_by(_r.c.channel)
_NEXT_CHANNEL = sa.select(sa.func.min(_r.c.channel)).where(_r.c.channel > sa.bindparam("previous"))
_LAST = sa.select(sa.func.max(_r.c.received_at)).where(_r.c.channel == sa.bindparam("channel"))
_FIRST_IN = sa.select(sa.func.min(_r.c.received_at)).where(_r.c.channel == sa.bindparam("channel"), *_IN_SPAN)
_LAST_IN = sa.select(sa.func.max(_r.c.received_at)).where(_r.c.channel == sa.bindparam("channel"), *_IN_SPAN)
_HAS_WORK = sa.exists().where(_j.c.key == sa.literal("parse:") + _r.c.id, _j.c.state.in_(("todo", "doing")))
_OPEN_ONES = (
    sa.select(_r.c.id, _r.c.channel, _r.c.received_at, _HAS_WORK.label("has_work"))
    .where(_r.c.outcome.is_(None), _r.c.received_at < sa.bindparam("before"))
    .order_by(_r.c.received_at, _r.c.id)
)
_OLDEST_DUE = (
    sa.select(_j.c.run_at)
    .where(tables.TODO, _j.c.run_at <= sa.bindparam("now"))
    .order_by(_j.c.run_at, _j.c.id)
    .limit(1)
)
_LATE = sa.func.sum(sa.case((_q.c.due_at < sa.bindparam("now"), 1), else_=0)).label("late")
_LOADS = sa.select(_q.c.group_id, sa.func.count().label("open"), _LATE).where(tables.OPEN).group_by(_q.c.group_id)

_NOW = sa.select(sa.func.now(type_=columns.UtcTime))

PAUSE = timedelta(hours=1)
"""Receipts that are closer together than this belong to one span; a shorter silence is never worth an alarm."""


class Ledger:
    """See `observing.Ledger`."""

    def __init__(self, transaction: Transaction) -> None:
        self._in = transaction

    def channels(self) -> Sequence[str]:
        """See `observing.Ledger`. From name to name along the index, as a DISTINCT would read every receipt."""
        found: list[str] = []
        while (name := self._scalar(_NEXT_CHANNEL, previous=found[-1] if found else "")) is not None:
            found.append(name)
        return found

    def received(self, channel: str, since: datetime, until: datetime) -> int:
        """See `observing.Ledger`."""
        return self._scalar(_RECEIVED, channel=channel, since=since, until=until)

    def outcomes(self, since: datetime, until: datetime) -> Mapping[tuple[str, str], int]:
        """See `observing.Ledger`."""
        span = {"since": since, "until": until}
        settled = self._in.connection.execute(_SETTLED, span).all()
        waiting = self._in.connection.execute(_OPEN, span).all()
        return {(row.channel, row.outcome): row.receipts for row in settled} | {
            (row.channel, "open"): row.receipts for row in waiting
        }

    def astray(self, since: datetime, until: datetime) -> Mapping[str, int]:
        """See `observing.Ledger`."""
        rows = self._in.connection.execute(_ASTRAY, {"since": since, "until": until})
        return {row.channel: row.receipts for row in rows}

    def open_since(self, before: datetime, limit: int) -> Sequence[observing.OpenReceipt]:
        """See `observing.Ledger`."""
        return [
            observing.OpenReceipt(
                id=ids.ReceiptId(row.id),
                channel=row.channel,
                received_at=row.received_at,
                has_work=bool(row.has_work),
            )
            for row in self._in.connection.execute(_OPEN_ONES.limit(limit), {"before": before})
        ]

    def last_received(self, channel: str) -> datetime | None:
        """See `observing.Ledger`."""
        return self._scalar(_LAST, channel=channel)

    def spans(self, channel: str, since: datetime, until: datetime) -> Sequence[observing.Span]:
        """See `observing.Ledger`."""
        found: list[observing.Span] = []
        begin = since
        while (first := self._scalar(_FIRST_IN, channel=channel, since=begin, until=until)) is not None:
            begin = min(first + PAUSE, until)
            last = self._scalar(_LAST_IN, channel=channel, since=first, until=begin)
            if found and first - found[-1].last < PAUSE:
                found[-1] = observing.Span(first=found[-1].first, last=last)
            else:
                found.append(observing.Span(first=first, last=last))
        return found

    def backlog(self, now: datetime) -> observing.Backlog:
        """See `observing.Ledger`. Each state of a job has an index of its own; none holds those that are done."""
        jobs: dict[tuple[str, str], int] = {}
        for state, condition in (("todo", tables.TODO), ("doing", tables.DOING), ("dead", tables.DEAD)):
            counted = sa.select(_j.c.kind, sa.func.count().label("jobs")).where(condition).group_by(_j.c.kind)
            jobs |= {(state, row.kind): row.jobs for row in self._in.connection.execute(counted)}
        loads = self._in.connection.execute(_LOADS, {"now": now}).all()
        return observing.Backlog(
            jobs=jobs,
            oldest_due_at=self._scalar(_OLDEST_DUE, now=now),
            groups=[
                observing.GroupLoad(group_id=ids.GroupId(row.group_id), open_items=row.open, late_items=int(row.late))
                for row in loads
            ],
            last_received={name: at for name in self.channels() if (at := self.last_received(name)) is not None},
        )

    def database_time(self) -> datetime:
        """See `observing.Ledger`."""
        return self._scalar(_NOW)

    def _scalar(self, statement: Statement, **values: Any) -> Any:
        return self._in.connection.execute(statement, values).scalar()
