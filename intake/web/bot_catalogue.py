"""The catalogue for a bot that runs elsewhere: it asks again and again, and gets the snapshot only when it changed."""

import json
from http import HTTPStatus

from aiohttp import web

from intake.catalogue import snapshot
from intake.web import services

PATH = "/bot/catalogue.json"
SCOPE = "products:read"


def routes() -> list[web.RouteDef]:
    """The one address; `bot/onthaal_bot/sync.py` asks it with an API token."""
    return [web.get(PATH, show)]


async def show(request: web.Request) -> web.Response:
    """The snapshot with its version as ETag; 304 when the bot has it already."""
    behind = request.app[services.SERVICES]
    kind, _, secret = request.headers.get("Authorization", "").partition(" ")
    token = await behind.access.bearer(secret) if kind.lower() == "bearer" and secret else None
    if token is None or SCOPE not in token.scopes:
        raise web.HTTPUnauthorized(headers={"WWW-Authenticate": "Bearer"}, text=f"Een token met {SCOPE} is nodig.")
    content = snapshot.content(await behind.hub.store.read(lambda uow: uow.products.all()))
    headers = {"ETag": f'"{content["version"]}"', "Cache-Control": "no-cache"}
    if request.headers.get("If-None-Match") == headers["ETag"]:
        return web.Response(status=HTTPStatus.NOT_MODIFIED, headers=headers)
    return web.json_response(content, headers=headers, dumps=lambda value: json.dumps(value, ensure_ascii=False))
