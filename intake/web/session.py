"""The log-in session of a request: the cookie, who it is, and the door of the workspace."""

from collections.abc import Awaitable, Callable
from urllib.parse import quote, urlsplit

from aiohttp import web

from intake.flow import access
from intake.web import services

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_WHO: web.RequestKey[access.LoggedIn] = web.RequestKey("who", access.LoggedIn)
WORKSPACE = "/werkplek"
BY_ITSELF = ("/werkplek/deel/", "/werkplek/gebeurtenissen")
"""What an open page asks without anybody at the keyboard."""


class LogInFirst(Exception):
    """Nobody is logged in: go to the log-in page and come back."""


def cookie_name(request: web.Request) -> str:
    """Over HTTPS the name itself binds the cookie to this host. Source: RFC 6265bis, section 4.1.3.2."""
    return "__Host-onthaal" if request.app[services.SERVICES].is_secure else "onthaal"


def set_cookie(request: web.Request, response: web.StreamResponse, secret: str) -> None:
    """Give the browser its new session; it ends with the browser or when the server says so."""
    response.set_cookie(
        cookie_name(request),
        secret,
        path="/",
        httponly=True,
        secure=request.app[services.SERVICES].is_secure,
        samesite="Lax",
    )


def clear_cookie(request: web.Request, response: web.StreamResponse) -> None:
    """Take the session away from the browser."""
    is_secure = request.app[services.SERVICES].is_secure
    response.del_cookie(cookie_name(request), path="/", httponly=True, secure=is_secure, samesite="Lax")


def secret_of(request: web.Request) -> str | None:
    """The session id that the browser sent."""
    return request.cookies.get(cookie_name(request))


@web.middleware
async def load(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Look up who is logged in, where that matters."""
    secret = secret_of(request)
    if secret and request.path.startswith((WORKSPACE, "/inloggen", "/uitloggen", "/demo")):
        is_active = not request.path.startswith(BY_ITSELF)
        who = await request.app[services.SERVICES].access.who(secret, is_active=is_active)
        if who is not None:
            request[_WHO] = who
    return await handler(request)


def employee_or_none(request: web.Request) -> access.LoggedIn | None:
    """Who is logged in, if anybody."""
    return request.get(_WHO)


def required(request: web.Request) -> access.LoggedIn:
    """Who is logged in. Raises LogInFirst."""
    who = employee_or_none(request)
    if who is None:
        raise LogInFirst
    return who


def local_path(path: str | None) -> str:
    """A path on this site to go back to; anything else is the workspace."""
    if not path or not path.startswith("/") or path.startswith("//") or "\\" in path or not path.isprintable():
        return WORKSPACE
    parts = urlsplit(path)
    return path if not parts.scheme and not parts.netloc else WORKSPACE


def log_in_address(request: web.Request) -> str:
    """The log-in page that leads back here; after a form that is the page the form stood on."""
    number = request.match_info.get("number")
    back = f"{WORKSPACE}/{number}" if number else WORKSPACE
    if request.method == "GET" and "/deel/" not in request.path:
        back = request.path_qs
    return f"/inloggen?naar={quote(back, safe='/')}"
