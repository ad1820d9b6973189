"""A web server in front: limits count per visitor, and nobody chooses his own address."""

import asyncio

import aiohttp
import pytest

from intake import errors
from intake.app import registry
from intake.flow import receive
from intake.web import proxies
from tests.support import site

OURS = ("127.0.0.1", "10.0.0.0/8")


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("127.0.0.1", [], "127.0.0.1"),
        ("127.0.0.1", ["203.0.113.7"], "203.0.113.7"),
        ("127.0.0.1", ["198.51.100.1, 203.0.113.7"], "203.0.113.7"),
        ("127.0.0.1", ["198.51.100.1", "203.0.113.7, 10.1.2.3"], "203.0.113.7"),
        ("203.0.113.9", ["198.51.100.1"], "203.0.113.9"),
        ("127.0.0.1", ["not an address"], "127.0.0.1"),
        ("127.0.0.1", ["203.0.113.7:4711"], "127.0.0.1"),
        ("127.0.0.1", ["2001:db8::7"], "2001:db8::7"),
        ("127.0.0.1", ["10.0.0.5"], "10.0.0.5"),
        ("", ["203.0.113.7"], ""),
    ],
)
def test_only_what_our_own_proxies_added_names_the_visitor(peer, forwarded, expected):
    assert proxies.visitor(peer, forwarded, OURS) == expected


async def try_often(browser, times, address):
    texts = []
    for number in range(times):
        fields = {"email": f"nobody{number}@stad.example", "password": "nee"}
        texts.append(await (await browser.post("/inloggen", fields, headers={proxies.FORWARDED: address})).text())
    return texts


async def test_behind_a_proxy_one_visitor_that_guesses_does_not_lock_out_the_town_hall(tmp_path):
    async with site.running(tmp_path) as running:
        browser = await running.browser()
        guesses = await try_often(browser, 21, "203.0.113.7")
        assert "Wacht 15 minuten" in guesses[-1]
        karin = {"email": running.desk.karin.email, "password": site.PASSWORD}
        answer = await browser.post("/inloggen", karin, headers={proxies.FORWARDED: "198.51.100.20"})
        assert answer.status == 303


async def test_behind_a_proxy_each_visitor_has_chats_of_its_own(tmp_path):
    async with site.running(tmp_path) as running, aiohttp.ClientSession() as http:

        async def open_chats(address, count):
            call = {"headers": {proxies.FORWARDED: address}}
            return await asyncio.gather(
                *(http.ws_connect(f"{running.url}/chat/socket", **call) for _ in range(count)), return_exceptions=True
            )

        opened = asyncio.Event()
        listening = asyncio.create_task(
            running.desk.hub.channels["webchat"].listen(receive.Receiver(running.desk.hub), opened.set)
        )
        await opened.wait()
        first = await open_chats("203.0.113.7", 41)
        refused = [each for each in first if isinstance(each, aiohttp.WSServerHandshakeError)]
        assert [each.status for each in refused] == [429]
        other = await open_chats("198.51.100.20", 1)
        assert isinstance(other[0], aiohttp.ClientWebSocketResponse)
        for each in [*first, *other]:
            if isinstance(each, aiohttp.ClientWebSocketResponse):
                await each.close()
        listening.cancel()


def test_a_proxy_that_is_no_address_is_named(monkeypatch):
    monkeypatch.setenv("ONTHAAL_WEB__TRUSTED_PROXIES", '["proxy.stad.example"]')
    with pytest.raises(errors.BadSettings, match="ONTHAAL_WEB__TRUSTED_PROXIES"):
        registry.load_settings()
