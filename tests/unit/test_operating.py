"""The state of a hub in one word, and what a scrape says when the store is gone."""

import dataclasses

import pytest

from intake import errors, prometheus, settings
from intake.app import operating
from tests.support import fakes


class Bot:
    def __init__(self):
        self.is_up = True
        self.asked = 0

    async def is_ready(self, *, timeout_seconds):
        self.asked += 1
        return self.is_up


@pytest.fixture
async def desk(tmp_path):
    opened = await fakes.open_desk(tmp_path)
    yield opened
    await opened.store.close()


def operation(desk, tmp_path, **more):
    standard = {
        "settings": settings.Settings(data_dir=tmp_path),
        "hub": desk.hub,
        "meters": prometheus.Meters(),
        "listening": {"email": True, "webchat": True},
        "conversations": desk.live,
        "bot": Bot(),
        "bot_process": None,
    }
    return operating.Operation(**standard | more)


async def test_everything_works(desk, tmp_path):
    found = await operation(desk, tmp_path).health()
    assert found["status"] == "ok"
    assert set(found["parts"].values()) == {"ok"}


async def test_a_bot_that_fails_degrades_as_people_answer(desk, tmp_path):
    bot = Bot()
    bot.is_up = False
    hub = operation(desk, tmp_path, bot=bot)
    for _ in range(20):
        assert (await hub.health())["status"] == "degraded"
    assert bot.asked == 1  # however many probes come


async def test_one_channel_that_listens_is_enough_and_none_is_not(desk, tmp_path):
    assert (await operation(desk, tmp_path, listening={"email": False, "webchat": True}).health())[
        "status"
    ] == "degraded"
    found = await operation(desk, tmp_path, listening={"email": False, "webchat": False}).health()
    assert found["status"] == "unavailable"


async def test_a_silent_channel_is_silent_and_does_not_fail_the_hub(desk, tmp_path):
    hub = operation(desk, tmp_path)
    hub.listener.silent = {"email": object()}
    found = await hub.health()
    assert (found["status"], found["parts"]["channel_email"]) == ("ok", "silent")


async def test_dead_letters_wait_for_people_and_do_not_fail_the_hub(desk, tmp_path):
    await desk.mail("Hallo", settle=False)
    now = desk.clock.now()
    (job,) = await desk.store.write(lambda uow: uow.jobs.claim("c", now, now, 1))
    await desk.store.write(lambda uow: uow.jobs.bury(job, "x"))
    found = await operation(desk, tmp_path).health()
    assert (found["status"], found["parts"]["dead_letters"]) == ("ok", "waiting")


class GoneStore:
    async def read(self, work):
        raise errors.StoreFull("gone")


async def test_without_its_store_a_hub_takes_nothing_in_and_still_gives_figures(desk, tmp_path):
    hub = operation(desk, tmp_path, hub=dataclasses.replace(desk.hub, store=GoneStore()))
    assert (await hub.health())["status"] == "unavailable"
    assert b"onthaal_store_readable 0.0" in await hub.metrics()


async def test_a_full_disk_takes_nothing_in(desk, tmp_path, monkeypatch):
    monkeypatch.setattr(operating, "LEAST_FREE_BYTES", 1 << 62)
    assert (await operation(desk, tmp_path).health())["status"] == "unavailable"


async def test_the_figures_name_every_group_also_one_without_work(desk, tmp_path):
    await desk.mail("Ik wil een medewerker")
    page = (await operation(desk, tmp_path).metrics()).decode()
    assert 'onthaal_queue_items_open{group="onthaal"} 1.0' in page
    assert 'onthaal_queue_items_open{group="wegen"} 0.0' in page
