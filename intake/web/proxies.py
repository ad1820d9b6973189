"""Whose request it is behind reverse proxies that the administrator trusts. Nobody is trusted by default."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from intake.web import addresses, services

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

FORWARDED_FOR = "X-Forwarded-For"
_FORWARDING = (FORWARDED_FOR, "Forwarded", "X-Real-IP", "Via")
"""Headers that a proxy adds: a request with one of them did not begin where its connection did."""

_SEEN_THROUGH: web.RequestKey[bool] = web.RequestKey("seen_through", bool)


@web.middleware
async def see_through(request: web.Request, handler: Handler) -> web.StreamResponse:
    """From here on `request.remote` is the citizen's or employee's address, for every limit that counts by it."""
    trusted = request.app[services.SERVICES].trusted_proxies
    peer = request.remote or ""
    if trusted and addresses.is_in(peer, trusted):
        client = addresses.client_of(peer, request.headers.getall(FORWARDED_FOR, []), trusted)
        if client != peer:
            request = request.clone(remote=client)
            request[_SEEN_THROUGH] = True
    return await handler(request)


def is_certain(request: web.Request) -> bool:
    """Whether `request.remote` is good enough to open a door by.

    A request that a proxy passed on counts only when the proxy is trusted and named a machine elsewhere: behind a proxy
    that nobody told us of may be anybody, and "this machine" is what an intruder would write.
    """
    if not any(name in request.headers for name in _FORWARDING):
        return True
    return request.get(_SEEN_THROUGH, False) and not addresses.is_loopback(request.remote or "")
