"""The bare references, each a program of its own: `python -m benchmarks.bare smtp|web PORT`. They keep nothing."""

import asyncio
import sys
from typing import Any

from aiohttp import web
from aiosmtpd import smtp


class _Discard:
    async def handle_DATA(self, _server: Any, _session: Any, _envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        return "250 OK"


async def serve_smtp(port: int) -> None:
    """aiosmtpd that accepts every mail and throws it away."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: smtp.SMTP(_Discard(), hostname="bare.example", loop=loop), "127.0.0.1", port
    )
    await server.serve_forever()


async def _echo(request: web.Request) -> web.WebSocketResponse:
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    async for received in socket:
        await socket.send_str(received.data)
    return socket


async def _post(request: web.Request) -> web.Response:
    said = await request.json()
    return web.json_response({"length": len(said)}, status=202)


async def serve_web(port: int) -> None:
    """aiohttp with a WebSocket that echoes at /chat/socket, and a JSON POST at /api/v1/messages."""
    application = web.Application()
    application.router.add_get("/chat/socket", _echo)
    application.router.add_post("/api/v1/messages", _post)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run({"smtp": serve_smtp, "web": serve_web}[sys.argv[1]](int(sys.argv[2])))
