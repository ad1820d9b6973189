"""When the silence of a channel is longer than its own normal: learnt from its past weeks, decided without a clock."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from intake.domain import handler_group

LEARNT_FROM = timedelta(days=28)
"""Four weeks hold every weekday four times, and forget a habit that changed within a month."""
LEAST_HISTORY = timedelta(days=14)
"""Two weekends at least; before that nothing is normal yet."""
LEAST_HOURS = 20
"""A channel that was heard in fewer hours than this is too quiet to tell silence from failure."""
MARGIN = 1.5
"""So many times the longest silence of the past weeks is worth a look."""
LEAST_ALARM = timedelta(hours=1)
"""A shorter silence is never worth one."""
OUTAGE_FACTOR = 3.0
"""One silence more than so many times as long as every other was an outage, not a habit: it teaches nothing."""


class Moments(StrEnum):
    """Kinds of time that have a normal of their own."""

    OPEN = "open"
    """Within the opening hours of the front desk."""
    CLOSED = "closed"
    """Nights, weekends and holidays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Normal:
    """The longest silence of the past weeks per kind of moment, without the margin."""

    longest: tuple[tuple[Moments, timedelta], ...]

    def limit(self, moments: Moments) -> timedelta:
        """From here on a silence in these moments is worth an alarm."""
        return max(dict(self.longest)[moments] * MARGIN, LEAST_ALARM)


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """A channel that is silent for longer than is normal for it. `lasted` and `normal` count only such moments."""

    since: datetime
    moments: Moments
    lasted: timedelta
    normal: timedelta


def learn(heard: Sequence[tuple[datetime, datetime]], calendar: handler_group.Calendar) -> Normal | None:
    """What is normal for a channel; None when its history is too short or too thin.

    Args:
        heard: first and last receipt of every stretch without a pause worth counting, oldest first.
        calendar: the opening hours that tell both kinds of moments apart.
    """
    hours = sum(1 + (last - first) / timedelta(hours=1) for first, last in heard)
    if hours < LEAST_HOURS or heard[-1][1] - heard[0][0] < LEAST_HISTORY:
        return None
    parts = [split(before[1], after[0], calendar) for before, after in itertools.pairwise(heard)]
    return Normal(longest=tuple((kind, _longest([part[kind] for part in parts])) for kind in Moments))


def judge(last: datetime, now: datetime, normal: Normal, calendar: handler_group.Calendar) -> Silence | None:
    """Whether the silence since `last` is longer than normal; opening hours first, as people are there to act."""
    lasted = split(last, now, calendar)
    for kind in Moments:
        if lasted[kind] > normal.limit(kind):
            return Silence(since=last, moments=kind, lasted=lasted[kind], normal=dict(normal.longest)[kind])
    return None


def split(begin: datetime, end: datetime, calendar: handler_group.Calendar) -> dict[Moments, timedelta]:
    """How much of the time from `begin` to `end` was of each kind; sums are made in UTC, where no hour is doubled."""
    begin, end = begin.astimezone(UTC), end.astimezone(UTC)
    is_open = timedelta(0)
    day = begin.astimezone(calendar.zone).date()
    last_day = end.astimezone(calendar.zone).date()
    while day <= last_day:
        for opened, closed in calendar.spans(day):
            part = min(end, closed.astimezone(UTC)) - max(begin, opened.astimezone(UTC))
            is_open += max(part, timedelta(0))
        day += timedelta(days=1)
    return {Moments.OPEN: is_open, Moments.CLOSED: max(end - begin, timedelta(0)) - is_open}


def _longest(lengths: Sequence[timedelta]) -> timedelta:
    """The longest, unless it is so much longer than all others that it was an outage."""
    second, first = sorted((timedelta(0), timedelta(0), *lengths))[-2:]
    return second if second and first > second * OUTAGE_FACTOR else first
