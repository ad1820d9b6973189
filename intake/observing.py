"""What operators ask of the hub: counts while it works, and the sums of the ledger. No text, name or address passes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from intake.domain import ids


class Meters(Protocol):
    """Counts what happens in this process since it started. A label is always one of a small, fixed set."""

    def received(self, channel: str, *, is_new: bool) -> None:
        """A delivery is on disk and its wire may be acknowledged; not new: the same delivery came before."""
        ...

    def refused(self, channel: str) -> None:
        """A delivery was not kept: its wire says 451, 503 or the like, and the sender tries again."""
        ...

    def settled(self, channel: str, outcome: str) -> None:
        """A receipt got its outcome."""
        ...

    def job_ended(self, kind: str, end: str) -> None:
        """A job ended as `done`, `retry` or `dead`."""
        ...

    def delivery(self, channel: str, state: str) -> None:
        """An outgoing message became `sent`, `delivered`, `failed` or `uncertain`."""
        ...

    def bot_turn(self, step: str, reason: str) -> None:
        """The bot decided about a citizen's message; `reason` says why a person is needed, or is empty."""
        ...

    def first_contact(self, settled_by: str) -> None:
        """A question was settled for the first time: by the `bot`, the `front_desk`, or after it was `dispatched`."""
        ...

    def streams(self, change: int) -> None:
        """An event stream of the workspace opened (1) or ended (-1)."""
        ...

    def clock_ahead(self, seconds: float) -> None:
        """This hub's clock is so far ahead of the database's; negative: behind."""
        ...


class NoMeters:
    """See `Meters`: counts nothing, for commands and tests that do not look."""

    def received(self, channel: str, *, is_new: bool) -> None:
        """See `Meters`."""

    def refused(self, channel: str) -> None:
        """See `Meters`."""

    def settled(self, channel: str, outcome: str) -> None:
        """See `Meters`."""

    def job_ended(self, kind: str, end: str) -> None:
        """See `Meters`."""

    def delivery(self, channel: str, state: str) -> None:
        """See `Meters`."""

    def bot_turn(self, step: str, reason: str) -> None:
        """See `Meters`."""

    def first_contact(self, settled_by: str) -> None:
        """See `Meters`."""

    def streams(self, change: int) -> None:
        """See `Meters`."""

    def clock_ahead(self, seconds: float) -> None:
        """See `Meters`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Receipts of a channel that came without a pause of an hour between them: the first and the last moment."""

    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenReceipt:
    """A receipt without an outcome. `has_work`: a job will still read it; without one it would wait for ever."""

    id: ids.ReceiptId
    channel: str
    received_at: datetime
    has_work: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupLoad:
    """What waits for one handler group."""

    group_id: ids.GroupId
    open_items: int
    late_items: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """What waits now. `jobs` counts the unfinished and dead ones by (state, kind).

    `oldest_due_at`: since when the job that waits longest could have run; None when none is due.
    """

    jobs: Mapping[tuple[str, str], int]
    oldest_due_at: datetime | None
    groups: Sequence[GroupLoad]
    last_received: Mapping[str, datetime]
    """The newest receipt per channel that ever received something."""


class Ledger(Protocol):
    """Sums over what came in. Every question reads only the span it names, or only what is unfinished."""

    def channels(self) -> Sequence[str]:
        """The channels that ever received something, by name; on or off."""
        ...

    def received(self, channel: str, since: datetime, until: datetime) -> int:
        """How many receipts came in from `since` and before `until`, counted by time, whatever became of them."""
        ...

    def outcomes(self, since: datetime, until: datetime) -> Mapping[tuple[str, str], int]:
        """How many receipts of the same span have which fate, by (channel, outcome); counted by outcome.

        Receipts without one are counted under `open`. This is another index than that of `received`, so that the two
        sums prove each other.
        """
        ...

    def astray(self, since: datetime, until: datetime) -> Mapping[str, int]:
        """How many receipts of the same span lead to a message or first receipt that is not there; by channel."""
        ...

    def open_since(self, before: datetime, limit: int) -> Sequence[OpenReceipt]:
        """Receipts that came in before this moment and still have no outcome, oldest first."""
        ...

    def last_received(self, channel: str) -> datetime | None:
        """When the newest receipt of this channel came in; None when there never was one."""
        ...

    def spans(self, channel: str, since: datetime, until: datetime) -> Sequence[Span]:
        """When this channel received, oldest first.

        Costs at most two look-ups per hour of the span, however many receipts there are.
        """
        ...

    def backlog(self, now: datetime) -> Backlog:
        """What waits now."""
        ...

    def database_time(self) -> datetime:
        """What the database's own clock says, to the second at least."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruned:
    """One bounded round of pruning. `after`: the job id that the next round begins behind; 0 is the beginning."""

    jobs: int
    events: int
    sessions: int
    after: int
    is_done: bool
    """Nothing that is old enough was left for another round."""


class Pruning(Protocol):
    """Forgets what nobody will ask for again; contacts, messages, receipts and their bytes are never touched."""

    def jobs(self, finished_before: datetime, after: int, limit: int) -> tuple[int, int]:
        """Delete finished jobs among the next `limit` jobs behind id `after`; dead letters stay.

        Returns how many were deleted, and the id to go on behind: 0 when the jobs that are old enough were all seen.
        """
        ...

    def events(self, before: datetime, limit: int) -> int:
        """Delete events of before this moment, the oldest `limit` at most; returns how many."""
        ...

    def sessions(self, seen_before: datetime, created_before: datetime, limit: int) -> int:
        """Delete login sessions that were not used since, or are older than, these moments; returns how many."""
        ...
