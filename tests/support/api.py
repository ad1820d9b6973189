"""The API on a whole hub, over real HTTP, with a token for every scope."""

import contextlib
import dataclasses
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from aiohttp import test_utils

from channels import api_intake
from intake.flow import access
from intake.web import passwords, server, services
from tests.support import fakes

BASE = "/api/v1"


@dataclasses.dataclass(kw_only=True)
class Api:
    """A client that sends a token with all scopes, unless told otherwise."""

    desk: fakes.Desk
    access: access.Access
    client: test_utils.TestClient
    token: str

    async def ask(self, method: str, path: str, *, token: str | None = None, **more: Any) -> Any:
        """One request; the answer has been read."""
        headers = {"Authorization": f"Bearer {token or self.token}"} | more.pop("headers", {})
        async with self.client.request(method, BASE + path, headers=headers, **more) as answer:
            await answer.read()
            return answer

    async def get(self, path: str, status: int = 200, **more: Any) -> Any:
        """The JSON under a path."""
        answer = await self.ask("GET", path, **more)
        assert answer.status == status, await answer.text()
        return await answer.json(content_type=None)

    async def post(self, path: str, body: Any, status: int, **more: Any) -> Any:
        """The JSON that comes back."""
        answer = await self.ask("POST", path, json=body, **more)
        assert answer.status == status, await answer.text()
        return await answer.json(content_type=None)

    async def page_through(self, path: str) -> list[Any]:
        """All results of a list, page by page."""
        found: list[Any] = []
        while path:
            page = await self.get(path)
            found += page["results"]
            path = (page["next"] or "").removeprefix("http://stad" + BASE)
        return found


async def _health() -> dict[str, Any]:
    return {"status": "ok", "parts": {}}


@contextlib.asynccontextmanager
async def running(folder: Path) -> AsyncIterator[Api]:
    """A hub with the API channel, and its API."""
    desk = await fakes.open_desk(folder)
    assert isinstance(desk.hub.channels, dict)
    desk.hub.channels[api_intake.NAME] = api_intake.ApiChannel()
    hasher = passwords.Argon2()
    doors = access.Access(desk.hub, hasher)
    app = server.build(
        services.Services(
            hub=desk.hub, desk=desk.desk, writer=desk.writer, access=doors, conversations=desk.live,
            health=_health, node_modules=folder, is_secure=False,
        )
    )  # fmt: skip
    token = await doors.create_token("alles", access.SCOPES)
    try:
        async with test_utils.TestClient(test_utils.TestServer(app)) as client:
            yield Api(desk=desk, access=doors, client=client, token=token)
    finally:
        hasher.close()
        await desk.store.close()


def new_message(**more: Any) -> dict[str, Any]:
    """A message as a city form sends it."""
    return {
        "from": {"email": "jan@example.org", "name": "Jan Peeters"},
        "subject": "Paspoort",
        "text": "Ik wil een medewerker spreken over mijn aanvraag.",
        "externalId": "formulier-1",
    } | more
