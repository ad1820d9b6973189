"""Wrong requests: each gets a problem that says what to change, none breaks anything."""

import asyncio
import gzip

import pytest
import pytest_asyncio

from intake.web.api import problems, reading
from tests.support import api

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def hub(tmp_path_factory):
    async with api.running(tmp_path_factory.mktemp("api")) as running:
        yield running


async def problem_of(answer, status):
    assert answer.status == status, await answer.text()
    assert answer.content_type == "application/problem+json"
    assert answer.headers["API-Version"] == problems.VERSION
    assert answer.headers["Cache-Control"] == "no-store"
    problem = await answer.json(content_type=None)
    assert problem["status"] == status
    assert problem["title"] == problems.TITLES[status]
    assert problem["detail"].endswith(".")
    return problem


def message(**more):
    return api.new_message(externalId="fout", **more)


SENDER = {"email": "jan@example.org"}


@pytest.mark.parametrize(
    ("body", "params"),
    [
        ([], [("body", "type")]),
        ("tekst", [("body", "type")]),
        ({}, [("from", "required"), ("text", "required")]),
        (message(**{"from": None}), [("from", "type")]),
        (message(**{"from": "jan@example.org"}), [("from", "type")]),
        (message(**{"from": {}}), [("from", "invalid")]),
        (message(**{"from": {"name": "Jan"}}), [("from", "invalid")]),
        (message(**{"from": SENDER | {"phone": "0478123456"}}), [("from", "invalid")]),
        (message(**{"from": {"email": "jan"}}), [("from.email", "invalid")]),
        (message(**{"from": {"email": "jan@example.org, piet@example.org"}}), [("from.email", "invalid")]),
        (message(**{"from": {"email": "jan\x00@example.org"}}), [("from.email", "invalid")]),
        (message(**{"from": {"email": "jan\r\nbcc:x@example.org"}}), [("from.email", "invalid")]),
        (message(**{"from": {"email": 7}}), [("from.email", "type")]),
        (message(**{"from": {"email": f"jan@{'e' * 300}.org"}}), [("from.email", "too_long")]),
        (message(**{"from": {"phone": "112"}}), [("from.phone", "invalid")]),
        (message(**{"from": {"phone": "bel mij"}}), [("from.phone", "invalid")]),
        (message(**{"from": SENDER | {"name": "J" * 201}}), [("from.name", "too_long")]),
        (message(**{"from": SENDER | {"sender": "x"}}), [("from.sender", "unknown")]),
        (message(sender=SENDER), [("sender", "unknown")]),
        (message(text=""), [("text", "too_short")]),
        (message(text=" \n\t"), [("text", "invalid")]),
        (message(text="\x00\u200b"), [("text", "invalid")]),
        (message(text=None), [("text", "type")]),
        (message(text=["a"]), [("text", "type")]),
        (message(text="a" * 50_001), [("text", "too_long")]),
        (message(subject="a" * 501), [("subject", "too_long")]),
        (message(language="nederlands"), [("language", "pattern")]),
        (message(language="NL"), [("language", "pattern")]),
        (message(bijlage="x"), [("bijlage", "unknown")]),
        (api.new_message(externalId=""), [("externalId", "too_short")]),
        (api.new_message(externalId="a b"), [("externalId", "pattern")]),
        (api.new_message(externalId="a\n"), [("externalId", "pattern")]),
        (api.new_message(externalId="é"), [("externalId", "pattern")]),
        (api.new_message(externalId="a" * 201), [("externalId", "too_long")]),
        (api.new_message(externalId=12), [("externalId", "type")]),
        (
            {"from": {"email": "x"}, "text": "", "extra": 1},
            [("extra", "unknown"), ("from.email", "invalid"), ("text", "too_short")],
        ),
    ],
)  # fmt: skip
async def test_a_wrong_message_is_told_every_fault_at_once(hub, body, params):
    problem = await problem_of(await hub.ask("POST", "/messages", json=body), 400)
    assert sorted((param["name"], param["code"]) for param in problem["invalidParams"]) == params
    assert all(param["reason"].endswith(".") for param in problem["invalidParams"])


@pytest.mark.parametrize(
    ("path", "name", "code"),
    [
        ("/contacts?pageSize=0", "pageSize", "invalid"),
        ("/contacts?pageSize=101", "pageSize", "invalid"),
        ("/contacts?pageSize=tien", "pageSize", "type"),
        (f"/contacts?pageSize={'9' * 5000}", "pageSize", "type"),
        ("/contacts?page_size=5", "page_size", "unknown"),
        ("/contacts?number=KC-1", "number", "pattern"),
        ("/contacts?number=", "number", "pattern"),
        ("/contacts?number=12345678901", "number", "pattern"),
        ("/contacts?number=%D9%A1", "number", "pattern"),
        ("/contacts?numer=1", "numer", "unknown"),
        ("/contacts?number=1&number=2", "number", "repeated"),
        ("/contacts?after=abc", "after", "invalid"),
        ("/contacts?after=%C3%A9", "after", "invalid"),
        ("/contacts?after=", "after", "invalid"),
        (f"/contacts?after={'a' * 401}", "after", "too_long"),
        ("/queue-items?group=nergens", "group", "unknown"),
        ("/queue-items?group=%00", "group", "unknown"),
        ("/queue-items?groep=onthaal", "groep", "unknown"),
        ("/queue-items?after=W10", "after", "invalid"),
    ],
)
async def test_a_wrong_query_is_told_its_fault(hub, path, name, code):
    problem = await problem_of(await hub.ask("GET", path), 400)
    assert [(param["name"], param["code"]) for param in problem["invalidParams"]] == [(name, code)]


@pytest.mark.parametrize("text", ["", " ", "a" * 20_001, None, 3])
async def test_a_wrong_note_is_told_its_fault(hub, text):
    problem = await problem_of(await hub.ask("POST", "/contacts/geen/messages", json={"text": text}), 400)
    assert [param["name"] for param in problem["invalidParams"]] == ["text"]


@pytest.mark.parametrize(
    "content",
    [
        b"", b"null", b"{", b"{'a': 1}", b"\xff\xfe{}", b'{"text": "\xc3\x28"}', b'{"text": "\\ud800"}', b'{"a": NaN}',
        b"[" * 5000, b'{"a":' * 5000, b"\x00", b"{} {}",
    ],
)  # fmt: skip
async def test_a_body_that_is_no_json_is_refused(hub, content):
    answer = await hub.ask("POST", "/messages", data=content, headers={"Content-Type": "application/json"})
    assert (await problem_of(answer, 400))["code"] in {"bad_json", "invalid"}


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
async def test_another_media_type_is_refused(hub, media_type):
    answer = await hub.ask("POST", "/messages", data=b"{}", headers={"Content-Type": media_type})
    await problem_of(answer, 415)


async def test_json_may_name_its_character_set(hub):
    media_type = "application/json; charset=utf-8"
    answer = await hub.ask("POST", "/messages", data=b"{}", headers={"Content-Type": media_type})
    await problem_of(answer, 400)


async def stream(size):
    for _ in range(size // 4096):
        yield b" " * 4096


@pytest.mark.parametrize("data", [b" " * (reading.LARGEST_BODY_BYTES + 1), reading.LARGEST_BODY_BYTES + 8192])
async def test_a_body_that_is_too_large_is_refused_with_or_without_its_length(hub, data):
    content = stream(data) if isinstance(data, int) else data
    answer = await hub.ask("POST", "/messages", data=content, headers={"Content-Type": "application/json"})
    await problem_of(answer, 413)


@pytest.mark.parametrize("content", [gzip.compress(b" " * 10_000_000), gzip.compress(b"{}"), b"geen gzip"])
async def test_a_packed_body_is_refused_unread(hub, content):
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    answer = await hub.ask("POST", "/messages", data=content, headers=headers)
    assert (await problem_of(answer, 415))["code"] == "packed"


async def begun(hub, *lines):
    """The status line of the answer to a request that does not go on."""
    server = hub.client.server
    reader, writer = await asyncio.open_connection(server.host, server.port)
    try:
        head = ("POST /api/v1/messages HTTP/1.1", "Host: hub", f"Authorization: Bearer {hub.token}")
        writer.write("\r\n".join((*head, "Content-Type: application/json", *lines)).encode())
        return await reader.readline()
    finally:
        writer.close()
        await writer.wait_closed()


async def test_a_body_that_never_comes_is_refused(hub, monkeypatch):
    monkeypatch.setattr(reading, "BODY_SECONDS", 0.05)
    assert (await begun(hub, "Content-Length: 100", "", "{")).startswith(b"HTTP/1.1 408")


async def test_a_body_in_wrong_chunks_is_refused(hub):
    status = await begun(hub, "Transfer-Encoding: chunked", "", "1", "{", "geen", "", "")
    assert status.split()[1] == b"400"


@pytest.mark.parametrize(
    "path",
    ["/api/v1/nergens", "/api/v1/", "/api/v1/contacts/", "/api/v1/contacts/a/messages/", "/api/v1/Contacts",
     "/api/v1/contacts/a/b", "/api/v1/openapi.yaml", "/api/v2/contacts", "/api/", "/api/v1/receipts/"],
)  # fmt: skip
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
async def test_an_address_that_is_not_there_is_a_problem_too(hub, path, method):
    async with hub.client.request(method, path) as answer:
        assert (await problem_of(answer, 404))["code"] == "no_such_path"


@pytest.mark.parametrize(
    "path",
    ["/contacts/geen", "/contacts/geen/messages", "/products/geen", "/receipts/geen", "/contacts/%00",
     "/contacts/%FF", "/contacts/" + "a" * 300, "/contacts/a%0Ab", "/products/%F0%9F%9A%B2"],
)  # fmt: skip
async def test_a_resource_that_is_not_there_is_a_problem(hub, path):
    problem = await problem_of(await hub.ask("GET", path), 404)
    assert problem["instance"].startswith("/api/v1/")


async def test_a_note_in_a_contact_that_is_not_there_is_a_problem(hub):
    await problem_of(await hub.ask("POST", "/contacts/geen/messages", json={"text": "x"}), 404)


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/contacts", "GET, HEAD"),
        ("POST", "/contacts/a", "GET, HEAD"),
        ("PUT", "/contacts/a/messages", "GET, HEAD, POST"),
        ("GET", "/messages", "POST"),
        ("OPTIONS", "/products", "GET, HEAD"),
        ("POST", "/openapi.json", "GET, HEAD"),
        ("POST", "/receipts/summary", "GET, HEAD"),
    ],
)
async def test_a_method_that_is_not_there_says_which_are(hub, method, path, allowed):
    answer = await hub.ask(method, path)
    assert answer.headers["Allow"] == allowed
    await problem_of(answer, 405)


async def test_head_answers_as_get_without_the_body(hub):
    answer = await hub.ask("HEAD", "/products")
    assert (answer.status, answer.content_type, answer._body) == (200, "application/json", b"")


async def test_a_mistake_of_ours_is_a_problem_that_tells_nothing_and_a_line_in_the_log(hub, monkeypatch, caplog):
    def broken(_views):
        raise RuntimeError("Jan Peeters")

    views = type(await hub.desk.store.read(lambda uow: uow.views))
    monkeypatch.setattr(views, "ledger", broken)
    answer = await hub.ask("GET", "/receipts/summary")
    assert "Jan" not in await answer.text()
    await problem_of(answer, 500)
    assert [r.operation for r in caplog.records if r.getMessage() == "api_failed"] == ["getReceiptSummary"]


async def test_a_page_of_another_site_gets_nowhere_without_a_token(hub):
    headers = {"Origin": "https://elders.example", "Sec-Fetch-Site": "cross-site"}
    async with hub.client.post("/api/v1/messages", json=message(), headers=headers) as answer:
        assert (await problem_of(answer, 401))["code"] == "token_missing"
        assert "Access-Control-Allow-Origin" not in answer.headers


async def test_every_good_answer_names_the_version_and_is_not_kept_by_caches(hub):
    answer = await hub.ask("GET", "/contacts")
    assert answer.headers["API-Version"] == problems.VERSION
    assert answer.headers["Cache-Control"] == "no-store"
