"""Handler groups as those who run the hub change them; exactly one is the front desk."""

import dataclasses
from collections.abc import Sequence
from datetime import time

from intake import errors, ports
from intake.domain import handler_group, ids
from intake.flow import hub as hub_module

WORKING_DAYS = 5
HOURS = (time(9), time(17))
ANSWER_WITHIN_HOURS = 16.0
"""What a new group has when nothing else is named."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What is named of a group; None leaves it as it is.

    Attributes:
        group_id: which one.
        name: as citizens read it.
        hours: opening hours of Monday to Friday, in the city's time.
        answer_within_hours: opening hours that an answer may take.
        becomes_front_desk: whether it takes the front desk over.
        units: it answers for these too.
    """

    group_id: ids.GroupId
    name: str | None = None
    hours: tuple[time, time] | None = None
    answer_within_hours: float | None = None
    becomes_front_desk: bool = False
    units: tuple[ids.UnitId, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """What a change did.

    Attributes:
        before: None when the group is new.
        after: the group now.
        units: those that this group answers for now and did not before, each with the group that did (None: nobody).
        front_desk_before: the group that was the front desk until now, when it is another one.
        has_front_desk: whether any group is the front desk now.
    """

    before: handler_group.HandlerGroup | None
    after: handler_group.HandlerGroup
    units: tuple[tuple[ids.UnitId, ids.GroupId | None], ...]
    front_desk_before: handler_group.HandlerGroup | None
    has_front_desk: bool


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A group with what belongs to it; `employees` are those who may log in."""

    group: handler_group.HandlerGroup
    units: tuple[ids.UnitId, ...]
    employees: int


async def change(hub: hub_module.Hub, named: Change) -> Changed:
    """Make a group, or change what is named of one.

    Raises:
        Invalid: it is new and has no name.
    """
    new = _new(named, hub.city.time_zone)

    def work(uow: ports.UnitOfWork) -> Changed:
        groups = uow.directory.groups()
        before = next((group for group in groups if group.id == named.group_id), None)
        if before is None and named.name is None:
            raise errors.Invalid(f"Groep {named.group_id} bestaat nog niet: geef ze een naam met --name.")
        after = _changed(before or new, named, new.calendar)
        names = {unit: name for unit, name, _ in uow.directory.units()}
        before_by_unit = {unit: uow.directory.group_of_unit(unit) for unit in named.units}
        moved = tuple((unit, of) for unit, of in before_by_unit.items() if of != after.id)
        desks = [group for group in groups if group.is_front_desk and group.id != after.id]
        uow.directory.put_group(after)
        for unit, _ in moved:
            uow.directory.put_unit(unit, names.get(unit, str(unit)), after.id)
        return Changed(
            before=before,
            after=after,
            units=moved,
            front_desk_before=desks[0] if desks and named.becomes_front_desk else None,
            has_front_desk=bool(desks) or after.is_front_desk,
        )

    return await hub.store.write(work)


def _new(named: Change, time_zone: str) -> handler_group.HandlerGroup:
    week = ((named.hours or HOURS,),) * WORKING_DAYS + ((),) * (len(handler_group.WEEKDAYS) - WORKING_DAYS)
    return handler_group.HandlerGroup(
        id=named.group_id,
        name=named.name or "",
        calendar=handler_group.Calendar(week=week, time_zone=time_zone),
        answer_within_hours=ANSWER_WITHIN_HOURS,
    )


def _changed(
    group: handler_group.HandlerGroup, named: Change, hours: handler_group.Calendar
) -> handler_group.HandlerGroup:
    calendar = group.calendar
    if named.hours is not None:
        calendar = dataclasses.replace(calendar, week=hours.week, time_zone=hours.time_zone)
    within = named.answer_within_hours
    return dataclasses.replace(
        group,
        name=named.name or group.name,
        is_front_desk=named.becomes_front_desk or group.is_front_desk,
        calendar=calendar,
        answer_within_hours=group.answer_within_hours if within is None else within,
    )


async def listed(hub: hub_module.Hub) -> Sequence[Listed]:
    """All groups, front desk first, then by name."""

    def look(uow: ports.UnitOfWork) -> Sequence[Listed]:
        units = uow.directory.units()
        members = [group for one in uow.directory.employees() if one.is_active for group in one.groups]
        return [
            Listed(
                group=group,
                units=tuple(unit for unit, _, of in units if of == group.id),
                employees=members.count(group.id),
            )
            for group in uow.directory.groups()
        ]

    return await hub.store.read(look)


async def load_organisation(
    hub: hub_module.Hub,
    groups: Sequence[handler_group.HandlerGroup],
    units: Sequence[tuple[ids.UnitId, str, ids.GroupId]],
) -> None:
    """Bring handler groups and units in; the front desk among them is the only one from now on."""

    def work(uow: ports.UnitOfWork) -> None:
        for group in sorted(groups, key=lambda group: group.is_front_desk):
            uow.directory.put_group(group)
        for unit_id, name, group_id in units:
            uow.directory.put_unit(unit_id, name, group_id)

    await hub.store.write(work)
