"""Reads what a caller sends: a JSON body within its size, or a query; every fault is told at once, by its field."""

import asyncio
from collections.abc import Sequence
from typing import Any, Final, TypeVar

import pydantic
from aiohttp import web
from pydantic_core import ErrorDetails

from intake.web.api import problems

M = TypeVar("M", bound=pydantic.BaseModel)

LARGEST_BODY_BYTES: Final = 256 * 1024
BODY_SECONDS: Final = 30.0
"""How long a caller may take to send a body of that size."""

_CODES: Final = {
    "missing": ("required", "This field is needed."),
    "extra_forbidden": ("unknown", "There is no such field here. Check how it is spelt."),
    "string_type": ("type", "This must be text."),
    "string_too_short": ("too_short", "This may not be empty."),
    "string_pattern_mismatch": ("pattern", "This has characters that are not allowed here."),
    "model_type": ("type", "This must be a JSON object."),
    "model_attributes_type": ("type", "This must be a JSON object."),
    "int_parsing": ("type", "This must be a whole number."),
    "int_parsing_size": ("type", "This number is too large."),
}


async def body(request: web.Request, model: type[M]) -> M:
    """The body of a request as `model`.

    Raises:
        Refusal: not JSON as it is (415), too large (413), too slow (408), or not as the model wants it (400).
    """
    if request.content_type != "application/json":
        raise problems.Refusal(415, "not_json", "Send a JSON body with the header Content-Type: application/json.")
    if request.headers.get("Content-Encoding", "identity") != "identity":
        raise problems.Refusal(415, "packed", "Send the body as it is, without Content-Encoding.")
    content = await _bytes(request)
    try:
        return model.model_validate_json(content)
    except pydantic.ValidationError as error:
        faults = error.errors(include_url=False, include_input=False)
        if any(fault["type"] == "json_invalid" for fault in faults):
            raise problems.Refusal(400, "bad_json", "The body is not valid JSON in UTF-8. Correct it.") from None
        raise problems.invalid(*_params(faults, "body")) from None


async def _bytes(request: web.Request) -> bytes:
    too_large = problems.Refusal(413, "too_large", f"A body has at most {LARGEST_BODY_BYTES} bytes. Send less.")
    if (request.content_length or 0) > LARGEST_BODY_BYTES:
        raise too_large
    content = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in request.content.iter_chunked(64 * 1024):
                content += chunk
                if len(content) > LARGEST_BODY_BYTES:
                    raise too_large
    except web.RequestPayloadError as error:
        raise problems.Refusal(
            400, "broken_body", "The body broke off or its chunks are wrong. Send it again."
        ) from error
    except TimeoutError as error:
        raise problems.Refusal(408, "too_slow", "The body did not arrive in time. Send it again.") from error
    return bytes(content)


def query(request: web.Request, model: type[M]) -> M:
    """The query of a request as `model`.

    Raises:
        Refusal: an unknown, repeated or wrong parameter (400).
    """
    repeated = sorted({name for name in request.query if len(request.query.getall(name)) > 1})
    if repeated:
        reason = "Give this parameter once."
        raise problems.invalid(*(problems.InvalidParam(name=n, code="repeated", reason=reason) for n in repeated))
    values: dict[str, Any] = dict(request.query)
    try:
        return model.model_validate(values)
    except pydantic.ValidationError as error:
        raise problems.invalid(*_params(error.errors(include_url=False, include_input=False), "query")) from None


def _params(faults: Sequence[ErrorDetails], whole: str) -> tuple[problems.InvalidParam, ...]:
    return tuple(_param(fault, whole) for fault in faults)


def _param(fault: ErrorDetails, whole: str) -> problems.InvalidParam:
    """One fault of pydantic; the name of an unknown field is the caller's own and is cut."""
    name = ".".join(str(part) for part in fault["loc"])[:100] or whole
    known = _CODES.get(fault["type"])
    if known is not None:
        return problems.InvalidParam(name=name, code=known[0], reason=known[1])
    if fault["type"] == "string_too_long":
        most = fault.get("ctx", {}).get("max_length")
        return problems.InvalidParam(name=name, code="too_long", reason=f"At most {most} characters. Make it shorter.")
    reason = fault["msg"].removeprefix("Value error, ")
    return problems.InvalidParam(name=name, code="invalid", reason=reason.rstrip(".") + ".")
