"""What machines ask: does it live, can it take questions in, and the figures for Prometheus."""

from aiohttp import web

from intake import errors, prometheus
from intake.flow import access
from intake.web import addresses, proxies, services

NO_STORE = {"Cache-Control": "no-store"}


def routes() -> list[web.RouteDef]:
    """Three addresses."""
    return [web.get("/livez", alive), web.get("/healthz", health), web.get("/metrics", metrics)]


async def alive(_request: web.Request) -> web.StreamResponse:
    """The process answers. To restart it because a disk is full would help nobody, so that is not looked at."""
    return web.json_response({"status": "ok"}, headers=NO_STORE)


async def health(request: web.Request) -> web.StreamResponse:
    """State of every part: 503 only when no question can be taken in; 200 also when degraded, as people answer then."""
    found = await request.app[services.SERVICES].health()
    return web.json_response(found, status=503 if found["status"] == "unavailable" else 200, headers=NO_STORE)


async def metrics(request: web.Request) -> web.StreamResponse:
    """The figures of this hub, for those who may have them. Raises NotAllowed."""
    kept = request.app[services.SERVICES]
    if not may_measure(request, kept.metrics_door):
        raise errors.NotAllowed(
            "De cijfers zijn alleen voor de beheerder. Zet ONTHAAL_METRICS__TOKEN en stuur dat mee als Bearer, of zet "
            "het adres van uw Prometheus in ONTHAAL_METRICS__ALLOWED."
        )
    page = await kept.metrics()
    return web.Response(body=page, headers={"Content-Type": prometheus.CONTENT_TYPE, **NO_STORE})


def may_measure(request: web.Request, door: services.MetricsDoor) -> bool:
    """A token that fits, or an address of the list (see `proxies.is_certain`)."""
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if door.token and scheme.lower() == "bearer" and access.same(given.strip(), door.token):
        return True
    return addresses.is_in(request.remote or "", door.allowed) and proxies.is_certain(request)
