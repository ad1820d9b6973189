"""Handler groups, their opening hours, and the queue items that wait for them."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from intake.domain import ids

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """Opening hours of a week, without public holidays.

    `week` has seven tuples of (from, to) in local time, Monday first; an empty tuple is a closed day.
    """

    week: tuple[tuple[tuple[time, time], ...], ...]
    holidays: frozenset[date] = frozenset()
    time_zone: str = "Europe/Brussels"

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of the opening hours."""
        return ZoneInfo(self.time_zone)

    def spans(self, day: date) -> tuple[tuple[datetime, datetime], ...]:
        """The open spans of one day, in local time with its offset."""
        if day in self.holidays:
            return ()
        return tuple(
            (datetime.combine(day, start, self.zone), datetime.combine(day, end, self.zone))
            for start, end in self.week[day.weekday()]
        )

    def is_open(self, at: datetime) -> bool:
        """Whether a person is there at this moment."""
        local = at.astimezone(self.zone)
        return any(start <= local < end for start, end in self.spans(local.date()))

    def opens_next(self, at: datetime) -> datetime | None:
        """The next moment that the group is open (now, when it is); None when it never opens in the coming year."""
        local = at.astimezone(self.zone)
        for offset in range(366):
            for start, end in self.spans(local.date() + timedelta(days=offset)):
                if end > local:
                    return max(start, local)
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class HandlerGroup:
    """The unit that answers (organisatorische eenheid); it replaces a mailbox."""

    id: ids.GroupId
    name: str
    description: str = ""
    is_front_desk: bool = False
    calendar: Calendar
    answer_within_hours: float
    """Opening hours that an answer may take."""


class Role(StrEnum):
    """What an employee may do; a later role may do all that the earlier ones may."""

    EMPLOYEE = "employee"
    EDITOR = "editor"
    LEAD = "lead"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Employee:
    """Somebody who answers (medewerker)."""

    id: ids.EmployeeId
    name: str
    email: str
    role: Role = Role.EMPLOYEE
    groups: tuple[ids.GroupId, ...] = ()
    is_active: bool = True

    @property
    def leads(self) -> bool:
        """Whether they see, take and move the questions of every group."""
        return self.role in {Role.LEAD, Role.ADMIN}

    def may_work_in(self, group_id: ids.GroupId) -> bool:
        """Whether they may take and move what waits in this group."""
        return self.leads or group_id in self.groups

    @property
    def first_name(self) -> str:
        """How a citizen in the chat knows them."""
        return self.name.split()[0]

    @property
    def initials(self) -> str:
        """First letters of the first and the last name."""
        parts = self.name.split()
        return (parts[0][:1] + (parts[-1][:1] if len(parts) > 1 else "")).upper()


class ItemClose(StrEnum):
    """How a queue item ended."""

    ANSWERED = "answered"
    TRANSFERRED = "transferred"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueItem:
    """The task (interne taak) for a group; exactly one is open for a waiting contact.

    A claim is a lease: `claimed_by` holds the item until `lease_until`, and every claim raises `claim_epoch`.
    """

    id: ids.QueueItemId
    contact_id: ids.ContactId
    group_id: ids.GroupId
    reason: str
    created_at: datetime
    waiting_since: datetime
    due_at: datetime
    hops: int = 0
    claimed_by: ids.EmployeeId | None = None
    claimed_at: datetime | None = None
    claim_epoch: int = 0
    lease_until: datetime | None = None
    closed_at: datetime | None = None
    close_reason: ItemClose | None = None
