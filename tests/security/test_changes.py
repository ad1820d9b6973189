"""Every route that can change something refuses what another site caused. New routes are tested by themselves."""

import asyncio
import contextlib
import sqlite3
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import hdrs, web

from channels import api_intake
from intake.domain import message
from intake.flow import access
from tests.support import busy_desk, site

SAFE = {hdrs.METH_GET, hdrs.METH_HEAD, hdrs.METH_OPTIONS}
OF_THE_TEST = "/haken/test"
"""The channel that the test site itself adds."""
FOREIGN = [
    {"Origin": "https://kwaad.example"},
    {"Origin": "null"},
    {"Origin": "http://127.0.0.1:1"},
    {"Origin": "HTTP://"},
    {"Origin": "http://[kapot"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
]
WRONG_TOKENS = ["", "verkeerd", "x" * 5_000, "é"]


class Whole:
    """A busy site with a value for every part of an address."""

    def __init__(self, running: site.Site, values: dict[str, str]) -> None:
        self.running = running
        self.values = values

    def routes(self, *, changing: bool) -> list[tuple[str, str]]:
        """Method and address of every route that people reach, with its variable parts filled in."""
        found: set[tuple[str, str]] = set()
        for route in self.running.server.app.router.routes():
            resource = route.resource
            assert resource is not None
            is_other = resource.canonical == OF_THE_TEST or isinstance(resource, web.StaticResource)
            if is_other or route.method == hdrs.METH_ANY or (route.method in SAFE) is changing:
                continue
            found.add((route.method, self._filled(resource)))
        return sorted(found)

    def _filled(self, resource: Any) -> str:
        info = resource.get_info()
        if "formatter" not in info:
            return str(info["path"])
        names = {name: self.values[name] for name in info["pattern"].groupindex}  # a new name needs a value above
        return str(info["formatter"].format_map(names))

    def records(self) -> list[str]:
        """Everything that is kept, except when each session was last seen."""
        with contextlib.closing(sqlite3.connect(self.running.desk.store._database._path)) as database:
            return [line for line in database.iterdump() if not line.startswith('INSERT INTO "login_session"')]


@pytest_asyncio.fixture
async def whole(tmp_path):
    async with site.running(tmp_path) as running:
        desk = running.desk
        assert isinstance(desk.hub.channels, dict)
        desk.hub.channels[api_intake.NAME] = api_intake.ApiChannel()
        number = await busy_desk.fill(running)
        file = message.InboundAttachment(name="a.txt", media_type="text/plain", content=b"x")
        sent = await busy_desk.mail(
            running, "Els Claes", "Bijlage", "Ik wil een medewerker", attachments=(file,), html="<p>x</p>"
        )
        of = await busy_desk.id_of(running, sent)
        kept = (await desk.messages(of))[0]
        with contextlib.closing(sqlite3.connect(desk.store._database._path)) as database:
            ((attached,),) = database.execute("SELECT id FROM attachment WHERE message_id = ?", (kept.id,)).fetchall()
            ((receipt,),) = database.execute("SELECT id FROM receipt WHERE outcome_ref = ?", (kept.id,)).fetchall()
        values = {
            "number": str(number), "job": "1", "product": "paspoort", "attachment": attached, "receipt": receipt,
            "message": kept.id, "contactId": of, "receiptId": receipt, "productId": "paspoort", "anything": "x",
        }  # fmt: skip
        yield Whole(running, values)


async def test_no_change_is_made_for_another_site(whole):
    browser = await whole.running.browser(whole.running.desk.karin)
    visitor = await whole.running.browser()
    before = whole.records()
    routes = [route for route in whole.routes(changing=True) if not route[1].startswith("/api/")]
    assert len(routes) >= 13
    for method, path in routes:
        for headers in FOREIGN:
            for who in (browser, visitor):
                answer = await who.ask(method, path, data={"csrf": who.csrf}, headers=headers)
                assert answer.status == 403, (method, path, headers, answer.status)
    assert whole.records() == before


async def test_no_change_is_made_without_the_token_of_the_session(whole):
    browser = await whole.running.browser(whole.running.desk.karin)
    other = await whole.running.browser(whole.running.desk.tom)
    before = whole.records()
    for method, path in whole.routes(changing=True):
        if path.startswith("/api/"):
            continue
        own = {"Origin": whole.running.url}
        for token in (*WRONG_TOKENS, other.csrf):
            as_field = await browser.ask(method, path, data={"csrf": token}, headers=own)
            assert as_field.status == 403, (method, path, token, as_field.status)
            as_header = await browser.ask(method, path, headers=own | {"X-CSRF-Token": token})
            assert as_header.status == 403, (method, path, token, as_header.status)
        for body in ({}, {"json": {"csrf": browser.csrf}}, {"params": {"csrf": browser.csrf}}):
            bare = await browser.ask(method, path, headers=own, **body)
            assert bare.status == 403, (method, path, body)
    assert whole.records() == before


async def test_a_token_of_bytes_that_are_no_text_is_a_wrong_token(whole):
    browser = await whole.running.browser(whole.running.desk.karin)
    (cookie,) = browser.http.cookie_jar
    port = whole.running.server.port
    for junk in (b"\xff\xfe", b"\xed\xa0\x80"):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(
            f"POST /uitloggen HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: {whole.running.url}\r\n"
            f"Cookie: onthaal={cookie.value}\r\nConnection: close\r\nContent-Length: 0\r\nX-CSRF-Token: ".encode()
            + junk + b"\r\n\r\n"
        )  # fmt: skip
        assert (await reader.readline()).startswith(b"HTTP/1.1 403")
        writer.close()
        await writer.wait_closed()


async def test_looking_changes_nothing(whole):
    browser = await whole.running.browser(whole.running.desk.tom)
    token = await whole.running.doors.create_token("lezer", access.SCOPES)
    before = whole.records()
    seen: set[int] = set()
    routes = whole.routes(changing=False)
    assert len(routes) >= 25
    for method, path in routes:
        if method != hdrs.METH_GET or path == "/chat/socket":
            continue
        headers = {"Authorization": f"Bearer {token}"} if path.startswith("/api/") else {}
        async with browser.http.get(
            whole.running.url + path, headers=headers, params={"text": "x", "csrf": browser.csrf}, allow_redirects=False
        ) as answer:
            if answer.content_type != "text/event-stream":
                await answer.read()
            seen.add(answer.status)
            assert answer.status < 500, (path, answer.status)
        for changing in ("POST", "PUT", "PATCH", "DELETE"):
            if (changing, path) not in whole.routes(changing=True):
                refused = await browser.post(path) if changing == "POST" else await browser.ask(changing, path)
                assert refused.status in {403, 404, 405, 401}, (changing, path, refused.status)
    await whole.running.desk.worker.drain()
    assert 200 in seen
    for method, path in whole.routes(changing=True):
        if (hdrs.METH_GET, path) in whole.routes(changing=False):
            continue
        answer = await browser.ask(
            "GET", path, params={"csrf": browser.csrf, "_method": method}, headers={"X-HTTP-Method-Override": method}
        )
        assert answer.status in {401, 404, 405}, (path, answer.status)
    assert whole.records() == before


async def test_the_api_knows_no_cookies(whole):
    browser = await whole.running.browser(whole.running.desk.tom)
    before = whole.records()
    open_to_all = 0
    for method, path in [*whole.routes(changing=True), *whole.routes(changing=False)]:
        if not path.startswith("/api/v1/") or method not in {"GET", "POST", "PUT", "PATCH", "DELETE"}:
            continue
        headers = {"Origin": whole.running.url, "X-CSRF-Token": browser.csrf}
        answer = await browser.ask(method, path, headers=headers, json={} if method != "GET" else None)
        if path.endswith(("/openapi.json", "/x")):
            open_to_all += 1
            continue
        assert answer.status == 401, (method, path, answer.status)
        assert not answer.cookies
    assert open_to_all <= 8
    assert whole.records() == before


async def test_the_chat_opens_for_its_own_site_only(whole):
    channel = whole.running.desk.hub.channels["webchat"]
    channel._door.open(whole.running.desk.receive)
    async with aiohttp.ClientSession() as http:
        for origin in ("https://kwaad.example", "null", "http://127.0.0.1:1", "http://[kapot", "", "file://"):
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                await http.ws_connect(f"{whole.running.url}/chat/socket", headers={"Origin": origin})
            assert refused.value.status == 403, origin
        for headers in ({}, {"Origin": whole.running.url}):
            async with http.ws_connect(f"{whole.running.url}/chat/socket", headers=headers) as socket:
                await socket.send_json({"type": "hello", "language": "nl"})
                assert (await socket.receive_json())["type"] == "welcome"
    await channel._door.close()
