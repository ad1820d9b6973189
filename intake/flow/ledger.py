"""The proof that nothing is lost: what came in per day and channel, what became of it, and whether the sums close.

Receipts are counted by when they came and by what became of them, over two indexes; and what became of them must be
there: the message of a contact, or the receipt that came before.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from intake import observing, ports

OUTCOMES = ("message", "duplicate", "loop", "bounce", "spam", "quarantined")
OPEN = "open"
OPEN_TOO_LONG = timedelta(minutes=1)
"""Reading a receipt takes seconds; one that is older and has no outcome needs a look."""
NAMED = 20
"""So many open receipts are named; more are only counted."""
MOST_DAYS = 366


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One channel on one day: `received` is counted by time, `outcomes` by what became of it."""

    day: date
    channel: str
    received: int
    outcomes: dict[str, int]
    astray: int = 0
    """Receipts whose outcome leads to a message that is not there."""

    @property
    def closes(self) -> bool:
        """Whether both ways of counting agree, and every outcome is there to be seen."""
        return self.received == sum(self.outcomes.values()) and not self.astray


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """The ledger of some days, newest first, as it was at one moment. `overdue`: at most `NAMED`, oldest first."""

    at: datetime
    lines: Sequence[Line]
    overdue: Sequence[observing.OpenReceipt]

    @property
    def closes(self) -> bool:
        """Whether the sums of every line agree."""
        return all(line.closes for line in self.lines)

    @property
    def is_well(self) -> bool:
        """Whether nothing is lost and nothing waits too long."""
        return self.closes and not self.overdue

    def total(self) -> Line:
        """All lines together; its day is that of the newest line."""
        outcomes = {name: sum(line.outcomes[name] for line in self.lines) for name in (*OUTCOMES, OPEN)}
        day = self.lines[0].day if self.lines else self.at.date()
        return Line(day=day, channel="", received=sum(line.received for line in self.lines), outcomes=outcomes)


async def draw_up(store: ports.Store, now: datetime, time_zone: str, days: int) -> Sheet:
    """Draw up the ledger of today and the days before it, in one snapshot of the store.

    Args:
        store: what remembers.
        now: says what today is; from the database, as the clock of another machine may differ from the hubs'.
        time_zone: whose midnights part the days; a day of 23 or 25 hours is whole.
        days: how many, at least 1.
    """
    zone = ZoneInfo(time_zone)
    today = now.astimezone(zone).date()
    wanted = [today - timedelta(days=back) for back in range(min(days, MOST_DAYS))]

    def work(uow: ports.UnitOfWork) -> Sheet:
        channels = uow.ledger.channels()
        lines = [line for day in wanted for line in _lines(uow, channels, day, zone)]
        return Sheet(at=now, lines=lines, overdue=uow.ledger.open_since(now - OPEN_TOO_LONG, NAMED))

    return await store.read(work)


def _lines(uow: ports.UnitOfWork, channels: Sequence[str], day: date, zone: ZoneInfo) -> list[Line]:
    """The channels that received something on this day."""
    since = datetime.combine(day, time(), zone)
    until = datetime.combine(day + timedelta(days=1), time(), zone)
    outcomes = uow.ledger.outcomes(since, until)
    astray = uow.ledger.astray(since, until)
    named = {*channels, *(channel for channel, _ in outcomes)}
    lines = [
        Line(
            day=day,
            channel=channel,
            received=uow.ledger.received(channel, since, until),
            outcomes={name: outcomes.get((channel, name), 0) for name in (*OUTCOMES, OPEN)},
            astray=astray.get(channel, 0),
        )
        for channel in sorted(named)
    ]
    return [line for line in lines if line.received or any(line.outcomes.values())]
