"""Log in and out."""

from typing import Any

from aiohttp import web

from intake import errors
from intake.web import pages, services, session, words


def routes() -> list[web.RouteDef]:
    """The log-in page and its two acts."""
    return [
        web.get("/inloggen", page),
        web.post("/inloggen", log_in),
        web.post("/uitloggen", log_out),
    ]


async def page(request: web.Request) -> web.StreamResponse:
    """The form; whoever is logged in already goes on."""
    if session.employee_or_none(request) is not None:
        raise web.HTTPSeeOther(session.local_path(request.query.get("naar")))
    return _form(request)


def _form(request: web.Request, *, email: str = "", problem: str = "", status: int = 200) -> web.Response:
    kept = request.app[services.SERVICES]
    local = kept.hub.clock.now().astimezone(words.zone(kept.hub.city.time_zone))
    greetings = ((6, "Goedenacht"), (12, "Goedemorgen"), (18, "Goedemiddag"), (24, "Goedenavond"))
    values: dict[str, Any] = {
        "greeting": next(text for until, text in greetings if local.hour < until),
        "email": email,
        "problem": problem,
        "back": session.local_path(request.query.get("naar")),
        "logins": kept.demo.logins if kept.demo else (),
    }
    return pages.render(request, "login.html", values, status=status)


async def log_in(request: web.Request) -> web.StreamResponse:
    """Check the password; the browser gets a session that it did not have before."""
    fields = await request.post()
    email, password = str(fields.get("email", "")), str(fields.get("password", ""))
    doors = request.app[services.SERVICES].access
    try:
        secret = await doors.log_in(email, password, request.remote or "")
    except errors.NotAllowed as error:
        return _form(request, email=email, problem=str(error), status=403)
    old = session.secret_of(request)
    if old:
        await doors.log_out(old)
    response = web.Response(status=303, headers={"Location": session.local_path(request.query.get("naar"))})
    session.set_cookie(request, response, secret)
    return response


async def log_out(request: web.Request) -> web.StreamResponse:
    """End the session here and in the store."""
    secret = session.secret_of(request)
    if secret:
        await request.app[services.SERVICES].access.log_out(secret)
    response = web.Response(status=303, headers={"Location": "/inloggen"})
    session.clear_cookie(request, response)
    return response
