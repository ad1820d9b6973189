"""What every page of the workspace asks of a request: the view behind it, the contact in the address, the time."""

from datetime import datetime
from typing import Any

from aiohttp import web

from intake import errors
from intake.flow import desk_view
from intake.web import services, words

VIEW: web.AppKey[desk_view.DeskView] = web.AppKey("desk_view", desk_view.DeskView)


def number_of(request: web.Request) -> int | None:
    """The contact number in the address."""
    number = request.match_info.get("number")
    return int(number) if number else None


def must_have(number: int | None) -> int:
    """The number in the address. Raises NotFound."""
    if number is None:
        raise errors.NotFound(desk_view.NOT_THERE)
    return number


def times(request: web.Request, now: datetime) -> words.Times:
    """How moments are said in this city, at `now`."""
    return words.Times(now, request.app[services.SERVICES].hub.city.time_zone)


def nothing_open() -> dict[str, Any]:
    """What the templates need when no contact is open."""
    return {"open": None, "message": None, "moved": None}
