"""What one operation of the API is: its address, its scope, its shapes, and the function that does it."""

import dataclasses
from collections.abc import Awaitable, Callable, Mapping
from typing import Final
from urllib.parse import urlencode

import pydantic
from aiohttp import web

from intake import ports
from intake.web import services as services_module
from intake.web.api import problems

BASE: Final = "/api/v1"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request that may pass. `token` is None only where no scope is asked."""

    request: web.Request
    services: services_module.Services
    token: ports.ApiToken | None

    @property
    def caller(self) -> ports.ApiToken:
        """The token of an operation that asks for a scope."""
        assert self.token is not None  # noqa: S101 - the guard lets nobody else through
        return self.token

    def id(self, name: str) -> str:
        """An id from the path.

        Raises:
            Refusal: no id of ours looks like this (404).
        """
        value = self.request.match_info[name]
        if len(value) > LONGEST_ID or not value.isprintable():
            raise problems.not_found()
        return value

    def url(self, path: str) -> str:
        """The address of a path of this API; absolute when the hub knows its public address."""
        return f"{self.services.hub.city.public_url.rstrip('/')}{BASE}{path}"

    def next_url(self, after: str | None) -> str | None:
        """The address of the page that begins after this key, with the other parameters of this one."""
        if after is None:
            return None
        return self.url(self.request.path.removeprefix(BASE)) + f"?{urlencode({**self.request.query, 'after': after})}"


LONGEST_ID: Final = 200

Handler = Callable[[Call], Awaitable[web.Response]]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method on one path; the routes and the OpenAPI document are both made from these.

    `scope` None means open to all. `refusals` names the statuses beyond those that every operation may answer with.
    """

    id: str
    method: str
    path: str
    handler: Handler
    scope: str | None
    tag: str
    summary: str
    description: str = ""
    query: type[pydantic.BaseModel] | None = None
    headers: Mapping[str, str] = dataclasses.field(default_factory=dict[str, str])
    """Optional request headers: name and what it does."""
    body: type[pydantic.BaseModel] | None = None
    result: type[pydantic.BaseModel] | None
    status: int = 200
    refusals: tuple[int, ...] = ()


def reply(result: pydantic.BaseModel, *, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    """The answer of an operation; never kept by a cache, because it may hold personal data."""
    return web.Response(
        status=status,
        body=result.model_dump_json(by_alias=True).encode(),
        content_type="application/json",
        headers={"API-Version": problems.VERSION, "Cache-Control": "no-store", **(headers or {})},
    )
