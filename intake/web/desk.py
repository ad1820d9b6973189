"""The pages of the workspace: work lists, an opened contact, and the parts that are fetched again when it changes."""

from collections.abc import Mapping, Sequence
from typing import Any

from aiohttp import web

from intake import errors, ports
from intake.domain import contact, handler_group, ids
from intake.flow import access, desk_view
from intake.web import pages, services, session, timeline, words

VIEW: web.AppKey[desk_view.DeskView] = web.AppKey("desk_view", desk_view.DeskView)

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
    """All pages and parts; `desk_actions` has what changes something."""
    return [
        web.get("/werkplek", page),
        web.get("/werkplek/deel/lijst", part_list),
        web.get("/werkplek/deel/meer", part_more),
        web.get("/werkplek/onleesbaar", parked),
        web.get(r"/werkplek/{number:\d{1,10}}", page),
        web.get(r"/werkplek/{number:\d{1,10}}/deel/verloop", part_timeline),
        web.get(r"/werkplek/{number:\d{1,10}}/deel/producten", part_products),
        web.get(r"/werkplek/{number:\d{1,10}}/deel/product/{product}", part_product),
    ]


def number_of(request: web.Request) -> int | None:
    """The contact number in the address."""
    number = request.match_info.get("number")
    return int(number) if number else None


async def page(request: web.Request) -> web.StreamResponse:
    """The workspace, or for htmx only the opened contact."""
    return await show(request, session.required(request), number_of(request))


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
    values: dict[str, Any] = dict(await opened_values(request, who.employee, number) if number else nothing_open())
    values["list_query"] = list_query(request)
    values.update(extra or {})
    if pages.is_fragment(request):
        return pages.render(request, "desk/_opened.html", values, status=status, headers=headers)
    values.update(await inbox_values(request, who.employee))
    return pages.render(request, "desk/page.html", values, status=status, headers=headers)


def nothing_open() -> dict[str, Any]:
    """What the templates need when no contact is open."""
    return {"open": None, "message": None, "moved": None}


# ── Work lists ──────────────────────────────────────────────────────────────────────────────────


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
    found = await request.app[VIEW].inbox(
        employee, view, after=request.query.get("na"), limit=limit, search=query.get("zoek")
    )
    times = _times(request, found.now)
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
        "current": number_of(request) or _asked_number(request),
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
        values.update(nothing_open())
        return pages.render(request, "desk/page.html", values)
    shown = request.query.get("getoond", "")
    values["total"] = (int(shown) if shown.isascii() and shown.isdigit() else 0) + len(values["lines"])
    return pages.render(request, "desk/_more.html", values)


# ── An opened contact ───────────────────────────────────────────────────────────────────────────


async def opened_values(request: web.Request, employee: handler_group.Employee, number: int) -> dict[str, Any]:
    """Everything that the templates show of one contact."""
    opened = await request.app[VIEW].open(employee, number)
    times = _times(request, opened.now)
    of = opened.contact
    values: dict[str, Any] = {
        "open": opened,
        "number": of.number,
        "title": of.subject or "Zonder onderwerp",
        "name": words.party_name(opened.party.name, opened.addresses),
        "initials": words.initials(opened.party.name),
        "state": words.state(of.owner, opened.item.due_at if opened.item else None, times),
        "kind": words.KINDS[of.kind],
        "why": why_here(opened, times),
        "days": timeline.days(opened, times),
        "seen": len(opened.messages),
        "last_in": timeline.last_from_citizen(opened),
        "desk": desk_of(opened),
        "route": opened.route,
        "route_icon": words.channel(opened.route.channel)[0] if opened.route else "warning",
        "write": request.query.get("schrijf", "antwoord"),
        "draft": "",
        "note_draft": "",
        "cited": None,
        "message": None,
        "moved": None,
        "product_search": request.query.get("product", "").strip()[:100],
    }
    values.update(_context(opened, times))
    values["hits"] = await _hits(request, values["product_search"])
    await _insert(request, opened, values)
    return values


async def _insert(request: web.Request, opened: desk_view.Opened, values: dict[str, Any]) -> None:
    """Without script "Voeg in" is a link: the answer then stands in the composer of the new page."""
    chosen = request.query.get("voeg")
    if chosen:
        product, text = await request.app[VIEW].answer_text(ids.ProductId(chosen), opened.contact.language)
        values.update(draft=text, cited={"id": product.id, "title": product.title_in("nl"), "version": product.version})


def _context(opened: desk_view.Opened, times: words.Times) -> dict[str, Any]:
    who = opened.party
    due_at = opened.item.due_at if opened.item else None
    return {
        "party_line": " · ".join(
            [
                words.PARTIES[who.kind],
                f"spreekt {words.LANGUAGES.get(opened.contact.language, opened.contact.language)}",
            ]
        ),
        "addresses": [
            {
                "value": "Chat op de website" if a.kind == "webchat" else a.value,
                "is_proved": a.verified_at is not None,
                "proof": _proof(a.verification, a.verified_at, times, a.source),
                "merged": a.party_id != who.id,
            }
            for a in opened.addresses
        ],
        "maybe_same": [words.party_name(other.name) for other in opened.maybe_same],
        "question": timeline.question(opened),
        "answered": timeline.answered(opened, times),
        "promised": times.promise(due_at) if due_at else "",
        "is_late": due_at is not None and due_at < opened.now,
        "suggestions": [suggestion_values(line.product, line.words) for line in opened.suggestions],
        "earlier": [
            {
                "number": c.number,
                "icon": words.channel(c.channel)[0],
                "subject": c.subject or "Zonder onderwerp",
                "at": times.short(c.created_at),
                "iso": times.iso(c.created_at),
            }
            for c in opened.earlier
        ],
        "earlier_hidden": opened.earlier_hidden,
    }


def _proof(verification: Any, verified_at: Any, times: words.Times, source: Any) -> str:
    if verified_at is not None:
        return f"{words.VERIFIED.get(verification, 'Gecontroleerd')}, {times.short(verified_at)}"
    return {"sender": "Schreef hiermee, niet gecontroleerd", "stated": "Zelf opgegeven, niet gecontroleerd"}.get(
        str(source), "Ingevuld door een medewerker"
    )


def suggestion_values(product: Any, matched: Sequence[str] = ()) -> dict[str, Any]:
    """A product to insert."""
    return {
        "id": product.id,
        "title": product.title_in("nl"),
        "version": product.version,
        "why": ", ".join(f"“{word}”" for word in matched),
        "theme": product.theme,
    }


def desk_of(opened: desk_view.Opened) -> str:
    """Who may write now and along which way: when this changes, the composer is fetched again."""
    way = f"{opened.route.channel}:{opened.route.why}" if opened.route else "geen"
    if opened.is_mine:
        return f"mij|{way}"
    return f"{opened.holder.id if opened.holder else ''}|{opened.can_claim}|{opened.contact.owner}"


def why_here(opened: desk_view.Opened, times: words.Times) -> str:
    """One sentence: with whom the contact is, since when and why."""
    item, of = opened.item, opened.contact
    if item is None:
        since = times.stamp(of.updated_at)
        match of.owner:
            case contact.Owner.CITIZEN:
                return f"We wachten op de burger sinds {since}."
            case contact.Owner.CLOSED:
                return f"Afgerond: {times.day(of.closed_at or of.updated_at)}."
            case _:
                return f"De digitale assistent is ermee bezig sinds {since}."
    if opened.is_mine:
        where = f"Bij u sinds {times.stamp(item.claimed_at or item.created_at)}"
    elif opened.holder is not None and not opened.can_claim:
        where = f"Bij {opened.holder.name} sinds {times.stamp(item.claimed_at or item.created_at)}"
    else:
        where = (
            f"Op de lijst van {opened.group.name if opened.group else 'Onthaal'} sinds {times.stamp(item.created_at)}"
        )
    why = words.because(item.reason)
    if item.reason == "transferred":
        last = next((line for line in reversed(opened.history) if line.kind == "transferred"), None)
        why = f"{last.actor} doorstuurde: “{last.detail.get('reason', '')}”" if last else ""
    because = f", omdat {why}" if why else ""
    return f"{where}{because}. {words.times_moved(item.hops)}".strip()


async def part_timeline(request: web.Request) -> web.StreamResponse:
    """What changed in the opened contact; the composer only when somebody else may write now."""
    who = session.required(request)
    number = number_of(request) or 0
    if not pages.is_fragment(request):
        raise web.HTTPSeeOther(f"/werkplek/{number}")
    values = await opened_values(request, who.employee, number)
    values["list_query"] = list_query(request)
    values["with_composer"] = request.query.get("bureau") != values["desk"]
    return pages.render(request, "desk/_again.html", values)


async def _hits(request: web.Request, text: str) -> list[dict[str, Any]]:
    return [suggestion_values(product) for product in await request.app[VIEW].products(text)]


async def part_products(request: web.Request) -> web.StreamResponse:
    """Products that fit the words in the search box of the context."""
    session.required(request)
    number = number_of(request) or 0
    text = request.query.get("product", "").strip()[:100]
    if not pages.is_fragment(request):
        raise web.HTTPSeeOther(f"/werkplek/{number}#context")
    values = {"hits": await _hits(request, text), "product_search": text, "number": number}
    return pages.render(request, "desk/_hits.html", {**values, "list_query": list_query(request)})


async def part_product(request: web.Request) -> web.StreamResponse:
    """The text of a product in the citizen's language, to put at the cursor."""
    who = session.required(request)
    of = await request.app[VIEW].find(who.employee, number_of(request) or 0)
    product, text = await request.app[VIEW].answer_text(ids.ProductId(request.match_info["product"]), of.language)
    return web.json_response(
        {"id": product.id, "title": product.title_in("nl"), "version": product.version, "text": text}
    )


# ── What failed ─────────────────────────────────────────────────────────────────────────────────


async def parked(request: web.Request) -> web.StreamResponse:
    """Deliveries that nobody could read, and work that failed for good."""
    who = session.required(request)
    found = await request.app[VIEW].parked(who.employee)
    times = _times(request, request.app[services.SERVICES].hub.clock.now())
    values = await inbox_values(request, who.employee)
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


def _times(request: web.Request, now: Any) -> words.Times:
    return words.Times(now, request.app[services.SERVICES].hub.city.time_zone)


def must_have(number: int | None) -> int:
    """The number in the address. Raises NotFound."""
    if number is None:
        raise errors.NotFound(desk_view.NOT_THERE)
    return number
