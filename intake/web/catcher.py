"""The demo city's mailbox: every mail that the hub sent, to read in the browser."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from aiohttp import web

from intake import errors
from intake.web import pages, services, words

MOST = 100


def routes() -> list[web.RouteDef]:
    """The list and one mail."""
    return [web.get("/demo/mail", mails), web.get("/demo/mail/{name}", mail)]


async def mails(request: web.Request) -> web.StreamResponse:
    """Sent mails, newest first."""
    demo = request.app[services.SERVICES].demo
    found = [_dated(request, one) for one in demo.mails(MOST)] if demo else []
    return pages.render(request, "catcher/list.html", {"mails": found})


async def mail(request: web.Request) -> web.StreamResponse:
    """One mail as its reader sees it."""
    demo = request.app[services.SERVICES].demo
    found = demo.mail(request.match_info["name"]) if demo else None
    if found is None:
        raise errors.NotFound("Deze mail is er niet (meer). Kijk in de lijst.")
    return pages.render(request, "catcher/mail.html", {"mail": _dated(request, found)})


def _dated(request: web.Request, sent: Mapping[str, Any]) -> dict[str, Any]:
    """The mail with its date as the city says it."""
    hub = request.app[services.SERVICES].hub
    times = words.Times(hub.clock.now(), hub.city.time_zone)
    return {**sent, "date": times.stamp(sent["date"]) if isinstance(sent["date"], datetime) else sent["date"]}
