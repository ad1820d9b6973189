"""Ports of this machine for programs that a test starts: each is given to one test process only, until that ends."""

import random
import socket

PORTS = range(20_000, 32_768)
"""Below the ports that Linux gives to connections of its own accord (ip_local_port_range, 32768 and up): a port of
these is taken by whoever asks for it by number, never by a connection that passes."""


def free_ports(count: int) -> list[int]:
    """So many different ports on which nothing listens and that no other test process was given.

    Raises:
        AssertionError: there are none left.
    """
    found: list[int] = []
    first = random.randrange(len(PORTS))
    for step in range(len(PORTS)):
        if len(found) == count:
            break
        port = PORTS[(first + step) % len(PORTS)]
        if _claimed(port) and _is_free(port):
            found.append(port)
    assert len(found) == count, "no free port"
    return found


def _claimed(port: int) -> bool:
    """Take the name of the port for this process, until it ends, however it ends.

    The kernel keeps names of sockets that begin with a zero byte, without a file (unix(7), abstract sockets).
    """
    claim = socket.socket(socket.AF_UNIX)
    try:
        claim.bind(f"\0onthaal-tests-port-{port}")
    except OSError:
        claim.close()
        return False
    claim.detach()  # stays open
    return True


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
