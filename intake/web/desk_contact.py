"""An opened contact in the workspace: everything that is shown of it, and the parts that are fetched again."""

from collections.abc import Sequence
from typing import Any

from aiohttp import web

from intake.domain import contact, handler_group, ids
from intake.flow import desk_view
from intake.web import desk_lists, desk_request, pages, session, timeline, words


def routes() -> list[web.RouteDef]:
    """The parts that are fetched again."""
    return [
        web.get(r"/werkplek/{number:\d{1,10}}/deel/verloop", part_timeline),
        web.get(r"/werkplek/{number:\d{1,10}}/deel/producten", part_products),
        web.get(r"/werkplek/{number:\d{1,10}}/deel/product/{product}", part_product),
    ]


async def opened_values(request: web.Request, employee: handler_group.Employee, number: int) -> dict[str, Any]:
    """Everything that the templates show of one contact."""
    opened = await request.app[desk_request.VIEW].open(employee, number)
    times = desk_request.times(request, opened.now)
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
        "desk": who_may_write(opened),
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
        product, text = await request.app[desk_request.VIEW].answer_text(ids.ProductId(chosen), opened.contact.language)
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


def who_may_write(opened: desk_view.Opened) -> str:
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
    number = desk_request.number_of(request) or 0
    if not pages.is_fragment(request):
        raise web.HTTPSeeOther(f"/werkplek/{number}")
    values = await opened_values(request, who.employee, number)
    values["list_query"] = desk_lists.list_query(request)
    values["with_composer"] = request.query.get("bureau") != values["desk"]
    return pages.render(request, "desk/_again.html", values)


async def _hits(request: web.Request, text: str) -> list[dict[str, Any]]:
    return [suggestion_values(product) for product in await request.app[desk_request.VIEW].products(text)]


async def part_products(request: web.Request) -> web.StreamResponse:
    """Products that fit the words in the search box of the context."""
    session.required(request)
    number = desk_request.number_of(request) or 0
    text = request.query.get("product", "").strip()[:100]
    if not pages.is_fragment(request):
        raise web.HTTPSeeOther(f"/werkplek/{number}#context")
    values = {"hits": await _hits(request, text), "product_search": text, "number": number}
    return pages.render(request, "desk/_hits.html", {**values, "list_query": desk_lists.list_query(request)})


async def part_product(request: web.Request) -> web.StreamResponse:
    """The text of a product in the citizen's language, to put at the cursor."""
    who = session.required(request)
    of = await request.app[desk_request.VIEW].find(who.employee, desk_request.number_of(request) or 0)
    product, text = await request.app[desk_request.VIEW].answer_text(
        ids.ProductId(request.match_info["product"]), of.language
    )
    return web.json_response(
        {"id": product.id, "title": product.title_in("nl"), "version": product.version, "text": text}
    )
