"""The door of every operation: the bearer token and its scope, and one shape for every refusal. Source: RFC 6750."""

import logging
import re
from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import web

from intake import errors, ports
from intake.web import services as services_module
from intake.web.api import operation as operations
from intake.web.api import problems

log = logging.getLogger(__name__)

REALM: Final = 'Bearer realm="onthaal"'
_BEARER: Final = re.compile(r"bearer +([A-Za-z0-9._~+/-]{1,512}=*)", re.IGNORECASE)
"""Source: RFC 6750 2.1, b64token; the length is ours."""

WebHandler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def guarded(operation: operations.Operation) -> WebHandler:
    """The handler that aiohttp calls for `operation`."""

    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            services = request.app[services_module.SERVICES]
            token = await _token(request, services, operation.scope)
            return await operation.handler(operations.Call(request=request, services=services, token=token))
        except problems.Refusal as refusal:
            return _refused(request, operation, refusal)
        except errors.IntakeError as error:
            return _refused(request, operation, problems.of_error(error))
        except Exception:  # the error middleware of the pages leaves /api to the API; this is its half
            log.exception("api_failed", extra={"operation": operation.id})
            return problems.failure(request)

    return handle


def _refused(request: web.Request, operation: operations.Operation, refusal: problems.Refusal) -> web.Response:
    log.info("api_refused", extra={"operation": operation.id, "status": refusal.status, "code": refusal.code})
    return problems.response(request, refusal)


async def _token(request: web.Request, services: services_module.Services, scope: str | None) -> ports.ApiToken | None:
    """The token of the caller when it may do this.

    Raises:
        Refusal: none, not ours (401), or without the scope (403).
    """
    if scope is None:
        return None
    header = request.headers.get("Authorization")
    if header is None:
        raise problems.Refusal(
            401,
            "token_missing",
            "Send the header Authorization: Bearer, followed by your token.",
            headers={"WWW-Authenticate": REALM},
        )
    match = _BEARER.fullmatch(header.strip())
    token = await services.access.bearer(match.group(1)) if match else None
    if token is None:
        raise problems.Refusal(
            401,
            "token_invalid",
            "This token is not known or was revoked. Ask the administrator of the hub for a new one.",
            headers={"WWW-Authenticate": f'{REALM}, error="invalid_token"'},
        )
    if scope not in token.scopes:
        raise problems.Refusal(
            403,
            "scope_missing",
            f"This token lacks the scope {scope}. Ask the administrator of the hub for a token that has it.",
            headers={"WWW-Authenticate": f'{REALM}, error="insufficient_scope", scope="{scope}"'},
        )
    return token


def no_such_path() -> WebHandler:
    """The answer on every path under /api that is not there."""

    async def handle(request: web.Request) -> web.StreamResponse:
        detail = f"There is no such address. {operations.BASE}/openapi.json lists all; none ends in a slash."
        return problems.response(request, problems.Refusal(404, "no_such_path", detail))

    return handle


def no_such_method(allowed: tuple[str, ...]) -> WebHandler:
    """The answer on a path that is there, to a method that it does not have."""
    names = ", ".join(allowed)

    async def handle(request: web.Request) -> web.StreamResponse:
        detail = f"This address takes {names} only."
        return problems.response(request, problems.Refusal(405, "no_such_method", detail, headers={"Allow": names}))

    return handle
