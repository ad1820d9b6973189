"""Work that must not be forgotten."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A piece of work that was written in the same transaction as what it belongs to.

    `lane`: jobs of one lane run one after the other, in order. `claim`: who holds it; unique per claim.
    """

    id: int
    kind: str
    payload: Mapping[str, Any]
    lane: str | None
    attempts: int
    claim: str
    created_at: datetime


class Jobs(Protocol):
    """Work that must not be forgotten."""

    def add(
        self,
        kind: str,
        payload: Mapping[str, Any],
        *,
        key: str | None = None,
        lane: str | None = None,
        run_at: datetime | None = None,
    ) -> None:
        """Add a job; a second one with the same `key` is not added. None for `run_at` means now."""
        ...

    def claim(
        self, claim: str, now: datetime, lease_until: datetime, limit: int, without: Sequence[str] = ()
    ) -> Sequence[Job]:
        """Take jobs that are due, at most one per lane and never one whose lane has an older job.

        Jobs of the kinds in `without` are left for later.
        """
        ...

    def done(self, job: Job) -> None:
        """Finished. Does nothing when the claim was lost."""
        ...

    def retry(self, job: Job, run_at: datetime, error: str) -> None:
        """Try again at `run_at`."""
        ...

    def bury(self, job: Job, error: str) -> None:
        """Give up: it stays as a dead letter that people see."""
        ...

    def dead(self, limit: int) -> Sequence[Mapping[str, Any]]:
        """Dead letters, newest first: id, kind, payload, error, attempts, finished_at."""
        ...

    def revive(self, job_id: int, now: datetime) -> None:
        """Try a dead letter again. Raises NotFound."""
        ...

    def is_held(self, job: Job, until: datetime | None = None) -> bool:
        """Whether the claim of this job still holds: it was not freed, ended or taken by another hub.

        `until`: and its lease lasts longer than that, so that nobody takes it before; None: whatever its lease.
        """
        ...

    def free(self, holder: str | None) -> int:
        """Give back every job whose claim begins with `holder:`, as that hub is gone; None: every claimed job."""
        ...

    def next_due(self) -> datetime | None:
        """When the next waiting job is due."""
        ...
