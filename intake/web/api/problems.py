"""Every refusal of the API as `application/problem+json`, in words that say what to change.

Source: RFC 9457; NL API Design Rules, /core/error-handling; `code` and `invalidParams` as in Klantinteracties 0.9.0.
"""

import dataclasses
import json
from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web

from intake import errors

VERSION: Final = "1.0.0"
"""Semantic version of the interface, in the document and in the header API-Version of every answer."""
MEDIA_TYPE: Final = "application/problem+json"
BUSY_RETRY_SECONDS: Final = 5
"""How long a caller should wait when the store is full or busy: longer than the wait for its lock."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class InvalidParam:
    """One fault in the input: the field (`from.email`), a code for programs and a reason for people."""

    name: str
    code: str
    reason: str


class Refusal(Exception):
    """The request is refused with this problem."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        invalid_params: tuple[InvalidParam, ...] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Keep what the answer will say; `detail` never repeats what the caller sent."""
        super().__init__(code)
        self.status = status
        self.code = code
        self.detail = detail
        self.invalid_params = invalid_params
        self.headers = dict(headers or {})


TITLES: Final[Mapping[int, str]] = {
    400: "The request is not valid",
    401: "A valid token is needed",
    403: "This token may not do that",
    404: "Not found",
    405: "Method not allowed",
    408: "The request took too long",
    409: "Conflict with what is already here",
    413: "The request is too large",
    415: "Send JSON",
    500: "Something went wrong on our side",
    503: "The hub cannot take this now",
}
"""The title of each status that the API may answer with."""


def invalid(*params: InvalidParam) -> Refusal:
    """The refusal for faults in the input, all of them together."""
    count = "1 field is" if len(params) == 1 else f"{len(params)} fields are"
    return Refusal(400, "invalid", f"{count} not right: invalidParams says which and why.", invalid_params=params)


def not_found() -> Refusal:
    """The refusal for a resource that is not there."""
    return Refusal(404, "not_found", "There is nothing here, or not for this token. Check the id in the address.")


def of_error(error: errors.IntakeError) -> Refusal:
    """What an error of the hub means to a caller of the API.

    The text of the error is for employees and may hold a name, so it is not passed on.

    Raises:
        IntakeError: `error` itself, when no caller can do anything about it.
    """
    match error:
        case errors.NotFound():
            return not_found()
        case errors.NotAllowed():
            return Refusal(403, "not_allowed", "This token may not do that here.")
        case errors.Conflict():
            return Refusal(409, "conflict", "Somebody changed this at the same moment. Read it again, then repeat.")
        case errors.Invalid(field=str() as field):
            return invalid(InvalidParam(name=field, code="invalid", reason="This value cannot be used here."))
        case errors.Invalid():
            return Refusal(400, "invalid", "A value in this request cannot be used.")
        case errors.StoreFull():
            return Refusal(
                503,
                "store_full",
                "It may not be kept. Send the same request again later: with its externalId or Idempotency-Key "
                "it is kept once.",
                headers={"Retry-After": str(BUSY_RETRY_SECONDS)},
            )
        case _:
            raise error


def response(request: web.Request, refusal: Refusal) -> web.Response:
    """The answer for a refusal."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": TITLES[refusal.status],
        "status": refusal.status,
        "detail": refusal.detail,
        "instance": request.rel_url.raw_path,
        "code": refusal.code,
    }
    if refusal.invalid_params:
        body["invalidParams"] = [dataclasses.asdict(param) for param in refusal.invalid_params]
    return web.Response(
        status=refusal.status,
        body=json.dumps(body, ensure_ascii=False).encode(),
        content_type=MEDIA_TYPE,
        headers={"API-Version": VERSION, "Cache-Control": "no-store", **refusal.headers},
    )


def failure(request: web.Request) -> web.Response:
    """The answer for a mistake of ours, for the error middleware: the mistake itself goes to the log only."""
    return response(
        request, Refusal(500, "failed", "This is a mistake on our side and it was written down. Try again later.")
    )
