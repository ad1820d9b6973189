"""A hub as its own process, made to be killed: `onthaal serve` on free ports, with its own data folder."""

import asyncio
import os
import signal
import sqlite3
import subprocess
import time
from pathlib import Path

import asyncpg

from tests.support import loopback, running

OURS = "info@voorbeeldstad.example"
PASSWORD = "een-lang-wachtwoord"
EMPLOYEES = ("Karin de Wit", "Tom Baert")
START_SECONDS = 60


def address_of(employee: str) -> str:
    return f"{employee.split(maxsplit=1)[0].lower()}@voorbeeldstad.example"


class Hub:
    """Starts, dies and starts again on the same data. Its wires keep their ports, as in a city."""

    def __init__(self, folder: Path, relay_port: int, *, database_url: str | None = None, **settings: str) -> None:
        self.folder = folder
        self.database_url = database_url
        self.web_port, self.smtp_port = loopback.free_ports(2)
        self.url = f"http://127.0.0.1:{self.web_port}"
        self.environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("ONTHAAL_")},
            "ONTHAAL_DATA_DIR": str(folder),
            "ONTHAAL_WEB__PORT": str(self.web_port),
            "ONTHAAL_CHANNELS__EMAIL__LISTEN_PORT": str(self.smtp_port),
            "ONTHAAL_CHANNELS__EMAIL__ADDRESSES": f'["{OURS}"]',
            "ONTHAAL_CHANNELS__EMAIL__RELAY_PORT": str(relay_port),
            "ONTHAAL_CHANNELS__EMAIL__MAX_CONNECTIONS_PER_IP": "100",
            "ONTHAAL_CHANNELS__WEBCHAT__MESSAGES_PER_MINUTE": "1000",
            "ONTHAAL_WORK__CHAT_GONE_SECONDS": "2",
            **({"ONTHAAL_DATABASE_URL": database_url} if database_url else {}),
            **settings,
        }
        self.log = folder / "hub.log"
        self.process: subprocess.Popen[bytes] | None = None
        self.children: set[int] = set()

    @property
    def database(self) -> Path:
        return self.folder / "onthaal.sqlite3"

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def prepare(self) -> None:
        """A front desk, two employees and the catalogue, by the command line."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._say("group", "add", "--id", "onthaal", "--name", "Onthaal", "--front-desk")
        self._say("catalogue", "import", "demo/voorbeeldstad/products")
        for name in EMPLOYEES:
            self._say(
                "employee", "add", "--name", name, "--email", address_of(name), "--group", "onthaal",
                "--password", PASSWORD,
            )  # fmt: skip

    def _say(self, *words: str) -> None:
        done = subprocess.run(
            [*running.ONTHAAL, *words], cwd=running.ROOT, env=self._with_bot(None), capture_output=True, text=True,
            timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr

    def _with_bot(self, bot_url: str | None) -> dict[str, str]:
        url = bot_url or "http://127.0.0.1:9"
        return {**self.environment, "ONTHAAL_BOT__URL": url}

    def start(self, bot_url: str | None = None, *, own_bot: bool = False) -> None:
        """Start without waiting. With `own_bot` the hub starts Rasa itself, else it asks the one at `bot_url`."""
        own = {**self.environment, "ONTHAAL_BOT__MODEL": str(running.newest_model())} if own_bot else None
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*running.ONTHAAL, "serve"], cwd=running.ROOT, env=own or self._with_bot(bot_url),
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip

    async def listening(self, seconds: float = START_SECONDS) -> None:
        """Until mail and web take connections."""
        end = time.monotonic() + seconds
        for port in (self.smtp_port, self.web_port):
            while not await _takes(port):
                assert self.process is not None
                assert self.process.poll() is None, f"the hub ended by itself:\n{self.log.read_text()[-3000:]}"
                assert time.monotonic() < end, f"the hub does not listen:\n{self.log.read_text()[-3000:]}"
                await asyncio.sleep(0.02)

    async def kill(self) -> None:
        """kill -9; what it had started is remembered for `leftovers`."""
        assert self.process is not None
        self.children |= running.children_of(self.pid)
        self.process.kill()
        await asyncio.to_thread(self.process.wait, 10)

    async def stop(self) -> int:
        """As an operator does; returns the exit status."""
        assert self.process is not None
        if self.process.poll() is None:
            self.children |= running.children_of(self.pid)
            self.process.send_signal(signal.SIGTERM)
        return await asyncio.to_thread(self.process.wait, 30)

    async def leftovers(self, seconds: float = 10) -> set[int]:
        """Processes of dead hubs that still live after so long."""
        end = time.monotonic() + seconds
        while (left := self._left()) and time.monotonic() < end:  # noqa: ASYNC110 - another process sets no event
            await asyncio.sleep(0.1)
        return left

    def _left(self) -> set[int]:
        """Those seen as children, and every other one that carries this data folder in its environment."""
        alive = set() if self.process is None or self.process.poll() is not None else {self.pid}
        for pid in alive.copy():
            alive |= running.children_of(pid)
        marked = {pid for pid in _processes() if str(self.folder).encode() in _environment(pid)}
        return {pid for pid in self.children | marked if running.is_alive(pid)} - alive

    def rows(self, sql: str) -> list[tuple]:
        """Look into the database from outside; nothing yet when there is none."""
        if self.database_url:
            return asyncio.run(_rows_of_server(self.database_url, sql))
        try:
            database = sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=10)
        except sqlite3.OperationalError:
            return []
        try:
            return database.execute(sql).fetchall()
        finally:
            database.close()

    def lock(self) -> sqlite3.Connection:
        """Take the write lock away from the hub; `close` gives it back."""
        database = sqlite3.connect(self.database, timeout=10, isolation_level=None, check_same_thread=False)
        database.execute("BEGIN IMMEDIATE")
        return database


async def _rows_of_server(url: str, sql: str) -> list[tuple]:
    connection = await asyncpg.connect(url.replace("postgresql+asyncpg:", "postgresql:", 1))
    try:
        return [tuple(row) for row in await connection.fetch(sql)]
    finally:
        await connection.close()


async def _takes(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


def _processes() -> list[int]:
    return [
        int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit() and int(entry.name) != os.getpid()
    ]


def _environment(pid: int) -> bytes:
    try:
        return (Path("/proc") / str(pid) / "environ").read_bytes()
    except OSError:
        return b""
