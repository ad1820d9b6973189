"""The OpenAPI document, made from the operations and their shapes, so that it cannot say anything else than they do.

Source: OpenAPI 3.1.0; NL API Design Rules, /core/doc-openapi (contact, licence, version, at /openapi.json).
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import pydantic
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from intake.domain import policy
from intake.web.api import operation as operations
from intake.web.api import problems

_REF: Final = "#/components/schemas/{model}"
_TAGS: Final = {
    "contacts": "Contact records (klantcontacten) and what was said in them.",
    "messages": "Messages that other systems hand in.",
    "receipts": "What became of everything that came in.",
    "queues": "Open tasks (interne taken) of handler groups.",
    "groups": "Handler groups (organisatorische eenheden).",
    "products": "The product catalogue.",
    "document": "This document.",
}
_PROBLEM: Final = {
    "type": "object",
    "description": "A refusal. Source: RFC 9457.",
    "required": ["type", "title", "status", "detail", "instance", "code"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What is wrong and what to do."},
        "instance": {"type": "string", "format": "uri-reference"},
        "code": {"type": "string", "description": "The same for the same fault, for programs."},
        "invalidParams": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["name", "code", "reason"],
                "properties": {
                    "name": {"type": "string", "description": "The field, such as from.email."},
                    "code": {"type": "string"},
                    "reason": {"type": "string"},
                },
            },
        },
    },
    "examples": [
        {
            "type": "about:blank",
            "title": problems.TITLES[400],
            "status": 400,
            "detail": "1 field is not right: invalidParams says which and why.",
            "instance": f"{operations.BASE}/messages",
            "code": "invalid",
            "invalidParams": [{"name": "text", "code": "required", "reason": "This field is needed."}],
        }
    ],
}
_VERSION_HEADER: Final = {"API-Version": {"$ref": "#/components/headers/API-Version"}}


def build(every: Sequence[operations.Operation], city: policy.City) -> dict[str, Any]:
    """The document of these operations, with the city that runs the hub as contact."""
    paths: dict[str, dict[str, Any]] = {}
    for one in every:
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(one)
    contact = {"name": city.name, "email": city.mail_address}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Onthaal API",
            "description": "Contact records, queues and the catalogue of a city's contact centre.",
            "version": problems.VERSION,
            "contact": contact | ({"url": city.public_url} if city.public_url else {}),
            "license": {"name": "European Union Public Licence 1.2", "identifier": "EUPL-1.2"},
        },
        "servers": [{"url": f"{city.public_url.rstrip('/')}{operations.BASE}"}],
        "security": [{"bearer": []}],
        "tags": [{"name": name, "description": text} for name, text in _TAGS.items()],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A token of `onthaal token create`; each operation names the scope that it needs.",
                }
            },
            "headers": {
                "API-Version": {
                    "description": "Version of this interface.",
                    "schema": {"type": "string", "examples": [problems.VERSION]},
                }
            },
            "responses": {_name(status): _refusal(status) for status in problems.TITLES},
            "schemas": _schemas(every) | {"Problem": _PROBLEM},
        },
    }


def _schemas(every: Sequence[operations.Operation]) -> dict[str, Any]:
    """The JSON Schema of every shape that an operation takes or gives."""
    wanted: dict[tuple[type[pydantic.BaseModel], JsonSchemaMode], None] = {}
    for one in every:
        if one.body is not None:
            wanted[one.body, "validation"] = None
        if one.result is not None:
            wanted[one.result, "serialization"] = None
    _, schema = models_json_schema(list(wanted), ref_template=_REF)
    return schema["$defs"]


def _operation(one: operations.Operation) -> dict[str, Any]:
    success: dict[str, Any] = {"description": one.summary, "headers": dict(_VERSION_HEADER)}
    if one.status == 202:  # noqa: PLR2004 - HTTP: accepted, the rest comes later
        success["headers"]["Location"] = {"description": "Where to follow it.", "schema": {"type": "string"}}
    shape = {"$ref": _REF.format(model=one.result.__name__)} if one.result is not None else {"type": "object"}
    success["content"] = {"application/json": {"schema": shape}}
    answers: dict[str, Any] = {str(one.status): success}
    for status in sorted({*one.refusals, 500, *((401, 403, 503) if one.scope is not None else ())}):
        answers[str(status)] = {"$ref": f"#/components/responses/{_name(status)}"}
    document: dict[str, Any] = {
        "operationId": one.id,
        "tags": [one.tag],
        "summary": one.summary,
        "security": [] if one.scope is None else [{"bearer": [one.scope]}],
        "responses": answers,
    }
    if scope := one.scope:
        document["description"] = f"{one.description}\n\nScope: `{scope}`.".strip()
    if parameters := [*_of_path(one.path), *_of_query(one.query), *_of_headers(one.headers)]:
        document["parameters"] = parameters
    if one.body is not None:
        shape = {"$ref": _REF.format(model=one.body.__name__)}
        document["requestBody"] = {"required": True, "content": {"application/json": {"schema": shape}}}
    return document


def _of_path(path: str) -> list[dict[str, Any]]:
    names: list[str] = re.findall(r"\{(\w+)\}", path)
    return [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]


def _of_query(query: type[pydantic.BaseModel] | None) -> list[dict[str, Any]]:
    if query is None:
        return []
    parameters: list[dict[str, Any]] = []
    for name, schema in query.model_json_schema()["properties"].items():
        rest = {key: value for key, value in schema.items() if key not in {"title", "description", "anyOf", "default"}}
        rest |= next((kind for kind in schema.get("anyOf", ()) if kind.get("type") != "null"), {})
        if schema.get("default") is not None:
            rest["default"] = schema["default"]
        parameters.append({"name": name, "in": "query", "description": schema["description"], "schema": rest})
    return parameters


def _of_headers(headers: Mapping[str, str]) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "header", "description": text, "schema": {"type": "string"}}
        for name, text in headers.items()
    ]


def _name(status: int) -> str:
    """The name of the shared response of a status: Problem404."""
    return f"Problem{status}"


def _refusal(status: int) -> dict[str, Any]:
    headers: dict[str, Any] = dict(_VERSION_HEADER)
    extra = {401: "WWW-Authenticate", 403: "WWW-Authenticate", 405: "Allow", 503: "Retry-After"}.get(status)
    if extra is not None:
        headers[extra] = {"schema": {"type": "string"}}
    return {
        "description": problems.TITLES[status],
        "headers": headers,
        "content": {problems.MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
