"""What employees do in the workspace. Every act works as a plain form; htmx gets the changed parts instead."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from intake import errors
from intake.domain import contact, ids
from intake.flow import access, desk_view
from intake.web import desk, desk_contact, desk_lists, desk_request, pages, services, session

LIST_CHANGED = "onthaal:lijst"
TIMELINE_CHANGED = "onthaal:gesprek"
SENT = "onthaal:verstuurd"
MOST_DIGITS = 10


def routes() -> list[web.RouteDef]:
    """All acts."""
    number = r"/werkplek/{number:\d{1,10}}"
    return [
        web.post("/werkplek/volgende", take_next),
        web.post(f"{number}/neem", claim),
        web.post(f"{number}/neem-op", take_up),
        web.post(f"{number}/antwoord", reply),
        web.post(f"{number}/notitie", note),
        web.post(f"{number}/doorsturen", transfer),
        web.post(f"{number}/haal-terug", pull_back),
        web.post(f"{number}/leg-terug", put_back),
        web.post(f"{number}/wacht", wait_for_citizen),
        web.post(f"{number}/rond-af", resolve),
        web.post(f"{number}/typt", typing),
        web.post(r"/werkplek/werk/{job:\d{1,18}}/opnieuw", retry),
    ]


async def _begin(request: web.Request) -> tuple[access.LoggedIn, contact.Contact, Mapping[str, str]]:
    """Who acts, on which contact that they may see, with which fields."""
    who = session.required(request)
    of = await request.app[desk_request.VIEW].find(
        who.employee, desk_request.must_have(desk_request.number_of(request))
    )
    fields = {name: str(value) for name, value in (await request.post()).items()}
    return who, of, fields


async def _done(
    request: web.Request, who: access.LoggedIn, number: int, text: str, *, sent: str = "", icon: str = "ok"
) -> web.StreamResponse:
    """Show the contact as it is now; the lists are fetched again."""
    if not pages.is_fragment(request):
        raise web.HTTPSeeOther(_address(request, number))
    events: dict[str, Any] = {LIST_CHANGED: ""}
    if sent:
        events[SENT] = {"number": number, "what": sent}
    extra = {"message": {"text": text, "icon": icon}} if text else {}
    return await desk.show(request, who, number, extra=extra, headers={"HX-Trigger": json.dumps(events)})


def _address(request: web.Request, number: int | None, anchor: str = "gesprek") -> str:
    path = f"/werkplek/{number}" if number else "/werkplek"
    return f"{path}?{urlencode(desk_lists.list_query(request))}#{anchor}"


async def take_next(request: web.Request) -> web.StreamResponse:
    """Claim what waits longest and open it."""
    who = session.required(request)
    of = await request.app[services.SERVICES].desk.take_next(who.employee)
    if of is None:
        raise errors.Conflict("Er wacht nu niemand in uw groepen. U bent helemaal bij.")
    raise web.HTTPSeeOther(f"/werkplek/{of.number}?lijst=mijn#gesprek")


async def take_up(request: web.Request) -> web.StreamResponse:
    """Open this one again and take it."""
    who, of, _ = await _begin(request)
    await request.app[services.SERVICES].desk.take_up(who.employee, of.id)
    return await _done(request, who, of.number, "")


async def claim(request: web.Request) -> web.StreamResponse:
    """Take this one."""
    who, of, _ = await _begin(request)
    if of.open_item_id is None:
        raise errors.Conflict("Deze vraag staat niet meer op de lijst. Laad de lijst opnieuw.")
    await request.app[services.SERVICES].desk.claim(who.employee, of.open_item_id)
    return await _done(request, who, of.number, "")


async def reply(request: web.Request) -> web.StreamResponse:
    """Answer the citizen. When it cannot be sent, the text stays and the employee sees why."""
    who, of, fields = await _begin(request)
    then = fields.get("daarna", contact.Owner.EMPLOYEE)
    if then not in {contact.Owner.EMPLOYEE, contact.Owner.CITIZEN, contact.Owner.CLOSED}:
        raise errors.Invalid("Kies een van de knoppen onder uw antwoord.")
    try:
        await request.app[services.SERVICES].writer.reply(
            who.employee,
            of.id,
            fields.get("text", "").replace("\r\n", "\n"),
            product_id=ids.ProductId(fields["cited"]) if fields.get("cited") else None,
            seen=_seen(fields),
            then=contact.Owner(then),
        )
    except (errors.Conflict, errors.Invalid, errors.GaveUp) as error:
        return await _not_sent(request, who, of.number, fields, error)
    said = {
        contact.Owner.EMPLOYEE: "Uw antwoord is verstuurd.",
        contact.Owner.CITIZEN: "Uw antwoord is verstuurd. We wachten op de burger.",
        contact.Owner.CLOSED: "Uw antwoord is verstuurd. De vraag is afgerond.",
    }[contact.Owner(then)]
    return await _done(request, who, of.number, said, sent="antwoord", icon="send")


async def _not_sent(
    request: web.Request,
    who: access.LoggedIn,
    number: int,
    fields: Mapping[str, str],
    error: errors.IntakeError,
) -> web.StreamResponse:
    """The reply stands in the composer still; what came in between is shown."""
    is_conflict = isinstance(error, errors.Conflict)
    status = 409 if is_conflict else 422
    values = await desk_contact.opened_values(request, who.employee, number)
    opened: desk_view.Opened = values["open"]
    seen = _seen(fields)
    known = len(opened.messages) if seen is None else seen
    news = [m for m in opened.messages[known:] if m.author_id != who.employee.id]
    problem = {
        "title": "Er kwam net iets nieuws bij" if news else "Uw antwoord is niet verstuurd",
        "text": str(error),
        "news": [{"who": m.author_name or values["name"], "text": m.text[:300]} for m in news] if is_conflict else [],
        "can_force": is_conflict and bool(news) and opened.is_mine,
    }
    if pages.is_fragment(request):
        headers = {"HX-Trigger": json.dumps({LIST_CHANGED: "", TIMELINE_CHANGED: ""})}
        return pages.render(request, "desk/_not_sent.html", {"problem": problem}, status=status, headers=headers)
    extra = {"draft": fields.get("text", ""), "problem": problem}
    return await desk.show(request, who, number, status=status, extra=extra)


async def note(request: web.Request) -> web.StreamResponse:
    """Write an internal note."""
    who, of, fields = await _begin(request)
    await request.app[services.SERVICES].writer.note(who.employee, of.id, fields.get("text", "").replace("\r\n", "\n"))
    return await _done(request, who, of.number, "Uw notitie is bewaard.", sent="notitie", icon="note")


async def transfer(request: web.Request) -> web.StreamResponse:
    """Send to another group; right after it, it can be taken back."""
    who, of, fields = await _begin(request)
    back = of.group_id
    moved = await request.app[services.SERVICES].desk.transfer(
        who.employee, of.id, ids.GroupId(fields.get("group", "")), fields.get("reason", "")
    )
    if not pages.is_fragment(request):
        raise web.HTTPSeeOther(_address(request, None, "lijst"))
    groups = await request.app[services.SERVICES].hub.store.read(lambda uow: uow.directory.groups())
    name = next((group.name for group in groups if group.id == moved.group_id), "de andere groep")
    extra = {
        "message": {"text": f"Doorgestuurd naar {name}.", "icon": "transfer"},
        "moved": {"number": of.number, "back": back},
    }
    headers = {
        "HX-Trigger": json.dumps({LIST_CHANGED: ""}),
        "HX-Push-Url": _address(request, None).partition("#")[0],
    }
    return await desk.show(request, who, None, extra=extra, headers=headers)


async def pull_back(request: web.Request) -> web.StreamResponse:
    """Take a contact back that went to the wrong group; the flow checks that this employee sent it."""
    who = session.required(request)
    number = desk_request.must_have(desk_request.number_of(request))
    to = ids.GroupId(str((await request.post()).get("group", "")))
    contact_id = await request.app[desk_request.VIEW].id_of(number)
    if to not in who.employee.groups:
        raise errors.NotAllowed("U kunt alleen terughalen naar een groep waar u in zit.")
    await request.app[services.SERVICES].desk.transfer(who.employee, contact_id, to, "Teruggehaald")
    return await _done(request, who, number, "Teruggehaald. De vraag staat weer bij uw groep.", icon="undo")


async def put_back(request: web.Request) -> web.StreamResponse:
    """Back to its queue, at its old place."""
    who, of, fields = await _begin(request)
    await request.app[services.SERVICES].desk.put_back(who.employee, of.id, fields.get("reason", "").strip())
    return await _done(request, who, of.number, "De vraag staat weer op de lijst, op haar oude plaats.", icon="undo")


def _seen(fields: Mapping[str, str]) -> int | None:
    """How many messages the page showed, so that nothing is ended over one that nobody read."""
    seen = fields.get("seen", "")
    return int(seen) if seen.isascii() and seen.isdigit() and len(seen) < MOST_DIGITS else None


async def wait_for_citizen(request: web.Request) -> web.StreamResponse:
    """Nothing to do until the citizen writes."""
    who, of, fields = await _begin(request)
    await request.app[services.SERVICES].writer.finish(who.employee, of.id, contact.Owner.CITIZEN, seen=_seen(fields))
    return await _done(request, who, of.number, "We wachten op de burger.", icon="clock")


async def resolve(request: web.Request) -> web.StreamResponse:
    """Done."""
    who, of, fields = await _begin(request)
    await request.app[services.SERVICES].writer.finish(who.employee, of.id, contact.Owner.CLOSED, seen=_seen(fields))
    return await _done(request, who, of.number, "De vraag is afgerond.")


async def typing(request: web.Request) -> web.StreamResponse:
    """The citizen in the chat sees that somebody is writing."""
    who, of, _ = await _begin(request)
    if of.conversation_id is not None and of.owner is contact.Owner.EMPLOYEE:
        await request.app[services.SERVICES].conversations.typing(of.conversation_id, who.employee)
    return web.Response(status=204)


async def retry(request: web.Request) -> web.StreamResponse:
    """Try failed work again."""
    who = session.required(request)
    await request.app[desk_request.VIEW].retry(who.employee, int(request.match_info["job"]))
    raise web.HTTPSeeOther("/werkplek/onleesbaar")
