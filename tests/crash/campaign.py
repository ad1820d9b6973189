"""One campaign: people write, the hub dies again and again, and at the end everything is drained."""

import asyncio
import contextlib
import dataclasses
import random
import shutil
from collections.abc import Callable
from pathlib import Path

from tests.crash import bot, history, hub, people, relay


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How hard. The same seed gives the same plan; the machine decides where exactly each kill hits."""

    kills: int
    seed: int
    mailers: int = 8
    chatters: int = 6
    pause_seconds: float = 0.15
    longest_life_seconds: float = 1.5
    """Of a hub, from when it listens until it is killed."""
    early: float = 0.15
    """Share of the kills that hit a hub which is still starting."""
    own_bot: float = 0.15
    """Share of the starts with the hub's own Rasa; the others ask a scripted one, which is quick to be there."""
    drain_seconds: float = 150.0
    database_url: str | None = None


class Campaign:
    """Run one with `run`; then `hub`, `relay` and `history` hold what happened."""

    def __init__(
        self,
        plan: Plan,
        folder: Path,
        tell: Callable[["Campaign"], None] = lambda _: None,
        prepared: Path | None = None,
    ) -> None:
        self.plan = plan
        self._prepared = prepared
        self.folder = folder
        self.relay = relay.Relay()
        self.bot = bot.Rasa()
        self.history = history.History()
        self.leftovers: set[int] = set()
        self.status_at_end = -1
        self.stage = "preparing"
        self._rng = random.Random(plan.seed)
        self._tell = tell

    async def run(
        self, post_of: Callable[["Campaign"], contextlib.AbstractAsyncContextManager[people.Post]] | None = None
    ) -> None:
        """Prepare, kill, drain, stop. `post_of` brings another way for the mail to the hub than straight."""
        async with self.relay.open(), self.bot.open():
            self.hub = hub.Hub(self.folder / "data", self.relay.port, database_url=self.plan.database_url)
            if self._prepared is None:
                await asyncio.to_thread(self.hub.prepare)
            else:
                await asyncio.to_thread(shutil.copytree, self._prepared, self.hub.folder)
            self.history = history.History()
            try:
                async with (post_of or _direct)(self) as post, asyncio.TaskGroup() as tasks:
                    tasks.create_task(self._report(), name="report")
                    await self._flow(post)
                    self.stage = "done"
            finally:
                if self.hub.process is not None and self.hub.process.poll() is None:
                    self.hub.process.kill()
                    self.hub.process.wait(10)

    async def _flow(self, post: people.Post) -> None:
        rng = random.Random(self.plan.seed + 1)
        plan = self.plan
        self.citizens = people.Citizens(self.hub, self.relay, post, self.history, rng, plan.pause_seconds)
        workers = [people.Employee(self.hub, self.history, name) for name in hub.EMPLOYEES]
        async with asyncio.TaskGroup() as tasks:
            talking = tasks.create_task(self.citizens.run(plan.mailers, plan.chatters))
            for worker in workers:
                tasks.create_task(worker.run())
            self.stage = "killing"
            for _ in range(plan.kills):
                await self._one_life()
            self.stage = "draining"
            self._start(own_bot=False)
            await self.hub.listening()
            self.history.note("ready")
            self.citizens.enough.set()
            async with asyncio.timeout(plan.drain_seconds):
                await talking
            for worker in workers:
                worker.enough.set()
        await self._drain(post)
        self.status_at_end = await self.hub.stop()
        self.leftovers |= await self.hub.leftovers()

    async def _one_life(self) -> None:
        own_bot = self._rng.random() < self.plan.own_bot
        is_early = self._rng.random() < self.plan.early
        life = self._rng.uniform(0.02, self.plan.longest_life_seconds)
        self._start(own_bot=own_bot)
        if not is_early:
            await self.hub.listening()
            self.history.note("ready")
        await asyncio.sleep(life)
        await self.hub.kill()
        self.history.note("killed")
        self.leftovers |= await self.hub.leftovers()

    def _start(self, *, own_bot: bool) -> None:
        self.hub.start(self.bot.url, own_bot=own_bot)
        self.history.note("started")

    async def _drain(self, post: people.Post) -> None:
        """Until nothing is left to do, and every citizen who stayed has seen everything."""
        async with asyncio.timeout(self.plan.drain_seconds):
            await post.drained()
            await self._idle()
            for chat in self.history.chats:
                if not chat.has_left:
                    await self.citizens.look_again(chat)
            await self._idle()

    async def _idle(self) -> None:
        sql = (
            "SELECT (SELECT count(*) FROM job WHERE state IN ('todo', 'doing')),"
            " (SELECT count(*) FROM receipt WHERE outcome IS NULL)"
        )
        while await asyncio.to_thread(self.hub.rows, sql) != [(0, 0)]:  # noqa: ASYNC110 - another process sets no event
            await asyncio.sleep(0.2)

    async def _report(self) -> None:
        while self.stage != "done":
            self._tell(self)
            await asyncio.sleep(0.25)
        self._tell(self)


@contextlib.asynccontextmanager
async def _direct(campaign: Campaign):
    yield people.Direct(campaign.hub, campaign.history)
