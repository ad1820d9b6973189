"""Network addresses as limits and doors compare them: IPv4 in IPv6 is IPv4, and what is no address is nobody's."""

import ipaddress
from collections.abc import Iterable, Sequence

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def networks(written: Iterable[str]) -> tuple[Network, ...]:
    """Networks as the settings write them, which have checked them: an address alone is a network of one."""
    return tuple(ipaddress.ip_network(each, strict=False) for each in written)


def read(text: str) -> Address | None:
    """An address, with or without a port behind it; None when it is none."""
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return mapped or found


def is_in(text: str, known: Sequence[Network]) -> bool:
    """Whether this address is in one of the networks; what is no address is in none."""
    found = read(text)
    return found is not None and any(found in network for network in known)


def is_loopback(text: str) -> bool:
    """Whether this is an address of the machine itself."""
    found = read(text)
    return found is not None and found.is_loopback


def client_of(peer: str, forwarded: Sequence[str], trusted: Sequence[Network]) -> str:
    """The address that a request came from.

    Every proxy adds the address of its own peer at the right; what stands left of the first one that we do not trust
    was typed by whoever sent it. So it is the right-most address that is no trusted proxy, and with none the left-most.

    Args:
        peer: the address of the connection.
        forwarded: every `X-Forwarded-For` header, in order.
        trusted: the networks of our proxies.
    """
    client = peer
    for entry in reversed([part for line in forwarded for part in line.split(",")]):
        if not is_in(client, trusted):
            break
        found = read(entry)
        if found is None:  # nothing true can stand left of it
            break
        client = str(found)
    return client
