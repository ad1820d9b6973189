"""Work that must not be forgotten: claimed under a lease, in order within a lane, fenced by the claim."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from intake import errors, ports
from intake.store import encoding, tables
from intake.store.transaction import Transaction

_t = tables.job
_older = tables.job.alias("older")
_LANE_IS_FREE = _t.c.lane.is_(None) | ~sa.exists().where(
    _older.c.lane == _t.c.lane, _older.c.id < _t.c.id, sa.text("older.state IN ('todo', 'doing')")
)
_EXPIRED = (
    sa.update(_t)
    .where(
        _t.c.id.in_(
            sa.select(_t.c.id)
            .where(sa.text("job.state = 'doing'"), _t.c.lease_until <= sa.bindparam("now"))
            .with_for_update(skip_locked=True)
        )
    )
    .values(state="todo", claim=None, lease_until=None)
)
_CLAIM = (
    sa.update(_t)
    .where(
        _t.c.id.in_(
            sa.select(_t.c.id)
            .where(
                sa.text("job.state = 'todo'"),
                _t.c.run_at <= sa.bindparam("now"),
                _t.c.kind.not_in(sa.bindparam("without", expanding=True)),
                _LANE_IS_FREE,
            )
            .order_by(_t.c.run_at, _t.c.id)
            .limit(sa.bindparam("most"))
            .with_for_update(skip_locked=True, of=_t)
        )
    )
    .values(
        state="doing",
        claim=sa.bindparam("new_claim"),
        lease_until=sa.bindparam("new_lease"),
        attempts=_t.c.attempts + 1,
    )
    .returning(_t.c.id, _t.c.kind, _t.c.payload, _t.c.lane, _t.c.attempts, _t.c.claim, _t.c.run_at, _t.c.created_at)
)
_NEXT_RUN = (
    sa.select(_t.c.run_at).where(sa.text("job.state = 'todo'"), _LANE_IS_FREE).order_by(_t.c.run_at, _t.c.id).limit(1)
)
_NEXT_EXPIRY = sa.select(_t.c.lease_until).where(sa.text("job.state = 'doing'")).order_by(_t.c.lease_until).limit(1)


class Jobs:
    """See `ports.Jobs`."""

    def __init__(self, transaction: Transaction) -> None:
        self._in = transaction

    def add(
        self,
        kind: str,
        payload: Mapping[str, Any],
        *,
        key: str | None = None,
        lane: str | None = None,
        run_at: datetime | None = None,
    ) -> None:
        """See `ports.Jobs`."""
        now = self._in.now()
        self._in.add_job(
            {
                "key": key,
                "kind": kind,
                "payload": dict(payload),
                "lane": lane,
                "state": "todo",
                "attempts": 0,
                "run_at": run_at or now,
                "created_at": now,
            }
        )

    def claim(
        self, claim: str, now: datetime, lease_until: datetime, limit: int, without: Sequence[str] = ()
    ) -> Sequence[ports.Job]:
        """See `ports.Jobs`. A job whose lease ran out is free again; `attempts` counts this one."""
        self._in.flush()
        self._in.connection.execute(_EXPIRED, {"now": now})
        values = {"now": now, "most": limit, "new_claim": claim, "new_lease": lease_until, "without": list(without)}
        rows = self._in.connection.execute(_CLAIM, values).all()
        return [
            ports.Job(
                id=row.id,
                kind=row.kind,
                payload=row.payload,
                lane=row.lane,
                attempts=row.attempts,
                claim=row.claim,
                created_at=row.created_at,
            )
            for row in sorted(rows, key=lambda row: (row.run_at, row.id))
        ]

    def done(self, job: ports.Job) -> None:
        """See `ports.Jobs`."""
        self._end(job, state="done", finished_at=self._in.now())

    def retry(self, job: ports.Job, run_at: datetime, error: str) -> None:
        """See `ports.Jobs`. Does nothing when the claim was lost."""
        self._end(job, state="todo", run_at=run_at, error=error)

    def bury(self, job: ports.Job, error: str) -> None:
        """See `ports.Jobs`. Does nothing when the claim was lost."""
        self._end(job, state="dead", finished_at=self._in.now(), error=error)

    def dead(self, limit: int) -> Sequence[Mapping[str, Any]]:
        """See `ports.Jobs`."""
        shown = sa.select(_t.c.id, _t.c.kind, _t.c.payload, _t.c.error, _t.c.attempts, _t.c.finished_at)
        newest = shown.where(tables.DEAD).order_by(_t.c.finished_at.desc(), _t.c.id.desc()).limit(limit)
        return [encoding.fields(row) for row in self._in.connection.execute(newest)]

    def revive(self, job_id: int, now: datetime) -> None:
        """See `ports.Jobs`. It gets all its attempts again."""
        dead = sa.update(_t).where(_t.c.id == job_id, tables.DEAD)
        if self._in.changed(dead.values(state="todo", run_at=now, attempts=0, finished_at=None)) == 0:
            raise errors.NotFound(f"There is no dead letter {job_id}.")

    def is_held(self, job: ports.Job, until: datetime | None = None) -> bool:
        """See `ports.Jobs`."""
        mine = sa.select(_t.c.id).where(_t.c.id == job.id, _t.c.claim == job.claim)
        if until is not None:
            mine = mine.where(_t.c.lease_until > until)
        return self._in.connection.execute(mine).one_or_none() is not None

    def free(self, holder: str | None) -> int:
        """See `ports.Jobs`."""
        held = sa.update(_t).where(tables.DOING)
        if holder is not None:
            held = held.where(_t.c.claim.startswith(f"{holder}:", autoescape=True))
        return self._in.changed(held.values(state="todo", claim=None, lease_until=None))

    def next_due(self) -> datetime | None:
        """See `ports.Jobs`. A job behind another of its lane does not count; a running one does when its lease ends."""
        self._in.flush()
        moments = [self._in.connection.execute(each).scalar_one_or_none() for each in (_NEXT_RUN, _NEXT_EXPIRY)]
        return min((moment for moment in moments if moment is not None), default=None)

    def _end(self, job: ports.Job, **values: Any) -> None:
        """Give up the claim; fenced, so that one who lost it cannot finish what another works on now."""
        mine = sa.update(_t).where(_t.c.id == job.id, _t.c.claim == job.claim, tables.DOING)
        self._in.changed(mine.values(claim=None, lease_until=None, **values))
