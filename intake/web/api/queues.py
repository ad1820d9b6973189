"""Queues: the open items that wait for a handler group, and the groups with their opening hours."""

from datetime import date, datetime
from typing import Final

import pydantic
from aiohttp import web
from pydantic import Field

from intake import errors, ports
from intake.domain import handler_group, ids
from intake.web.api import models, operation, problems, reading

_GROUP_ID: Final = "burgerzaken"


class QueueItem(models.Shape):
    """An open task (interne taak) of a handler group."""

    model_config = pydantic.ConfigDict(
        json_schema_extra=models.example(
            id="01930b5c7a1e7002c1d2e3f405162738",
            contactId="01930b5c7a1e7000a1b2c3d4e5f60718",
            handlerGroupId=_GROUP_ID,
            reason="not_in_catalogue",
            createdAt="2026-11-23T09:42:12Z",
            waitingSince="2026-11-23T09:42:10Z",
            dueAt="2026-11-24T11:00:00Z",
            hops=0,
            claimedBy=None,
            claimedAt=None,
        )
    )

    id: str
    contact_id: str
    handler_group_id: str
    reason: str = Field(description="Why a person is needed.")
    created_at: datetime
    waiting_since: datetime = Field(description="Since when the citizen waits; re-routing does not reset it.")
    due_at: datetime = Field(description="Deadline, counted in the opening hours of the group.")
    hops: int = Field(description="How many groups had it before.")
    claimed_by: str | None = Field(description="Id of the employee who holds it.")
    claimed_at: datetime | None


class QueueItemPage(models.Page[QueueItem]):
    """One page of open queue items, longest waiting first."""


class OpeningHours(models.Shape):
    """The opening hours of a group, as spans in local time."""

    model_config = pydantic.ConfigDict(
        json_schema_extra=models.example(
            timeZone="Europe/Brussels",
            week={
                "mon": ["09:00-12:30", "13:30-17:00"],
                "tue": ["09:00-12:30"],
                "wed": ["09:00-12:30", "13:30-17:00"],
                "thu": ["09:00-12:30", "13:30-19:00"],
                "fri": ["09:00-12:30"],
                "sat": [],
                "sun": [],
            },
            holidays=["2026-12-25"],
        )
    )

    time_zone: str
    week: dict[str, list[str]] = Field(description="`mon` to `sun`; an empty list is a closed day.")
    holidays: list[date]


class HandlerGroup(models.Shape):
    """The unit that answers (organisatorische eenheid)."""

    model_config = pydantic.ConfigDict(
        json_schema_extra=models.example(
            id=_GROUP_ID,
            name="Burgerzaken",
            description="Paspoorten, rijbewijzen, akten en verhuizen.",
            isFrontDesk=False,
            answerWithinHours=8.0,
            isOpen=False,
            opensAt="2026-11-24T08:00:00Z",
            openingHours={"timeZone": "Europe/Brussels", "week": {"mon": ["09:00-12:30"]}, "holidays": []},
        )
    )

    id: str
    name: str
    description: str
    is_front_desk: bool = Field(description="Takes what belongs to no other group; one group does.")
    answer_within_hours: float = Field(description="Opening hours that an answer may take.")
    is_open: bool = Field(description="Whether somebody is there now.")
    opens_at: datetime | None = Field(description="Next opening; null when it is open, or never opens.")
    opening_hours: OpeningHours


class HandlerGroupList(models.Page[HandlerGroup]):
    """All handler groups, the front desk first; there is no second page."""


class QueueItemQuery(models.PageQuery):
    """What the list of queue items may be asked for."""

    group: str | None = Field(default=None, max_length=200, description="Only items of the handler group with this id.")


async def get_queue_items(call: operation.Call) -> web.Response:
    """Open items of all groups, or of one."""
    asked = reading.query(call.request, QueueItemQuery)
    group_id = ids.GroupId(asked.group) if asked.group is not None else None

    def work(uow: ports.UnitOfWork) -> QueueItemPage:
        if group_id is not None:
            _must_exist(uow, group_id)
        found, after = uow.views.open_items(group_id, asked.after, asked.page_size)
        return QueueItemPage(results=[_item(one) for one in found], next=call.next_url(after))

    return operation.reply(await call.services.hub.store.read(work))


async def get_handler_groups(call: operation.Call) -> web.Response:
    """All handler groups and whether they are open."""
    now = call.services.hub.clock.now()
    groups = await call.services.hub.store.read(lambda uow: uow.directory.groups())
    return operation.reply(HandlerGroupList(results=[_group(one, now) for one in groups], next=None))


def _must_exist(uow: ports.UnitOfWork, group_id: ids.GroupId) -> None:
    """An empty list for a group that is not there would look as if nothing waits.

    Raises:
        Refusal: there is no such group.
    """
    try:
        uow.directory.group(group_id)
    except errors.NotFound as error:
        reason = "There is no such handler group. Take an id from /handler-groups."
        raise problems.invalid(problems.InvalidParam(name="group", code="unknown", reason=reason)) from error


def _item(one: handler_group.QueueItem) -> QueueItem:
    return QueueItem(
        id=one.id,
        contact_id=one.contact_id,
        handler_group_id=one.group_id,
        reason=one.reason,
        created_at=one.created_at,
        waiting_since=one.waiting_since,
        due_at=one.due_at,
        hops=one.hops,
        claimed_by=one.claimed_by,
        claimed_at=one.claimed_at,
    )


def _group(one: handler_group.HandlerGroup, now: datetime) -> HandlerGroup:
    is_open = one.calendar.is_open(now)
    week = zip(handler_group.WEEKDAYS, one.calendar.week, strict=True)
    return HandlerGroup(
        id=one.id,
        name=one.name,
        description=one.description,
        is_front_desk=one.is_front_desk,
        answer_within_hours=one.answer_within_hours,
        is_open=is_open,
        opens_at=None if is_open else one.calendar.opens_next(now),
        opening_hours=OpeningHours(
            time_zone=one.calendar.time_zone,
            week={day: [f"{start:%H:%M}-{end:%H:%M}" for start, end in spans] for day, spans in week},
            holidays=sorted(one.calendar.holidays),
        ),
    )


OPERATIONS: Final = (
    operation.Operation(
        id="getQueueItems",
        method="GET",
        path="/queue-items",
        handler=get_queue_items,
        scope="queues:read",
        tag="queues",
        summary="List open queue items, longest waiting first",
        query=QueueItemQuery,
        result=QueueItemPage,
        refusals=(400,),
    ),
    operation.Operation(
        id="getHandlerGroups",
        method="GET",
        path="/handler-groups",
        handler=get_handler_groups,
        scope="groups:read",
        tag="groups",
        summary="List all handler groups with their opening hours",
        result=HandlerGroupList,
    ),
)
