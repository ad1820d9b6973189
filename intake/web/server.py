"""The web server: all routes, what every request passes, and what every answer carries."""

import asyncio

from aiohttp import hdrs, web

from intake.flow import desk_view
from intake.web import (
    api,
    bot_catalogue,
    catcher,
    citizen,
    desk,
    desk_actions,
    desk_request,
    failures,
    files,
    live,
    login,
    pages,
    probes,
    proxies,
    security,
    services,
    session,
)

REQUEST_BYTES = 256 * 1024
"""Largest body of a form: twenty thousand characters of UTF-8, percent-encoded, with room to spare."""


def build(kept: services.Services) -> web.Application:
    """The application of one hub; whoever runs it also ends it."""
    app = web.Application(
        client_max_size=REQUEST_BYTES,
        middlewares=[proxies.see_through, failures.show, session.load, security.guard_changes],
    )
    app[services.SERVICES] = kept
    app[desk_request.VIEW] = desk_view.DeskView(kept.hub)
    app[live.STOP] = asyncio.Event()
    pages.set_up(app, kept.node_modules)
    app.on_response_prepare.append(security.add_headers)
    app.on_shutdown.append(live.end_all)
    for part in (probes, bot_catalogue, citizen, login, desk, desk_actions, files, live):
        app.add_routes(part.routes())
    if kept.demo is not None:
        app.add_routes(catcher.routes())
    _add_static(app, kept)
    app[security.OPEN_PATHS] = frozenset(_add_channels(app, kept)) | frozenset(_add_api(app))
    return app


def _add_static(app: web.Application, kept: services.Services) -> None:
    def vendor(name: str) -> services.Handler:
        async def send(_request: web.Request) -> web.StreamResponse:
            return web.FileResponse(kept.node_modules / pages.VENDOR[name])

        return send

    for name in pages.VENDOR:
        app.router.add_get(f"/static/vendor/{name}", vendor(name))
    app.router.add_static("/static", pages.STATIC)


def _add_channels(app: web.Application, kept: services.Services) -> list[str]:
    """Routes of channels check their callers themselves (chat token, signature of a webhook)."""
    added = [app.router.add_route(method, path, handler) for method, path, handler in kept.channel_routes]
    return [route.resource.canonical for route in added if route.resource is not None]


def _add_api(app: web.Application) -> list[str]:
    """The API brings its routes, its own errors and its own log-in by token."""
    added = app.router.add_routes(api.routes())
    return [route.resource.canonical for route in added if route.resource is not None and route.method != hdrs.METH_GET]
