"""Every page and state of the site in a real browser: axe, keyboard, reflow, contrast; see docs/explanation."""

import asyncio
import json
import os
import re
from pathlib import Path

import pytest
from aiohttp import web

from tests.support import open_city, site

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = Path(__file__).parent / "accessibility" / "main.mjs"


def pages_of(app: web.Application) -> list[str]:
    """Every route that answers GET, except folders of static files and the levers of this test."""
    found = {
        route.resource.canonical
        for route in app.router.routes()
        if route.method in {"GET", "*"} and route.resource is not None
        if not isinstance(route.resource, web.StaticResource)
    }
    return sorted(found)


async def look_around(city: open_city.OpenCity, *wanted: str) -> tuple[int, str]:
    """Run the browser on this city; returns its exit code and what it printed."""
    app = city.site.server.app
    process = await asyncio.create_subprocess_exec(
        "node", str(SCRIPT), *wanted,
        env={
            **os.environ,
            "CITY_URL": city.site.url,
            "CITY_PASSWORD": site.PASSWORD,
            "CITY_STORY": str(city.story),
            "CITY_ENGLISH": str(city.english),
            "CITY_MARKUP": city.message_with_markup,
            "CITY_ROUTES": json.dumps(pages_of(app)),
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    shown, _ = await process.communicate()
    return process.returncode or 0, shown.decode()


@pytest.mark.browser
@pytest.mark.timeout(400)
async def test_every_page_and_state_is_accessible_and_the_main_job_works_by_keyboard(tmp_path):
    async with open_city.open_city(tmp_path) as city:
        code, shown = await look_around(city)
    assert code == 0, shown
    measured = json.loads(shown.splitlines()[-1])
    told = (ROOT / "docs" / "explanation" / "accessibility.md").read_text()
    for name in ("states", "looks"):
        found = re.search(rf"^\| {name} \| (\d+) \|", told, re.MULTILINE)
        assert found is not None, name
        assert int(found[1]) == measured[name], f"{name} in docs/explanation/accessibility.md"


async def test_dutch_text_on_an_english_page_says_that_it_is_dutch(tmp_path):
    async with site.running(tmp_path) as running:
        visitor = await running.browser()
        english, dutch = [await visitor.get(f"/producten/paspoort?taal={code}") for code in ("en", "nl")]
        assert '<p class="onthaal-lead" lang="nl">' in english
        assert '<ol class="onthaal-procedure" lang="nl">' in english
        assert '<p class="onthaal-lead">' in dutch


async def test_a_link_in_a_mail_may_leave_the_frame_and_nothing_else_may(tmp_path):
    async with open_city.open_city(tmp_path) as city:
        karin = await city.site.browser(city.site.desk.karin)
        shown = await karin.ask("GET", f"/werkplek/bericht/{city.message_with_markup}/opmaak")
    policy = shown.headers["Content-Security-Policy"]
    assert policy.endswith("; sandbox allow-popups allow-popups-to-escape-sandbox")
    assert "script" not in policy
