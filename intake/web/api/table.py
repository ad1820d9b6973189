"""Every operation of the API, and the routes that `intake.web.server` mounts."""

import json
from typing import Final

from aiohttp import web

from intake.web.api import contacts, guard, messages, openapi, operation, problems, products, queues, receipts


async def _get_document(call: operation.Call) -> web.Response:
    """The OpenAPI document; open to all, also to pages of other sites (NL API Design Rules, /core/publish-openapi)."""
    return web.Response(
        body=json.dumps(openapi.build(OPERATIONS, call.services.hub.city), ensure_ascii=False).encode(),
        content_type="application/json",
        headers={
            "API-Version": problems.VERSION,
            "Access-Control-Allow-Origin": "*",
            "Cross-Origin-Resource-Policy": "cross-origin",
        },
    )


OPERATIONS: Final[tuple[operation.Operation, ...]] = (
    *contacts.OPERATIONS,
    *messages.OPERATIONS,
    *receipts.OPERATIONS,
    *queues.OPERATIONS,
    *products.OPERATIONS,
    operation.Operation(
        id="getDocument",
        method="GET",
        path="/openapi.json",
        handler=_get_document,
        scope=None,
        tag="document",
        summary="This document",
        result=None,
    ),
)


def routes() -> list[web.RouteDef]:
    """All routes under /api, those included that answer 405 and 404 in the API's own way."""
    by_path: dict[str, list[operation.Operation]] = {}
    for one in OPERATIONS:
        by_path.setdefault(operation.BASE + one.path, []).append(one)
    found: list[web.RouteDef] = []
    for path, here in by_path.items():
        found += [web.route(one.method, path, guard.guarded(one)) for one in here]  # with GET comes HEAD
        methods = {one.method for one in here}
        allowed = sorted(methods | {"HEAD"}) if "GET" in methods else sorted(methods)
        found.append(web.route("*", path, guard.no_such_method(tuple(allowed))))
    found.append(web.route("*", "/api/{anything:.*}", guard.no_such_path()))
    return found
