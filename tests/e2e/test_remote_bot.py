"""A bot that runs elsewhere: it pulls the catalogue from the hub, and the hub reaches it by its URL."""

import asyncio
import os
import signal
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.support import loopback, running

pytestmark = pytest.mark.bot

BOT = running.ROOT / "bot"
PYTHON = BOT / ".venv" / "bin" / "python"


@pytest.fixture
def remote(tmp_path):
    """A Rasa server and its sync process, as on another machine; yields (hub environment, snapshot, start of sync)."""
    (port,) = loopback.free_ports(1)
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


class RemoteBot:
    """Starts `onthaal_bot.remote` and asks it how it is."""

    def __init__(self, port: int, environment: dict[str, str]) -> None:
        self.command = [str(PYTHON), "-m", "onthaal_bot.remote", "--port", str(port)]
        self.environment = environment
        self.started: list[subprocess.Popen[bytes]] = []

    def __call__(self, **more: str) -> subprocess.Popen[bytes]:
        """Without a pipe as its standard input, as a container has it."""
        process = subprocess.Popen(
            self.command, cwd=BOT, env={**self.environment, **more}, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self.started.append(process)
        return process

    def check(self) -> int:
        return subprocess.run([*self.command, "--check"], cwd=BOT, env=self.environment, check=False).returncode


@pytest.fixture
def own_remote(tmp_path):
    """A bot with its sync, as in its container: (hub settings, folder of secrets, RemoteBot)."""
    (port,) = loopback.free_ports(1)
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    (secrets / "bot-token").write_text("token-van-de-test\n")
    outer = {key: value for key, value in os.environ.items() if not key.startswith("ONTHAAL_")}
    environment = {
        **outer,
        "ONTHAAL_BOT_TOKEN_FILE": str(secrets / "bot-token"),
        "ONTHAAL_HUB_TOKEN_FILE": str(secrets / "hub-token"),
        "ONTHAAL_BOT_SNAPSHOT": str(tmp_path / "pulled.json"),
    }
    start = RemoteBot(port, environment)
    hub = {
        "ONTHAAL_BOT__URL": f"http://127.0.0.1:{port}",
        "ONTHAAL_BOT__TOKEN_FILE": str(secrets / "bot-token"),
    }
    yield hub, secrets, start
    for process in start.started:
        process.terminate()
        process.wait(20)


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


async def test_bot_and_sync_run_as_one_program_with_secrets_from_files_as_in_the_container(own_remote, tmp_path):
    hub_settings, secrets, start = own_remote
    demo = running.RunningDemo(tmp_path / "data", **hub_settings)
    pair(demo, secrets)
    bot = start(ONTHAAL_HUB_URL=demo.url)
    demo.start()
    try:
        running.wait_until(lambda: start.check() == 0, 60, "the bot says that it is healthy")
        running.wait_until((tmp_path / "pulled.json").is_file, 20, "the snapshot is pulled")
        async with running.ChatClient(demo.url) as chat:
            answer = await chat.ask("hoe vraag ik een paspoort aan?")
            assert answer["card"]["product"] == "paspoort-aanvragen"
        for pid in (bot.pid, *running.children_of(bot.pid)):
            for path in secrets.iterdir():
                assert path.read_text().strip().encode() not in _command(pid)
        children = running.children_of(bot.pid)
        assert len(children) == 2
        bot.terminate()
        assert bot.wait(10) == 0
        running.wait_until(lambda: not any(map(running.is_alive, children)), 5, "nothing is left behind")
        assert start.check() == 1
        again = start(ONTHAAL_HUB_URL=demo.url)
        (sync,) = running.wait_until(
            lambda: [pid for pid in running.children_of(again.pid) if b"onthaal_bot.sync" in _command(pid)], 10, "sync"
        )
        os.kill(sync, signal.SIGKILL)
        assert again.wait(20) == 1, "when one half dies, both are started anew by who started them"
    finally:
        demo.stop()


def test_the_catalogue_is_for_bots_with_a_token_only(demo):
    for headers in ({}, {"Authorization": "Bearer onthaal_fout"}):
        request = urllib.request.Request(f"{demo.url}/bot/catalogue.json", headers=headers)
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request, timeout=10)
        assert refused.value.code == 401
        refused.value.close()


def pair(demo: running.RunningDemo, folder: Path) -> None:
    subprocess.run(
        [*running.ONTHAAL, "bot", "pair", str(folder)],
        cwd=running.ROOT,
        env=demo.environment,
        check=True,
        capture_output=True,
        timeout=60,
    )


def _command(pid: int) -> bytes:
    return (Path("/proc") / str(pid) / "cmdline").read_bytes()


def _is_up(settings: dict[str, str]) -> bool:
    url = f"{settings['ONTHAAL_BOT__URL']}/status?token={settings['ONTHAAL_BOT__TOKEN']}"
    try:
        with urllib.request.urlopen(url, timeout=5) as response:
            return response.status == 200
    except OSError:
        return False
