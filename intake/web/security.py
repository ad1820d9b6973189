"""What keeps other sites out: response headers, the origin of changes, and the token of the session."""

import ipaddress
import re
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from aiohttp import hdrs, web

from intake import errors
from intake.flow import access
from intake.web import services, session

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

SAFE_METHODS = frozenset({hdrs.METH_GET, hdrs.METH_HEAD, hdrs.METH_OPTIONS})
CSRF_FIELD = "csrf"
CSRF_HEADER = "X-CSRF-Token"
_HOST = re.compile(r"[A-Za-z0-9.-]+(:\d{1,5})?|\[[0-9a-fA-F:]+\](:\d{1,5})?")

MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; base-uri 'none'; "
    "form-action 'none'; sandbox allow-popups allow-popups-to-escape-sandbox"
)
"""For the HTML of a mail in its frame: no script, no form, nothing from elsewhere (no tracking picture).

A link opens in a tab of its own, outside the frame's sandbox, because most sites do not work inside one; it gets no way
back and no referrer (`intake.markup` sets rel, `desk/mail.html` the target).
"""

OPEN_PATHS: web.AppKey[frozenset[str]] = web.AppKey("open_paths", frozenset)
"""Routes that check their callers themselves: channels and the API."""


def page_policy(host: str, *, is_secure: bool) -> str:
    """The content security policy of our own pages; in older browsers 'self' does not hold its WebSocket.

    Source: Content Security Policy Level 3.
    """
    socket = f" {'wss' if is_secure else 'ws'}://{host}" if _HOST.fullmatch(host) else ""
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        f"connect-src 'self'{socket}; frame-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
    )


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Set the headers that every response carries; a handler may have set a stricter policy already."""
    headers = response.headers
    is_secure = request.app[services.SERVICES].is_secure
    headers.setdefault("Content-Security-Policy", page_policy(request.host, is_secure=is_secure))
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
    if is_secure:
        headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    if request.path.startswith("/static/"):
        has_version = "v" in request.query
        headers["Cache-Control"] = "public, max-age=31536000, immutable" if has_version else "no-cache"
    else:
        headers.setdefault("Cache-Control", "no-store" if _is_private(request.path) else "no-cache")
    if request.path.startswith("/static/chat/"):
        headers["Access-Control-Allow-Origin"] = "*"
        headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    else:
        headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")


def _is_private(path: str) -> bool:
    return path.startswith(("/werkplek", "/inloggen", "/uitloggen", "/demo"))


@web.middleware
async def guard_changes(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse changes that another site caused, and changes in a session without its token.

    The demo shows its log-ins, so there even reading needs our own name: a name of somebody else that leads to this
    machine (DNS rebinding) must not read them.
    """
    is_safe = request.method in SAFE_METHODS and request.app[services.SERVICES].demo is None
    if not is_safe and not _is_open(request) and not _is_own_host(request):
        own = request.app[services.SERVICES].hub.city.public_url
        raise errors.NotAllowed(f"Deze site heet anders. Ga naar {own}. Klopt dat niet? Zet ONTHAAL_WEB__PUBLIC_URL.")
    if request.method in SAFE_METHODS or _is_open(request):
        return await handler(request)
    if not _is_same_origin(request):
        raise errors.NotAllowed("Deze opdracht kwam van een andere website. Er is niets gewijzigd.")
    who = session.employee_or_none(request)
    if who is not None:
        given = request.headers.get(CSRF_HEADER) or str((await request.post()).get(CSRF_FIELD, ""))
        if not access.same(given, who.csrf):
            raise errors.NotAllowed(
                "Deze pagina is te oud. Er is niets gewijzigd. Laad de pagina opnieuw en probeer het nog een keer."
            )
    return await handler(request)


def _is_open(request: web.Request) -> bool:
    resource = request.match_info.route.resource
    return resource is not None and resource.canonical in request.app[OPEN_PATHS]


def _is_own_host(request: web.Request) -> bool:
    """The public name of the hub, this machine, or a bare address: names that nobody else can point at us."""
    try:
        host = urlsplit(f"//{request.host}").hostname or ""
    except ValueError:
        return False
    if host in {"localhost", urlsplit(request.app[services.SERVICES].hub.city.public_url).hostname}:
        return True
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _is_same_origin(request: web.Request) -> bool:
    """Browsers send Origin with every change; a client that sends none has no cookies of a browser to misuse."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        return False
    origin = request.headers.get(hdrs.ORIGIN)
    if origin is None:
        return True
    own = urlsplit(request.app[services.SERVICES].hub.city.public_url).netloc
    try:
        return urlsplit(origin).netloc in {request.host, own} - {""}
    except ValueError:
        return False
