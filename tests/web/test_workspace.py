"""The workspace in a real browser: keyboard, live updates, competition for one question, accessibility."""

import asyncio
import os
from pathlib import Path

import pytest

from tests.support import busy_desk, site

SCRIPT = Path(__file__).with_name("workspace.mjs")


@pytest.mark.browser
@pytest.mark.timeout(400)
async def test_the_workspace_works_in_a_browser(tmp_path):
    async with site.running(tmp_path) as running:
        story = await busy_desk.fill(running)
        process = await asyncio.create_subprocess_exec(
            "node",
            str(SCRIPT),
            env={
                **os.environ,
                "DESK_URL": running.url,
                "DESK_STORY": str(story),
                "DESK_PASSWORD": site.PASSWORD,
            },
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        shown, _ = await process.communicate()
    assert process.returncode == 0, shown.decode()
