"""The web server on a whole hub, over real HTTP, with the log-ins of the desk's employees."""

import asyncio
import contextlib
import dataclasses
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import test_utils, web

from intake import errors
from intake.domain import handler_group, message
from intake.flow import access
from intake.web import live, server, services
from tests.support import fakes

PASSWORD = "correct horse battery"
NODE_MODULES = Path(__file__).resolve().parents[2] / "node_modules"


class PlainHasher:
    """Instead of argon2, which is slow by design; `test_passwords` has the real one."""

    async def hash(self, password: str) -> str:
        return f"plain:{password}"

    async def verify(self, kept: str, password: str) -> bool:
        return kept == f"plain:{password}"


@dataclasses.dataclass(kw_only=True)
class Browser:
    """What a browser does without script: keeps cookies, sends Origin, fills in the token of the page."""

    site: "Site"
    http: aiohttp.ClientSession
    csrf: str = ""

    async def get(self, path: str, status: int = 200, **more: Any) -> str:
        answer = await self.ask("GET", path, **more)
        text = await answer.text()
        assert answer.status == status, (answer.status, text)
        return text

    async def ask(self, method: str, path: str, **more: Any) -> aiohttp.ClientResponse:
        more.setdefault("allow_redirects", False)
        async with self.http.request(method, self.site.url + path, **more) as answer:
            await answer.read()
            return answer

    async def download(self, path: str) -> tuple[aiohttp.ClientResponse, bytes]:
        async with self.http.get(self.site.url + path) as answer:
            return answer, await answer.read()

    async def post(self, path: str, fields: dict[str, str] | None = None, **more: Any) -> aiohttp.ClientResponse:
        headers = {"Origin": self.site.url} | more.pop("headers", {})
        return await self.ask("POST", path, data={"csrf": self.csrf} | (fields or {}), headers=headers, **more)

    async def log_in(self, who: handler_group.Employee, password: str = PASSWORD) -> "Browser":
        answer = await self.post("/inloggen", {"email": who.email, "password": password})
        assert answer.status == 303, await answer.text()
        page = await self.get("/werkplek")
        found = re.search(r'name="csrf" value="([^"]+)"', page)
        assert found is not None
        self.csrf = found[1]
        return self


@dataclasses.dataclass(kw_only=True)
class Site:
    """A running site; `browser` opens another browser with its own cookies."""

    desk: fakes.Desk
    server: test_utils.TestServer
    doors: access.Access
    _open: contextlib.AsyncExitStack

    @property
    def url(self) -> str:
        return str(self.server.make_url("")).rstrip("/")

    async def browser(self, who: handler_group.Employee | None = None) -> Browser:
        jar = aiohttp.CookieJar(unsafe=True)
        http = await self._open.enter_async_context(aiohttp.ClientSession(cookie_jar=jar))
        browser = Browser(site=self, http=http)
        return await browser.log_in(who) if who is not None else browser

    async def queued(self, text: str = "Ik wil een medewerker spreken", **more: Any) -> int:
        """A mail that needs a person; returns the number of its contact."""
        known = {each.id for each in await self.desk.contacts()}
        await self.desk.mail(text, **more)
        return next(each.number for each in await self.desk.contacts() if each.id not in known)


@contextlib.asynccontextmanager
async def running(
    folder: Path,
    *,
    health: Callable[[], Awaitable[dict[str, Any]]] | None = None,
    demo: services.Demo | None = None,
    is_secure: bool = False,
    more_routes: Callable[[fakes.Desk], Sequence[tuple[str, str, services.Handler]]] = lambda _desk: (),
    **more: Any,
) -> AsyncIterator[Site]:
    """A hub with its web server on a free port."""
    desk = await fakes.open_desk(folder)
    doors = access.Access(desk.hub, PlainHasher())
    for who in (desk.karin, desk.conny, desk.tom):
        await doors.put_employee(who, PASSWORD)

    async def fine() -> dict[str, Any]:
        return {"status": "ok", "parts": {}}

    app = server.build(
        services.Services(
            hub=desk.hub,
            desk=desk.desk,
            writer=desk.writer,
            access=doors,
            conversations=desk.live,
            health=health or fine,
            node_modules=NODE_MODULES,
            is_secure=is_secure,
            channel_routes=[("POST", "/haken/test", hook(desk)), *chat_routes(desk), *more_routes(desk)],
            demo=demo,
            **more,
        )
    )
    async with contextlib.AsyncExitStack() as opened:
        site = test_utils.TestServer(app)
        await site.start_server()
        try:
            yield Site(desk=desk, server=site, doors=doors, _open=opened)
        finally:
            await opened.aclose()
            await site.close()
            await desk.store.close()


def hook(desk: fakes.Desk) -> services.Handler:
    """A channel's webhook: another server calls it, without Origin and without token; here it makes a mail come in.

    `number` in the body continues that contact, `broken` cannot be read, `cut` ends the event streams instead.
    """

    async def take(request: web.Request) -> web.StreamResponse:
        if not request.can_read_body:
            return web.Response(text="taken")
        body = dict(await request.json())
        if body.pop("cut", False):
            request.app[live.STOP].set()
            await asyncio.sleep(0)
            request.app[live.STOP].clear()
            return web.json_response({"number": 0})
        number = body.pop("number", None)
        if number:
            body["thread"] = message.ThreadHints(token=desk.hub.contact_token(number))
        if body.pop("broken", False):
            await desk.broken_mail(errors.Unreadable("Geen geldige mail."))
        else:
            await desk.mail(body.pop("text"), **body)
        newest = (await desk.contacts())[-1]
        return web.json_response({"number": number or newest.number})

    return take


def chat_routes(desk: fakes.Desk) -> Any:
    routes = getattr(desk.hub.channels["webchat"], "routes", None)
    return routes() if routes is not None else ()
