"""Who asks, when reverse proxies of the city stand before the hub: without this every citizen has the proxy's address.

The limits per address (chats, log-ins) count on it.
"""

import ipaddress
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
HEADER = "X-Forwarded-For"


def caller(remote: str, forwarded: Sequence[str], trusted: Sequence[Network]) -> str:
    """The address of who asks.

    Args:
        remote: the address at the other end of the connection.
        forwarded: what the proxies noted, farthest first; only the part that trusted proxies wrote is believed.
        trusted: the networks of our own proxies.

    Returns:
        The nearest address that is no proxy of ours; `remote` when a proxy noted no address.
    """
    nearest = remote
    for noted in (*reversed(forwarded), None):
        if noted is None or not _is_in(nearest, trusted):
            return nearest
        try:
            nearest = str(ipaddress.ip_address(noted))
        except ValueError:
            return nearest
    return nearest


def _is_in(address: str, networks: Sequence[Network]) -> bool:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    return any(found in network for network in networks)


def believe(trusted: Sequence[Network]) -> Any:
    """The middleware that gives each request the address of who asks; the first one, before any limit counts."""

    @web.middleware
    async def name_caller(request: web.Request, handler: Handler) -> web.StreamResponse:
        remote = request.remote or ""
        noted = [part.strip() for line in request.headers.getall(HEADER, ()) for part in line.split(",")]
        found = caller(remote, noted, trusted)
        return await handler(request if found == remote else request.clone(remote=found))

    return name_caller
