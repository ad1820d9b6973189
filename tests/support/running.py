"""A whole hub as its own process, as `make run` starts it, with free ports and its own data folder."""

import asyncio
import contextlib
import json
import os
import re
import signal
import smtplib
import subprocess
import sys
import time
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Self

import aiohttp

from tests.support import loopback

ROOT = Path(__file__).resolve().parents[2]
ONTHAAL = [sys.executable, "-m", "intake"]
START_SECONDS = 90
NO_BOT = {"ONTHAAL_BOT__URL": "http://127.0.0.1:9"}
"""Settings of a hub whose bot never answers: it starts in a few seconds, and every question goes to a person."""


def plain_environment() -> dict[str, str]:
    """The environment without settings of ours."""
    return {key: value for key, value in os.environ.items() if not key.startswith("ONTHAAL_")}


def newest_model() -> Path:
    models = sorted((ROOT / "var" / "models").glob("*.tar.gz"), key=lambda path: path.stat().st_mtime)
    assert models, "no trained bot: run `make setup` first"
    return models[-1]


def children_of(pid: int) -> set[int]:
    """All descendants of a process that live now."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
            except (FileNotFoundError, ProcessLookupError):
                continue
            if fields[0] != "Z":
                parents[int(entry.name)] = int(fields[1])
    found: set[int] = set()
    level = {pid}
    while level:
        level = {child for child, parent in parents.items() if parent in level}
        found |= level
    return found


def is_alive(pid: int) -> bool:
    try:
        return (Path("/proc") / str(pid) / "stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def memory_kib(pid: int) -> int:
    """What a process holds in memory now (VmRSS)."""
    status = (Path("/proc") / str(pid) / "status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0])


def wait_until(check: Any, seconds: float, what: str) -> Any:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = check()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError(f"not within {seconds} s: {what}")


class RunningDemo:
    """The demo city as a process. `start` again after `kill` to see what survived."""

    def __init__(self, data_dir: Path, **settings: str) -> None:
        self.data_dir = data_dir
        self.web_port, self.smtp_port = loopback.free_ports(2)
        self.url = f"http://127.0.0.1:{self.web_port}"
        self.environment = {
            **plain_environment(),
            "ONTHAAL_DATA_DIR": str(data_dir),
            "ONTHAAL_WEB__PORT": str(self.web_port),
            "ONTHAAL_CHANNELS__EMAIL__LISTEN_PORT": str(self.smtp_port),
            "ONTHAAL_BOT__MODEL": str(newest_model()),
            **settings,
        }
        self.command = [*ONTHAAL, "demo"]
        self.beside: list[str] = []
        """What a command needs before it to see the hub's files, when the hub runs in a namespace of its own."""
        self.process: subprocess.Popen[str] | None = None
        self.screen = ""

    def start(self) -> "RunningDemo":
        self.process = subprocess.Popen(
            self.command, cwd=ROOT, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, start_new_session=True,
        )  # fmt: skip
        assert self.process.stdout is not None
        end = time.monotonic() + START_SECONDS
        lines: list[str] = []
        for line in self.process.stdout:
            lines.append(line)
            if "Onthaal draait" in line or time.monotonic() > end:
                break
        self.screen = "".join(lines)
        assert "Onthaal draait" in self.screen, self.screen
        return self

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def stop(self) -> int:
        """As Ctrl-C does; returns the exit status."""
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        code = self.process.wait(30)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait(10)
        assert self.process.stdout is not None
        self.process.stdout.close()

    def logins(self) -> dict[str, str]:
        return json.loads((self.data_dir / "secrets" / "demo-logins.json").read_text())

    def token(self, *scopes: str) -> str:
        """An API token, made by the command line while the hub runs."""
        wanted = [part for scope in scopes for part in ("--scope", scope)]
        made = subprocess.run(
            [*self.beside, *ONTHAAL, "token", "create", "--name", "test", *wanted],
            cwd=ROOT, env=self.environment, capture_output=True, text=True, check=True, timeout=60,
        )  # fmt: skip
        return made.stdout.strip()

    def send_mail(self, text: str, subject: str = "Vraag", sender: str = "jan@example.org", **headers: str) -> None:
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = f"Jan Peeters <{sender}>", "info@voorbeeldstad.example", subject
        mail["Message-ID"] = headers.pop("message_id", f"<{time.time_ns()}@example.org>")
        to = headers.pop("to", "info@voorbeeldstad.example")
        for name, value in headers.items():
            mail[name.replace("_", "-")] = value
        mail.set_content(text)
        with smtplib.SMTP("127.0.0.1", self.smtp_port, timeout=10) as client:
            client.sendmail(sender, [to], mail.as_bytes())

    def caught(self) -> list[Path]:
        """Mails that the city sent, oldest first."""
        return sorted((self.data_dir / "demo-mail").glob("*.eml"))

    def bot_pid(self) -> int:
        for pid in children_of(self.pid):
            if b"onthaal_bot.serve" in (Path("/proc") / str(pid) / "cmdline").read_bytes():
                return pid
        raise AssertionError("no bot process")


class ChatClient:
    """A citizen's browser without the browser: speaks the chat protocol."""

    def __init__(self, url: str) -> None:
        self._url = f"{url}/chat/socket"
        self.token: str | None = None
        self.seq = 0
        self.messages: list[dict[str, Any]] = []
        self.states: list[dict[str, Any]] = []
        self.acks: set[str] = set()
        self.errors: list[dict[str, Any]] = []
        self._count = 0
        self._news = asyncio.Event()
        self._is_over = False

    async def __aenter__(self) -> Self:
        """Say hello. Raises ConnectionRefusedError when the hub cannot take a chat now."""
        async with contextlib.AsyncExitStack() as opened:
            self._session = await opened.enter_async_context(aiohttp.ClientSession())
            self._socket = await opened.enter_async_context(self._session.ws_connect(self._url, max_msg_size=0))
            await self._socket.send_json({"type": "hello", "token": self.token, "after": self.seq, "language": "nl"})
            received = await self._socket.receive(timeout=30)
            welcome = received.json() if received.type is aiohttp.WSMsgType.TEXT else {"type": "error"}
            if welcome["type"] == "error":
                raise ConnectionRefusedError(str(received.data))
            assert welcome["type"] == "welcome", welcome
            opened.pop_all()
        self.token = welcome["token"]
        self._reader = asyncio.create_task(self._read())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._reader.cancel()
        with contextlib.suppress(asyncio.CancelledError, ConnectionError):
            await self._reader
        try:
            await self._socket.close()
        finally:
            await self._session.close()
            await asyncio.sleep(0)  # the line is closed in the next turn of the loop

    async def _read(self) -> None:
        try:
            await self._hear()
        finally:
            self._is_over = True
            self._news.set()

    async def _hear(self) -> None:
        async for received in self._socket:
            frame = json.loads(received.data)
            match frame["type"]:
                case "message":
                    if frame["seq"] > self.seq:
                        self.seq = frame["seq"]
                        self.messages.append(frame)
                case "state":
                    self.states.append(frame)
                case "ack":
                    self.acks.add(frame["client_id"])
                case "error":
                    self.errors.append(frame)
            self._news.set()

    async def send(self, kind: str = "message", **frame: Any) -> str:
        self._count += 1
        client_id = frame.pop("client_id", f"{time.time_ns():x}-{self._count}")
        await self._socket.send_json({"type": kind, "client_id": client_id, **frame})
        return client_id

    async def until(self, check: Any, seconds: float = 15) -> Any:
        """What `check` finds. Raises TimeoutError, or ConnectionResetError when nothing more can come."""
        async with asyncio.timeout(seconds):
            while not (found := check()):
                if self._is_over:
                    raise ConnectionResetError("the hub closed the chat")
                await self._news.wait()
                self._news.clear()
        return found

    async def ask(self, text: str, seconds: float = 15) -> dict[str, Any]:
        """Send a message and return the first answer to it."""
        client_id = await self.send(text=text)
        await self.until(lambda: client_id in self.acks, seconds)
        own = await self.until(lambda: [m for m in self.messages if m["client_id"] == client_id], seconds)
        return (
            await self.until(
                lambda: [m for m in self.messages if m["seq"] > own[0]["seq"] and m["author"] != "citizen"], seconds
            )
        )[0]


def reply_token_address(mail: Path) -> str:
    """The plus-address that an answer to this mail goes to."""
    found = re.search(r"^Reply-To:.*?([^\s<>]+\+c\.[^\s<>]+@[^\s<>]+)", mail.read_text(), re.MULTILINE | re.DOTALL)
    assert found is not None, mail.read_text()
    return found[1]


def demo(data_dir: Path) -> Iterator[RunningDemo]:
    running = RunningDemo(data_dir).start()
    yield running
    if running.process is not None and running.process.poll() is None:
        running.stop()
