"""The OpenAPI document is valid, complete, and says what the API does."""

import json
import re
from pathlib import Path

import openapi_spec_validator
import pytest
import pytest_asyncio
from aiohttp import web
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from intake.domain import policy
from intake.web.api import OPERATIONS, openapi, operation, problems, routes
from tests.support import api

CITY = policy.City(name="Teststad", domain="stad.example", mail_address="info@stad.example", phone="1")
DOCUMENT = openapi.build(OPERATIONS, CITY)
REFERENCE = Path(__file__).parents[2] / "docs" / "reference" / "api.md"


@pytest_asyncio.fixture
async def hub(tmp_path):
    async with api.running(tmp_path) as running:
        yield running


def validator(schema):
    """Checks against a schema of the document, by its name."""
    root = Resource.from_contents({"$schema": "https://json-schema.org/draft/2020-12/schema", **DOCUMENT})
    registry = Registry().with_resource("urn:api", root)
    return Draft202012Validator({"$ref": f"urn:api#/components/schemas/{schema}"}, registry=registry)


async def test_the_document_is_served_to_all_and_is_valid(hub):
    async with hub.client.get("/api/v1/openapi.json") as answer:
        assert (answer.status, answer.content_type) == (200, "application/json")
        assert answer.headers["API-Version"] == problems.VERSION
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        document = await answer.json()
    openapi_spec_validator.validate(document)
    assert document["servers"] == [{"url": "http://stad/api/v1"}]


def test_it_names_contact_licence_and_version():
    assert DOCUMENT["info"]["contact"] == {"name": "Teststad", "email": "info@stad.example"}
    assert DOCUMENT["info"]["license"]["identifier"] == "EUPL-1.2"
    assert re.fullmatch(r"1\.\d+\.\d+", DOCUMENT["info"]["version"])


def test_every_mounted_route_is_in_it_and_the_other_way_round():
    app = web.Application()
    app.add_routes(routes())
    mounted = {
        (route.method, route.resource.canonical)
        for route in app.router.routes()
        if route.method not in {"HEAD", "*"} and route.resource is not None
    }
    described = {(method.upper(), operation.BASE + path) for path, here in DOCUMENT["paths"].items() for method in here}
    assert mounted == described


def test_every_path_is_in_kebab_case_without_a_slash_at_its_end_and_every_field_in_camel_case():
    for path in DOCUMENT["paths"]:
        assert re.fullmatch(r"(/[a-z]+(-[a-z]+)*(\.json)?|/\{[a-z][A-Za-z]*\})+", path), path
    for name, schema in DOCUMENT["components"]["schemas"].items():
        assert all(re.fullmatch(r"[a-z][A-Za-z]*", field) for field in schema.get("properties", ())), name


def test_every_operation_names_its_scope_and_its_refusals():
    for path, here in DOCUMENT["paths"].items():
        for method, one in here.items():
            if path == "/openapi.json":
                assert one["security"] == []
                continue
            assert len(one["security"][0]["bearer"]) == 1, (method, path)
            assert {"401", "403", "500", "503"} <= set(one["responses"])


def test_every_shape_has_an_example_that_fits_it():
    for name, schema in DOCUMENT["components"]["schemas"].items():
        if schema["type"] != "object" or name.endswith(("Page", "List")):
            continue
        assert schema["examples"], name
        for example in schema["examples"]:
            validator(name).validate(example)


async def test_real_answers_fit_their_shapes(hub):
    await hub.desk.mail("hoe vraag ik een paspoort aan")
    await hub.post("/messages", api.new_message(), 202)
    await hub.desk.worker.drain()
    of, *_ = await hub.desk.contacts()
    ids = {"contactId": of.id, "productId": "paspoort"}
    ids["receiptId"] = (await hub.post("/messages", api.new_message(), 202))["id"]
    for one in OPERATIONS:
        if one.method == "GET" and one.result is not None:
            validator(one.result.__name__).validate(await hub.get(one.path.format(**ids)))
    validator("Problem").validate(await hub.get("/contacts/geen", 404))
    validator("Problem").validate(await hub.post("/messages", {}, 400))


@pytest.mark.parametrize("one", OPERATIONS, ids=lambda one: one.id)
def test_the_reference_page_names_every_operation(one):
    text = REFERENCE.read_text("utf-8")
    assert f"`{one.method} {one.path}`" in text
    assert one.scope is None or one.scope in text


def test_the_reference_page_maps_every_field_of_a_contact():
    text = REFERENCE.read_text("utf-8")
    for name in DOCUMENT["components"]["schemas"]["Contact"]["properties"]:
        assert f"`{name}`" in text, name


def test_the_examples_of_the_reference_page_are_json():
    for block in re.findall(r"```json\n(.*?)```", REFERENCE.read_text("utf-8"), re.DOTALL):
        json.loads(block)
