"""The pages of the workspace: the whole of it with a contact open or not, and what nobody could read."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from intake.flow import access, desk_view
from intake.web import desk_contact, desk_lists, desk_request, pages, services, session, words


def routes() -> list[web.RouteDef]:
    """All pages and their parts; `desk_actions` has what changes something."""
    return [
        web.get("/werkplek", page),
        web.get("/werkplek/onleesbaar", parked),
        web.get(r"/werkplek/{number:\d{1,10}}", page),
        *desk_lists.routes(),
        *desk_contact.routes(),
    ]


async def page(request: web.Request) -> web.StreamResponse:
    """The workspace, or for htmx only the opened contact."""
    return await show(request, session.required(request), desk_request.number_of(request))


async def show(
    request: web.Request,
    who: access.LoggedIn,
    number: int | None,
    *,
    status: int = 200,
    extra: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> web.StreamResponse:
    """Render the workspace with this contact open (None: none)."""
    values: dict[str, Any] = dict(
        await desk_contact.opened_values(request, who.employee, number) if number else desk_request.nothing_open()
    )
    values["list_query"] = desk_lists.list_query(request)
    values.update(extra or {})
    if pages.is_fragment(request):
        return pages.render(request, "desk/_opened.html", values, status=status, headers=headers)
    values.update(await desk_lists.inbox_values(request, who.employee))
    return pages.render(request, "desk/page.html", values, status=status, headers=headers)


async def parked(request: web.Request) -> web.StreamResponse:
    """Deliveries that nobody could read, and work that failed for good."""
    who = session.required(request)
    found = await request.app[desk_request.VIEW].parked(who.employee)
    times = desk_request.times(request, request.app[services.SERVICES].hub.clock.now())
    values = await desk_lists.inbox_values(request, who.employee)
    values.update(
        receipts=[
            {
                "id": stored.id,
                "channel": words.channel(stored.receipt.channel),
                "at": times.stamp(stored.received_at),
                "iso": times.iso(stored.received_at),
                "from": str(stored.receipt.envelope.get("mail_from") or "onbekend"),
                "size_bytes": len(stored.receipt.raw),
                "number": of.number if of else None,
            }
            for stored, of in found.receipts
        ],
        jobs=found.jobs,
        may_retry=who.employee.role in desk_view.SEES_ALL,
        message=None,
        list_query={},
    )
    return pages.render(request, "desk/parked.html", values)
