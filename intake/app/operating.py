"""What operators ask of a running hub: its state, its figures; and the duties that look after both."""

import asyncio
import dataclasses
import logging
import shutil
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from intake import errors, observing, ports, prometheus
from intake.bot_client import client, process
from intake.domain import ids
from intake.flow import conversations, prune, silence
from intake.flow import hub as hub_module
from intake.settings import Settings

log = logging.getLogger(__name__)

LEAST_FREE_BYTES = 50_000_000
"""With less free space the store is about to refuse."""
BOT_SECONDS = 2.0
BOT_EVERY_SECONDS = 15.0
"""A bot elsewhere is asked at most so often, however many probes come."""
LISTEN_EVERY_SECONDS = 30.0
PRUNE_EVERY_SECONDS = 60.0
PRUNE_PAUSE_SECONDS = 0.2
"""Between two batches of one round, so that citizens' writes go first."""


@dataclasses.dataclass(kw_only=True)
class Operation:
    """State and figures of one hub."""

    settings: Settings
    hub: hub_module.Hub
    meters: prometheus.Meters
    listening: Mapping[str, bool]
    conversations: conversations.LiveConversations
    bot: client.RasaClient
    bot_process: process.BotProcess | None

    def __post_init__(self) -> None:
        """Nothing was asked yet."""
        self.listener = silence.Listener(self.hub)
        keep = self.settings.keep
        self.pruner = prune.Pruner(hub=self.hub, jobs_after=keep.jobs, events_after=keep.events)
        self._bot_ready = False
        self._bot_asked_at: float | None = None

    async def health(self) -> Mapping[str, Any]:
        """See `services.Services.health`.

        A part is `ok`, `waiting` (people have something to do), `silent` (longer than normal) or `failed`. `status` is
        `unavailable` when no question can be taken in now: the store fails, or no channel listens.
        """
        dead, is_store_ok = 0, self._free_bytes() > LEAST_FREE_BYTES
        try:
            dead = len(await self.hub.store.read(lambda uow: uow.jobs.dead(1)))
        except errors.IntakeError:
            is_store_ok = False
        parts = {
            "store": "ok" if is_store_ok else "failed",
            "bot": "ok" if await self._is_bot_ready() else "failed",
            "dead_letters": "ok" if not dead else "waiting",
            **{f"channel_{name}": self._channel(name) for name in self.listening},
        }
        if not is_store_ok or not any(self.listening.values()):
            status = "unavailable"
        else:
            status = "degraded" if "failed" in parts.values() else "ok"
        return {"status": status, "parts": parts}

    async def metrics(self) -> bytes:
        """The page for Prometheus. What cannot be read now is left as it was, and `store_readable` says so."""
        now = self.hub.clock.now()
        backlog: observing.Backlog | None = None
        groups: list[ids.GroupId] = []

        def look(uow: ports.UnitOfWork) -> tuple[observing.Backlog, list[ids.GroupId]]:
            return uow.ledger.backlog(now), [group.id for group in uow.directory.groups()]

        try:
            backlog, groups = await self.hub.store.read(look)
        except errors.IntakeError:
            log.warning("metrics_incomplete")
        return self.meters.expose(
            prometheus.Present(
                now=now,
                backlog=backlog,
                groups=groups,
                listening=dict(self.listening),
                silent=frozenset(self.listener.silent),
                open_chats=self.conversations.open_chats,
                bot_ready=await self._is_bot_ready(),
                free_bytes=self._free_bytes(),
            )
        )

    def duties(self) -> list[tuple[str, Callable[[], Awaitable[None]]]]:
        """The long tasks of operation, by name."""
        return [("silence", self._listen)]

    async def _listen(self) -> None:
        while True:
            try:
                await self.listener.look()
            except errors.StoreFull:
                log.warning("silence_unknown")
            await asyncio.sleep(LISTEN_EVERY_SECONDS)

    async def prune(self) -> None:
        """Forget what is over, round after round, until cancelled; one hub of several does it."""
        while True:
            try:
                is_done = (await self.pruner.prune()).is_done
            except errors.StoreFull:
                is_done = True
            await asyncio.sleep(PRUNE_EVERY_SECONDS if is_done else PRUNE_PAUSE_SECONDS)

    def _channel(self, name: str) -> str:
        if not self.listening[name]:
            return "failed"
        return "silent" if name in self.listener.silent else "ok"

    async def _is_bot_ready(self) -> bool:
        if self.bot_process is not None:
            return self.bot_process.ready.is_set()
        now = asyncio.get_running_loop().time()
        if self._bot_asked_at is None or now - self._bot_asked_at > BOT_EVERY_SECONDS:
            self._bot_asked_at = now
            self._bot_ready = await self.bot.is_ready(timeout_seconds=BOT_SECONDS)
        return self._bot_ready

    def _free_bytes(self) -> int:
        try:
            return shutil.disk_usage(self.settings.data_dir).free
        except OSError:
            return 0
