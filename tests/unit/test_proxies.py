"""Behind a reverse proxy the limits count per citizen, and nobody can pass for somebody else."""

import ipaddress

import aiohttp
import pytest
from aiohttp import web

from intake.web import proxies
from tests.support import running

OURS = [ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("10.0.0.0/8")]


@pytest.mark.parametrize(
    ("remote", "noted", "found"),
    [
        ("127.0.0.1", [], "127.0.0.1"),
        ("127.0.0.1", ["203.0.113.7"], "203.0.113.7"),
        ("127.0.0.1", ["198.51.100.1", "203.0.113.7"], "203.0.113.7"),  # the first one is what the caller claims
        ("127.0.0.1", ["203.0.113.7", "10.0.0.9"], "203.0.113.7"),  # two proxies of ours
        ("127.0.0.1", ["10.1.2.3"], "10.1.2.3"),  # an employee inside
        ("203.0.113.9", ["198.51.100.1"], "203.0.113.9"),  # no proxy of ours: not believed
        ("127.0.0.1", ["unknown"], "127.0.0.1"),
        ("127.0.0.1", ["198.51.100.1", "a b"], "127.0.0.1"),
        ("::ffff:127.0.0.1", ["2001:db8::1"], "2001:db8::1"),
        ("", ["203.0.113.7"], ""),
    ],
)
def test_the_nearest_address_that_is_no_proxy_of_ours_asks(remote, noted, found):
    assert proxies.caller(remote, noted, OURS) == found


def test_without_trusted_proxies_nothing_is_believed():
    assert proxies.caller("127.0.0.1", ["203.0.113.7"], ()) == "127.0.0.1"


@pytest.mark.parametrize(("trusted", "seen"), [(OURS, "203.0.113.7"), ([], "127.0.0.1")])
async def test_requests_and_sockets_carry_the_address_of_who_asks(trusted, seen):
    async def show(request: web.Request) -> web.StreamResponse:
        if request.headers.get("Upgrade"):
            socket = web.WebSocketResponse()
            await socket.prepare(request)
            await socket.send_str(f"{request.remote} {request.match_info['name']}")
            await socket.close()
            return socket
        body = await request.post()
        return web.Response(text=f"{request.remote} {request.match_info['name']} {body.get('field', '')}".strip())

    app = web.Application(middlewares=[proxies.believe(trusted)])
    app.router.add_route("*", "/{name}", show)
    runner = web.AppRunner(app)
    await runner.setup()
    (port,) = running.free_ports(1)
    await web.TCPSite(runner, "127.0.0.1", port).start()
    url, headers = f"http://127.0.0.1:{port}/an", {"X-Forwarded-For": "198.51.100.1, 203.0.113.7"}
    try:
        async with aiohttp.ClientSession(headers=headers) as client:
            async with client.post(url, data={"field": "value"}) as answer:
                assert await answer.text() == f"{seen} an value"
            async with client.ws_connect(url) as socket:
                assert await socket.receive_str(timeout=5) == f"{seen} an"
    finally:
        await runner.cleanup()
