"""Who may do what through the API."""

import pytest
import pytest_asyncio

from intake.flow import access
from intake.web.api import OPERATIONS
from tests.support import api

GUARDED = [one for one in OPERATIONS if one.scope is not None]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def hub(tmp_path_factory):
    async with api.running(tmp_path_factory.mktemp("api")) as running:
        yield running


def path_of(one):
    return one.path.replace("{", "").replace("}", "")


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("one", GUARDED, ids=lambda one: one.id)
class TestEveryOperation:
    async def test_without_a_token_asks_for_one(self, hub, one):
        async with hub.client.request(one.method, api.BASE + path_of(one)) as answer:
            assert answer.status == 401
            assert answer.headers["WWW-Authenticate"] == 'Bearer realm="onthaal"'
            assert answer.content_type == "application/problem+json"

    async def test_with_a_token_that_is_not_ours_is_refused(self, hub, one):
        answer = await hub.ask(one.method, path_of(one), token="onthaal_" + "x" * 43)
        assert answer.status == 401
        assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]

    async def test_with_all_scopes_but_its_own_is_refused(self, hub, one):
        others = tuple(scope for scope in access.SCOPES if scope != one.scope)
        answer = await hub.ask(one.method, path_of(one), token=await hub.access.create_token("half", others))
        assert answer.status == 403
        assert f'error="insufficient_scope", scope="{one.scope}"' in answer.headers["WWW-Authenticate"]
        assert (await answer.json(content_type=None))["code"] == "scope_missing"

    async def test_with_its_own_scope_alone_may_enter(self, hub, one):
        answer = await hub.ask(one.method, path_of(one), token=await hub.access.create_token("net", (one.scope,)))
        assert answer.status not in {401, 403, 500}


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer ", "Basic amFuOmphbg==", "Token abc", "Bearer a b", "Bearer é", "Bearer " + "a" * 600],
)
async def test_a_header_that_is_no_bearer_token_is_refused(hub, header):
    answer = await hub.ask("GET", "/contacts", headers={"Authorization": header})
    assert answer.status == 401


@pytest.mark.asyncio(loop_scope="module")
async def test_bytes_that_are_no_text_in_the_header_are_refused(hub):
    raw = await raw_request(hub, b"GET /api/v1/contacts HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \xff\xfe\r\n\r\n")
    assert raw.startswith((b"HTTP/1.1 401 ", b"HTTP/1.1 400 "))


async def raw_request(hub, content):
    import asyncio

    server = hub.client.server
    reader, writer = await asyncio.open_connection(server.host, server.port)
    try:
        writer.write(content)
        return await reader.readuntil(b"\r\n")
    finally:
        writer.close()
        await writer.wait_closed()


@pytest.mark.asyncio(loop_scope="module")
async def test_the_scheme_is_read_in_any_case(hub):
    assert (await hub.ask("GET", "/products", headers={"Authorization": f"bearer {hub.token}"})).status == 200


@pytest.mark.asyncio(loop_scope="module")
async def test_a_refusal_is_logged_without_the_token(hub, caplog):
    caplog.set_level("DEBUG")
    await hub.ask("GET", "/contacts", token="onthaal_geheim-woord")
    assert [r.code for r in caplog.records if r.getMessage() == "api_refused"] == ["token_invalid"]
    assert "geheim-woord" not in "".join(str(record.__dict__) for record in caplog.records)
