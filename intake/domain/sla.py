"""Deadlines in opening hours."""

from datetime import UTC, datetime, timedelta

from intake.domain import handler_group

LONGEST_DAYS = 400
"""A calendar without opening hours in this many days gets this as its deadline: late is better than never."""


def due(start: datetime, calendar: handler_group.Calendar, hours: float) -> datetime:
    """When `hours` of opening time have passed since `start`; the result is in UTC.

    All sums are made in UTC, so that a span over a change to summer time is an hour shorter, as it is in the world.
    """
    begin = start.astimezone(UTC)
    left = timedelta(hours=hours)
    first_day = start.astimezone(calendar.zone).date()
    for offset in range(LONGEST_DAYS):
        for span_start, span_end in calendar.spans(first_day + timedelta(days=offset)):
            opened = max(span_start.astimezone(UTC), begin)
            length = span_end.astimezone(UTC) - opened
            if length <= timedelta(0):
                continue
            if left <= length:
                return opened + left
            left -= length
    return begin + timedelta(days=LONGEST_DAYS)
