"""Our own SMTP server before any handler, on a free port of this machine."""

import contextlib
from collections.abc import AsyncIterator

from channels.email import smtp_server


@contextlib.asynccontextmanager
async def serving(handler: smtp_server.Handler, hostname: str) -> AsyncIterator[int]:
    """Its port, while the context is open."""
    server = smtp_server.Server(handler, smtp_server.Limits(), hostname=hostname)
    await server.start("127.0.0.1", 0)
    try:
        yield server.port
    finally:
        await server.close()
