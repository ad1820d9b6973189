"""When a channel is too silent: examples a lead would agree with, then properties."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import hypothesis
import pytest
from hypothesis import strategies as some

from intake.domain import handler_group, silence

CALENDAR = handler_group.Calendar(
    week=(((time(9), time(17)),),) * 5 + ((), ()), holidays=frozenset({date(2026, 12, 25)})
)
BRUSSELS = ZoneInfo("Europe/Brussels")
OPEN, CLOSED = silence.Moments.OPEN, silence.Moments.CLOSED
HOUR = timedelta(hours=1)


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=BRUSSELS).astimezone(UTC)


def office_weeks(until, weeks=4, begin=9, end=17):
    """A channel that is heard on working days from `begin` to `end`, without a pause of an hour between."""
    days = [until.date() - timedelta(days=back) for back in range(weeks * 7, 0, -1)]
    working = [day for day in days if day.weekday() < 5]
    return [
        (datetime.combine(day, time(begin), BRUSSELS), datetime.combine(day, time(end - 1, 59), BRUSSELS))
        for day in working
    ]


MONDAY = at("2026-11-23 12:00")


def judged(last, now, heard=None):
    normal = silence.learn(heard or office_weeks(MONDAY), CALENDAR)
    assert normal is not None
    return silence.judge(at(last), at(now), normal, CALENDAR)


def test_a_weekend_is_normal_for_a_channel_of_office_hours():
    assert judged("2026-11-20 16:50", "2026-11-23 09:30") is None


def test_a_silent_morning_is_told_with_since_when_and_what_is_normal():
    found = judged("2026-11-20 16:59", "2026-11-23 10:30")
    assert found is not None
    assert (found.since, found.moments, found.lasted) == (at("2026-11-20 16:59"), OPEN, timedelta(minutes=91))
    assert found.normal == timedelta(minutes=1)


def test_a_silence_shorter_than_an_hour_is_never_told():
    assert judged("2026-11-23 09:01", "2026-11-23 10:00") is None


def test_a_holiday_counts_as_closed():
    assert judged("2026-12-24 16:55", "2026-12-26 12:00") is None


def test_a_channel_that_is_heard_at_night_too_is_missed_at_night():
    heard = [(MONDAY - timedelta(days=28), MONDAY - HOUR)]
    found = judged("2026-11-23 18:00", "2026-11-23 22:00", heard)
    assert found is not None
    assert found.moments is CLOSED


@pytest.mark.parametrize("heard", [[], office_weeks(MONDAY, weeks=1), office_weeks(MONDAY)[::7]])
def test_a_history_that_is_short_or_thin_teaches_nothing(heard):
    thin = [(first, first) for first, _ in heard]
    assert silence.learn(thin, CALENDAR) is None


def test_one_outage_does_not_become_normal():
    outage = at("2026-11-10 00:00"), at("2026-11-13 00:00")
    heard = [span for span in office_weeks(MONDAY) if not outage[0] < span[0] < outage[1]]
    assert judged("2026-11-20 16:59", "2026-11-23 10:30", heard) is not None


moments = some.integers(0, 365 * 24 * 60).map(
    lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)


@hypothesis.given(begin=moments, length=some.timedeltas(timedelta(0), timedelta(days=20)))
def test_both_kinds_of_moments_together_are_the_whole_time(begin, length):
    parts = silence.split(begin, begin + length, CALENDAR)
    assert parts[OPEN] + parts[CLOSED] == length
    assert min(parts.values()) >= timedelta(0)


@hypothesis.given(begin=moments, length=some.timedeltas(timedelta(0), timedelta(days=9)), cut=some.floats(0, 1))
def test_a_silence_cut_in_two_is_as_long(begin, length, cut):
    middle, end = begin + length * cut, begin + length
    whole, first, second = (silence.split(*pair, CALENDAR) for pair in ((begin, end), (begin, middle), (middle, end)))
    assert whole == {kind: first[kind] + second[kind] for kind in silence.Moments}


@hypothesis.given(waits=some.lists(some.integers(1, 40), min_size=25, max_size=60))
def test_a_silence_that_was_seen_before_raises_no_alarm_and_a_longer_one_stays_told(waits):
    now, heard = MONDAY, [(MONDAY, MONDAY)]
    for hours in waits:
        now += HOUR * hours
        heard.append((now, now))
    normal = silence.learn(heard, CALENDAR)
    hypothesis.assume(normal is not None)
    usual = min(b[0] - a[1] for a, b in pairwise(heard))
    limits = [normal.limit(kind) for kind in silence.Moments]
    assert min(limits) >= silence.LEAST_ALARM
    if usual <= min(limits):
        assert silence.judge(now, now + usual, normal, CALENDAR) is None
    told = [silence.judge(now, now + HOUR * more, normal, CALENDAR) is not None for more in range(0, 24 * 30, 12)]
    assert told == sorted(told)
    assert told[-1]
