"""The Rasa process of embedded mode: started, watched, restarted, and never left behind.

The child holds the read end of a pipe as its standard input and exits at its end, so that even a kill -9 of the hub
leaves nothing running.
"""

import asyncio
import contextlib
import dataclasses
import logging
import os
import socket
from pathlib import Path

from intake import errors
from intake.bot_client import client

log = logging.getLogger(__name__)

CHECK_SECONDS = 3.0
START_SECONDS = 90.0
STOP_SECONDS = 3.0
FAILED_CHECKS = 2
LONGEST_PAUSE_SECONDS = 30.0


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What is needed to start the bot. `token` goes by the environment, never by the command line."""

    python: Path
    folder: Path
    model: Path
    snapshot: Path
    learned: Path
    log_file: Path
    port: int
    token: str


def free_port() -> int:
    """A loopback port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class BotProcess:
    """Keeps one Rasa process alive."""

    def __init__(self, recipe: Recipe, bot: client.RasaClient) -> None:
        """`bot` asks the process whether it works."""
        self._recipe = recipe
        self._bot = bot
        self._process: asyncio.subprocess.Process | None = None
        self.ready = asyncio.Event()
        self.restarts = 0

    @property
    def pid(self) -> int | None:
        """The process now, if there is one."""
        return self._process.pid if self._process and self._process.returncode is None else None

    async def run(self) -> None:
        """Keep the bot running until cancelled; a bot that is dead, stuck or silent is replaced."""
        pause = 1.0
        try:
            while True:
                if await self._start():
                    pause = 1.0
                    await self._watch()
                await self._stop()
                self.restarts += 1
                log.warning("bot_restart", extra={"restarts": self.restarts, "pause_seconds": pause})
                await asyncio.sleep(pause)
                pause = min(LONGEST_PAUSE_SECONDS, pause * 2)
        finally:
            await self._stop()

    async def _start(self) -> bool:
        """Start the process and wait until it understands; False when it does not come up."""
        recipe = self._recipe
        recipe.log_file.parent.mkdir(parents=True, exist_ok=True)
        environment = {
            **os.environ,
            "ONTHAAL_BOT_TOKEN": recipe.token,
            "ONTHAAL_BOT_SNAPSHOT": str(recipe.snapshot.resolve()),
            "ONTHAAL_BOT_LEARNED": str(recipe.learned.resolve()),
        }
        with recipe.log_file.open("ab") as output:
            try:
                self._process = await asyncio.create_subprocess_exec(
                    str(recipe.python), "-m", "onthaal_bot.serve", "--model", str(recipe.model.resolve()),
                    "--port", str(recipe.port),
                    cwd=recipe.folder, env=environment, stdin=asyncio.subprocess.PIPE, stdout=output, stderr=output,
                    start_new_session=True,
                )  # fmt: skip
            except OSError as error:
                raise errors.BadSettings(
                    f"De bot kan niet starten: {recipe.python} ({error.strerror}). Draai eerst `make setup`."
                ) from error
        log.info("bot_started", extra={"pid": self._process.pid, "port": recipe.port})
        loop = asyncio.get_running_loop()
        end = loop.time() + START_SECONDS
        while loop.time() < end:
            if self._process.returncode is not None:
                log.error("bot_ended_at_start", extra={"exit_code": self._process.returncode})
                return False
            if await self._bot.is_ready():
                self.ready.set()
                log.info("bot_ready", extra={"pid": self._process.pid})
                return True
            await asyncio.sleep(0.5)
        return False

    async def _watch(self) -> None:
        """Return when the process is no longer of use."""
        assert self._process is not None  # noqa: S101 - set by _start
        failed = 0
        while failed < FAILED_CHECKS:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(CHECK_SECONDS):
                    await self._process.wait()
                return
            failed = 0 if await self._bot.is_ready() else failed + 1
        log.warning("bot_stuck", extra={"pid": self._process.pid})

    async def _stop(self) -> None:
        self.ready.clear()
        process, self._process = self._process, None
        if process is None or process.returncode is not None:
            return
        if process.stdin is not None:
            process.stdin.close()
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await process.wait()
        except (TimeoutError, asyncio.CancelledError):
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
