"""The work lists of the workspace: the views with their figures, and the lines of the chosen one."""

from collections.abc import Mapping, Sequence
from typing import Any

from aiohttp import web

from intake import ports
from intake.domain import contact, handler_group, ids
from intake.flow import desk_view
from intake.web import desk_request, pages, services, session, words

PAGE_LINES = 40
MOST_LINES = 200
_LISTS = {
    "mijn": ("mine", "Mijn werk", "inbox"),
    "groepen": ("groups", "Mijn groepen", "people"),
    "onverdeeld": ("unclaimed", "Onverdeeld", "tag"),
    "te-laat": ("late", "Te laat", "warning"),
    "wacht": ("waiting", "Wacht op burger", "clock"),
}
"""Name in the address → view of the store, title, icon."""
GROUP = "groep:"


def routes() -> list[web.RouteDef]:
    """The parts that are fetched again."""
    return [web.get("/werkplek/deel/lijst", part_list), web.get("/werkplek/deel/meer", part_more)]


def list_query(request: web.Request) -> dict[str, str]:
    """Which list is shown, from the address, to put it into every link."""
    search = request.query.get("zoek", "").strip()[:200]
    if search:
        return {"zoek": search}
    name = request.query.get("lijst", "mijn")
    return {"lijst": name if name in _LISTS or name.startswith(GROUP) else "mijn"}


async def inbox_values(request: web.Request, employee: handler_group.Employee) -> dict[str, Any]:
    """The views with their figures, and the lines of the chosen list."""
    query = list_query(request)
    name = query.get("lijst", "mijn")
    view = f"group:{name.removeprefix(GROUP)}" if name.startswith(GROUP) else _LISTS[name][0]
    wanted = request.query.get("aantal", "")
    limit = min(int(wanted), MOST_LINES) if wanted.isascii() and wanted.isdigit() and int(wanted) else PAGE_LINES
    found = await request.app[desk_request.VIEW].inbox(
        employee, view, after=request.query.get("na"), limit=limit, search=query.get("zoek")
    )
    times = desk_request.times(request, found.now)
    return {
        "list_query": query,
        "list_title": _list_title(query, found.groups),
        "list_count": _list_count(query, found),
        "list_names": [(key, title, icon, _count(key, found.counts)) for key, (_, title, icon) in _LISTS.items()],
        "list_groups": [(f"{GROUP}{g.id}", g.name, found.counts.groups.get(g.id, 0)) for g in found.groups],
        "parked_count": found.counts.parked,
        "unclaimed_count": found.counts.unclaimed,
        "lines": [line_values(line, times, employee) for line in found.lines],
        "after": found.after,
        "limit": limit,
        "current": desk_request.number_of(request) or _asked_number(request),
        "search": query.get("zoek", ""),
        "notices": silent_channels(request, employee, times),
    }


def silent_channels(request: web.Request, employee: handler_group.Employee, times: words.Times) -> list[str]:
    """What leads have to know about channels that are silent for too long; nothing for others, who cannot act."""
    if not employee.leads:
        return []
    found = request.app[services.SERVICES].silent()
    return [words.silent(name, found[name], times) for name in sorted(found)]


def _asked_number(request: web.Request) -> int | None:
    number = request.query.get("nummer", "")
    return int(number) if number.isascii() and number.isdigit() else None


def _list_title(query: Mapping[str, str], groups: Sequence[handler_group.HandlerGroup]) -> str:
    if "zoek" in query:
        return f"Gevonden voor “{query['zoek']}”"
    name = query["lijst"]
    if name.startswith(GROUP):
        return next((group.name for group in groups if group.id == name.removeprefix(GROUP)), "Groep")
    return _LISTS[name][1]


def _list_count(query: Mapping[str, str], found: desk_view.Inbox) -> int:
    if "zoek" in query:
        return len(found.lines)
    name = query["lijst"]
    if name.startswith(GROUP):
        return found.counts.groups.get(ids.GroupId(name.removeprefix(GROUP)), 0)
    return _count(name, found.counts)


def _count(name: str, counts: ports.Counts) -> int:
    return {
        "mijn": counts.mine,
        "groepen": counts.my_groups,
        "onverdeeld": counts.unclaimed,
        "te-laat": counts.late,
        "wacht": counts.waiting,
    }[name]


def line_values(line: ports.QueueLine, times: words.Times, employee: handler_group.Employee) -> dict[str, Any]:
    """One line of a list."""
    icon, channel = words.channel(line.channel)
    return {
        "number": line.number,
        "icon": icon,
        "channel": channel,
        "name": words.party_name(line.party_name),
        "is_unread": line.last_from_citizen and line.owner in {contact.Owner.QUEUE, contact.Owner.EMPLOYEE},
        "subject": line.subject or "Zonder onderwerp",
        "at": times.short(line.last_at),
        "iso": times.iso(line.last_at),
        "chip": words.state(line.owner, line.due_at, times),
        "group": line.group_name,
        "holder": line.claimed_name if line.claimed_by != employee.id else "",
    }


async def part_list(request: web.Request) -> web.StreamResponse:
    """The list and the figures again."""
    who = session.required(request)
    return pages.render(request, "desk/_list_again.html", await inbox_values(request, who.employee))


async def part_more(request: web.Request) -> web.StreamResponse:
    """The next lines of a list; without script a whole page that begins there."""
    who = session.required(request)
    values = await inbox_values(request, who.employee)
    if not pages.is_fragment(request):
        values.update(desk_request.nothing_open())
        return pages.render(request, "desk/page.html", values)
    shown = request.query.get("getoond", "")
    values["total"] = (int(shown) if shown.isascii() and shown.isdigit() else 0) + len(values["lines"])
    return pages.render(request, "desk/_more.html", values)
