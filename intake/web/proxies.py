"""Who the visitor is when a web server stands in front: limits count per visitor, not per proxy."""

import ipaddress
from collections.abc import Awaitable, Callable, Sequence

from aiohttp import typedefs, web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
FORWARDED = "X-Forwarded-For"
"""Each proxy adds the address that it saw at the right end. Source: the practice described in RFC 7239, section 1."""


def visitor(peer: str, forwarded: Sequence[str], trusted: Sequence[str]) -> str:
    """The address of the visitor: the one furthest to the right that is not a proxy of ours.

    Args:
        peer: the other end of the connection.
        forwarded: the values of the header, in order; anybody can write there, so only what our proxies added counts.
        trusted: addresses or networks of our proxies.
    """
    networks = [ipaddress.ip_network(each, strict=False) for each in trusted]
    seen = peer
    for hop in reversed([part.strip() for value in forwarded for part in value.split(",")]):
        if not _is_among(seen, networks) or _address(hop) is None:
            break
        seen = hop
    return seen


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def _is_among(text: str, networks: Sequence[ipaddress.IPv4Network | ipaddress.IPv6Network]) -> bool:
    address = _address(text)
    return address is not None and any(address in network for network in networks)


def behind(trusted: Sequence[str]) -> typedefs.Middleware:
    """The middleware that gives a request the address of its visitor as `remote`."""

    @web.middleware
    async def know_visitor(request: web.Request, handler: Handler) -> web.StreamResponse:
        forwarded = request.headers.getall(FORWARDED, ())
        if not forwarded:
            return await handler(request)
        return await handler(request.clone(remote=visitor(request.remote or "", forwarded, trusted)))

    return know_visitor
