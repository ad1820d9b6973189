"""Feeds at an address: page after page from one server, with limits, and with words for who has to do something."""

import aiohttp
import catalogue_support as support
import pytest
from aiohttp import web

from intake import errors
from intake.app import fetching
from intake.catalogue import forms

SAMPLES = support.SAMPLES


class FeedServer:
    """A real server on this machine that gives what a test puts on its paths."""

    def __init__(self):
        self.pages = {}
        self.asked = []
        self.base = ""

    async def answer(self, request):
        self.asked.append((request.path_qs, dict(request.headers)))
        made = self.pages.get(request.path_qs)
        if made is None:
            return web.Response(status=404)
        return await made(request) if callable(made) else web.Response(body=made)

    def put(self, path, sample):
        text = (SAMPLES / sample).read_text()
        self.pages[path] = text.replace("http://lindedorp.example", self.base).encode()


@pytest.fixture
async def server():
    found = FeedServer()
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", found.answer)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    found.base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield found
    await runner.cleanup()


async def fetched(server, path, **more):
    counts = []
    more.setdefault("headers", {})
    form, documents = await fetching.documents(server.base + path, forms.guessed, on_page=counts.append, **more)
    assert counts == list(range(1, len(documents) + 1))
    return form, documents


async def test_the_pages_of_a_stream_are_followed_in_both_directions(server):
    for number in (0, 1):
        server.put(f"/doc/instancesnapshot?pageNumber={number}", f"ldes-{number}.json")
    for start in (0, 1):
        server.asked.clear()
        form, documents = await fetched(server, f"/doc/instancesnapshot?pageNumber={start}", headers={"x-api-key": "s"})
        reading = form.read(documents, support.wishes("ipdc"))
        assert (form.name, len(documents), reading.missing) == ("ipdc", 2, "")
        assert len(reading.products) == 1
        assert {headers["x-api-key"] for _, headers in server.asked} == {"s"}
        assert len(server.asked) == 2


async def test_the_answers_of_the_search_service_are_followed(server):
    server.put("/sru?query=a", "sru-1.xml")
    server.put("/sru?query=a&startRecord=3", "sru-2.xml")
    form, documents = await fetched(server, "/sru?query=a")
    reading = form.read(documents, support.wishes("sc"))
    assert [product.id for product in reading.products] == ["sc-4711", "sc-4713"]
    assert reading.missing == ""


async def test_the_pages_of_the_product_api_are_followed(server):
    server.put("/api/v1/producten", "sdg-pages-1.json")
    server.put("/api/v1/producten?page=2", "sdg-pages-2.json")
    form, documents = await fetched(server, "/api/v1/producten")
    assert form.read(documents, support.wishes("sdg")).missing == ""


async def test_a_page_that_leads_to_itself_is_read_one_time(server):
    server.pages["/a"] = f'{{"count": 1, "next": "{server.base}/a", "results": [{{"upnUri": "x"}}]}}'.encode()
    assert len((await fetched(server, "/a"))[1]) == 1


async def test_another_server_is_never_asked(server):
    server.pages["/a"] = b'{"count": 1, "next": "https://elders.example/b", "results": [{"upnUri": "x"}]}'
    with pytest.raises(errors.Invalid, match=r"andere server: elders\.example"):
        await fetched(server, "/a", headers={"x-api-key": "geheim"})


async def test_a_redirect_is_told_and_not_followed(server):
    async def moved(request):
        return web.Response(status=302, headers={"Location": "https://nieuw.example/feed"})

    server.pages["/a"] = moved
    with pytest.raises(errors.Invalid, match=r"verhuisd naar https://nieuw\.example/feed"):
        await fetched(server, "/a")


@pytest.mark.parametrize(("status", "said"), [(401, "--headers"), (403, "--headers"), (404, "404"), (503, "503")])
async def test_a_refusal_of_the_server_says_what_to_do(server, status, said):
    async def refuse(request):
        return web.Response(status=status)

    server.pages["/a"] = refuse
    with pytest.raises(errors.Invalid, match=said):
        await fetched(server, "/a")


async def test_a_page_without_end_is_cut_off(server, monkeypatch):
    monkeypatch.setattr(fetching, "MAX_PAGE_BYTES", 100_000)

    async def endless(request):
        answer = web.StreamResponse()
        await answer.prepare(request)
        while True:
            await answer.write(b"x" * 50_000)

    server.pages["/a"] = endless
    with pytest.raises(errors.Invalid, match="te veel"):
        await fetched(server, "/a")


async def test_a_feed_without_end_is_cut_off(server, monkeypatch):
    monkeypatch.setattr(fetching, "MAX_PAGES", 5)

    async def more(request):
        number = int(request.path[1:])
        following = f"{server.base}/{number + 1}"
        return web.json_response({"count": 1, "next": following, "results": [{"upnUri": "x"}]})

    server.pages |= {f"/{number}": more for number in range(20)}
    with pytest.raises(errors.Invalid, match="meer dan 5 bladzijden"):
        await fetched(server, "/0")
    assert len(server.asked) < 8


async def test_a_server_that_does_not_answer_is_told(server):
    import asyncio

    async def silent(request):
        await asyncio.Event().wait()

    server.pages["/a"] = silent
    with pytest.raises(errors.Invalid, match="op tijd"):
        await fetched(server, "/a", limits=aiohttp.ClientTimeout(total=0.2))


async def test_a_server_that_is_not_there_is_told(server):
    gone = FeedServer()
    gone.base = "http://127.0.0.1:9"
    with pytest.raises(errors.Invalid, match="niet te bereiken"):
        await fetched(gone, "/a")


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("http://feed.example/a", "versleuteld"),
        ("http://10.0.0.1/a", "versleuteld"),
        ("https://naam:geheim@feed.example/", "--headers"),
        ("https://", "versleuteld"),
        ("https://feed.example:poort/", "geen webadres"),
    ],
)
async def test_only_a_safe_address_is_asked(address, said):
    with pytest.raises(errors.Invalid, match=said) as told:
        await fetching.documents(address, forms.guessed, headers={})
    assert "geheim" not in str(told.value)
