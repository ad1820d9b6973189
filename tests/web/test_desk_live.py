"""The event stream: who hears of what, and how it ends."""

import asyncio

import pytest_asyncio

from intake import errors
from intake.domain import ids
from intake.web import live
from tests.support import site


@pytest_asyncio.fixture
async def running(tmp_path):
    async with site.running(tmp_path) as opened:
        yield opened


class Listening:
    """A browser's stream, line by line."""

    def __init__(self, browser):
        self._browser = browser

    async def __aenter__(self):
        self._answer = await self._browser.http.get(f"{self._browser.site.url}/werkplek/gebeurtenissen")
        assert self._answer.headers["Content-Type"] == "text/event-stream"
        return self

    async def __aexit__(self, *_):
        self._answer.close()

    async def next(self):
        """The next event as (kind, data); None when the stream ends."""
        kind = None
        async with asyncio.timeout(5):
            async for line in self._answer.content:
                text = line.decode().strip()
                if text.startswith("event: "):
                    kind = text.removeprefix("event: ")
                elif text.startswith("data:") and kind:
                    return kind, text.removeprefix("data:").strip()
        return None


async def test_members_of_the_group_hear_which_contact_changed_and_nothing_else(running):
    async with Listening(await running.browser(running.desk.karin)) as karin:
        assert await karin.next() == ("reset", "")
        await running.queued("Ik wil een medewerker over iets geheims")
        of = await running.desk.contact()
        heard = [await karin.next()]
        while heard[-1][0] != "queue":  # what happened on the way there may be told too
            heard.append(await karin.next())
        assert {contact_id for _, contact_id in heard} == {of.id}


async def test_others_hear_nothing_until_the_contact_comes_to_their_group_and_once_when_it_leaves(running):
    async with Listening(await running.browser(running.desk.conny)) as conny:
        assert await conny.next() == ("reset", "")
        await running.queued()
        of = await running.desk.contact()
        await running.desk.desk.transfer(running.desk.karin, of.id, ids.GroupId("burgerzaken"), "Voor u")
        assert await conny.next() == ("queue", of.id)
        await running.desk.desk.transfer(running.desk.conny, of.id, ids.GroupId("wegen"), "Toch niet")
        assert await conny.next() == ("queue", of.id)


async def test_whoever_is_not_logged_in_is_told_to_go(running):
    async with Listening(await running.browser()) as visitor:
        assert await visitor.next() == ("gone", "")
        assert await visitor.next() is None


async def test_a_quiet_stream_shows_signs_of_life(running, monkeypatch):
    monkeypatch.setattr(live, "HEARTBEAT_SECONDS", 0.05)
    browser = await running.browser(running.desk.karin)
    async with browser.http.get(f"{running.url}/werkplek/gebeurtenissen") as answer, asyncio.timeout(5):
        async for line in answer.content:
            if line.startswith(b":"):
                break


async def test_streams_end_after_their_lifetime_and_when_the_hub_stops(running, monkeypatch):
    monkeypatch.setattr(live, "LIFETIME_SECONDS", 0.05)
    async with Listening(await running.browser(running.desk.karin)) as karin:
        assert await karin.next() == ("reset", "")
        assert await karin.next() is None
    monkeypatch.setattr(live, "LIFETIME_SECONDS", 600)
    async with Listening(await running.browser(running.desk.karin)) as karin:
        assert await karin.next() == ("reset", "")
        await live.end_all(running.server.app)
        assert await karin.next() is None


async def test_a_stream_outlives_a_store_that_is_away_and_tells_the_page_to_look_again(running, monkeypatch):
    await running.queued()
    of = await running.desk.contact()
    async with Listening(await running.browser(running.desk.conny)) as conny:
        assert await conny.next() == ("reset", "")
        read = running.desk.store.read

        async def away(_work):
            raise errors.StoreFull("weg")

        monkeypatch.setattr(running.desk.store, "read", away)
        await running.desk.store.write(lambda uow: uow.tell("contact", contact_id=of.id))
        assert await conny.next() == ("reset", "")  # not which contact: nobody knows whether she may see it
        monkeypatch.setattr(running.desk.store, "read", read)
        await running.desk.desk.transfer(running.desk.karin, of.id, ids.GroupId("burgerzaken"), "Voor u")
        assert await conny.next() == ("queue", of.id)
