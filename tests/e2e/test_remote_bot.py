"""A bot that runs elsewhere: it pulls the catalogue from the hub, and the hub reaches it by its URL."""

import asyncio
import os
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.support import running

pytestmark = pytest.mark.bot

BOT = running.ROOT / "bot"
PYTHON = BOT / ".venv" / "bin" / "python"


@pytest.fixture
def remote(tmp_path):
    """A Rasa server and its sync process, as on another machine; yields (hub environment, snapshot, start of sync)."""
    (port,) = running.free_ports(1)
    snapshot = tmp_path / "pulled.json"
    environment = {**os.environ, "ONTHAAL_BOT_TOKEN": "token-van-de-test", "ONTHAAL_BOT_SNAPSHOT": str(snapshot)}
    started: list[subprocess.Popen[bytes]] = []

    def start(module: str, *arguments: str, **more: str) -> None:
        started.append(
            subprocess.Popen(
                [PYTHON, "-m", module, *arguments],
                cwd=BOT,
                env={**environment, **more},
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        )

    start("onthaal_bot.serve", "--model", str(running.newest_model()), "--port", str(port))
    hub = {"ONTHAAL_BOT__URL": f"http://127.0.0.1:{port}", "ONTHAAL_BOT__TOKEN": "token-van-de-test"}
    yield hub, snapshot, start
    for process in started:
        process.terminate()
        process.wait(20)
        process.stdin.close()


async def test_a_bot_elsewhere_answers_with_the_catalogue_that_it_pulls(remote, tmp_path):
    hub_settings, snapshot, start = remote
    demo = running.RunningDemo(tmp_path / "data", **hub_settings).start()
    try:
        token = demo.token("products:read")
        start("onthaal_bot.sync", ONTHAAL_HUB_URL=demo.url, ONTHAAL_HUB_TOKEN=token)
        running.wait_until(snapshot.is_file, 20, "the snapshot is pulled")
        assert not [pid for pid in running.children_of(demo.pid) if b"serve" in _command(pid)]
        running.wait_until(lambda: _is_up(hub_settings), 60, "the bot is up")
        async with running.ChatClient(demo.url) as chat:
            answer = await chat.ask("hoe vraag ik een paspoort aan?")
            assert answer["card"]["product"] == "paspoort-aanvragen"
        before = snapshot.stat().st_mtime_ns
        await asyncio.sleep(3)
        assert snapshot.stat().st_mtime_ns == before, "an unchanged catalogue is not fetched again"
    finally:
        demo.stop()


def test_the_catalogue_is_for_bots_with_a_token_only(demo):
    for headers in ({}, {"Authorization": "Bearer onthaal_fout"}):
        request = urllib.request.Request(f"{demo.url}/bot/catalogue.json", headers=headers)
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request, timeout=10)
        assert refused.value.code == 401
        refused.value.close()


def _command(pid: int) -> bytes:
    return (Path("/proc") / str(pid) / "cmdline").read_bytes()


def _is_up(settings: dict[str, str]) -> bool:
    url = f"{settings['ONTHAAL_BOT__URL']}/status?token={settings['ONTHAAL_BOT__TOKEN']}"
    try:
        with urllib.request.urlopen(url, timeout=5) as response:
            return response.status == 200
    except OSError:
        return False
