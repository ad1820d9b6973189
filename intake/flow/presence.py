"""Several hubs on one database: each shows that it lives, one of them has each duty, and the dead are cleared away."""

import asyncio
import contextlib
import hmac
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from intake import errors, ports
from intake.flow import conversations
from intake.flow import hub as hub_module

log = logging.getLogger(__name__)

BEAT_SECONDS = 2.0
ALIVE = timedelta(seconds=15)
"""A hub that did not show itself for so long is gone: its jobs and chats are for the others."""
RETRY_SECONDS = 5.0


class Presence:
    """What one hub tells the others. A hub that has its store for itself holds every duty and writes nothing."""

    def __init__(self, hub: hub_module.Hub, chats: conversations.LiveConversations) -> None:
        """For this hub and the chats that are open on it."""
        self._hub = hub
        self._chats = chats
        self._beat_at: datetime | None = None
        self._alive_since: datetime | None = None
        """Since when this hub showed itself without a gap."""

    async def begin(self) -> None:
        """Before anything else: nobody is left over from before, and this hub belongs to this installation.

        Raises:
            BadSettings: another hub of this database signs with another key.
        """
        mark = hmac.digest(self._hub.secret, b"installation", "sha256").hex()

        def work(uow: ports.UnitOfWork) -> str:
            if not self._hub.store.is_shared:
                uow.jobs.free(None)
                uow.hubs.forget(None)
            return uow.hubs.fixed("hub_key", mark)

        if await self._hub.store.write(work) != mark:
            raise errors.BadSettings(
                "Deze hub heeft een andere sleutel dan de hub die deze database begon. Geef alle hubs dezelfde "
                "gegevensmap (ONTHAAL_DATA_DIR), of zet secrets/hub.key van de eerste terug."
            )
        await self.beat()

    async def beat(self) -> None:
        """Show that this hub lives, and which chats are open on it. Raises StoreFull."""
        if not self._hub.store.is_shared:
            return
        now, last, self._beat_at = self._hub.clock.now(), self._beat_at, None
        await self.holds("hub:" + self._hub.me)
        self._beat_at = now
        if last is None or now - last > ALIVE:
            self._alive_since = now
        await self._chats.tell_again()

    async def run(self) -> None:
        """Show that this hub lives until cancelled; after an outage at once, or others take it for gone."""
        while True:
            try:
                await self.beat()
            except errors.StoreFull:
                log.warning("beat_missed")
            await asyncio.sleep(BEAT_SECONDS)

    async def holds(self, lease: str) -> bool:
        """Whether this hub has the lease, which it then keeps for `ALIVE`."""
        if not self._hub.store.is_shared:
            return True
        now, me = self._hub.clock.now(), self._hub.me
        return await self._hub.store.write(lambda uow: uow.hubs.hold(lease, me, now, now + ALIVE))

    async def clear_dead(self) -> int:
        """Free what hubs that are gone held; returns how many there were."""
        if not self._hub.store.is_shared:
            return 0
        now, me = self._hub.clock.now(), self._hub.me
        if self._alive_since is None or now - self._alive_since < ALIVE:
            return 0  # after an outage of the store the others get their time to show themselves

        def work(uow: ports.UnitOfWork) -> int:
            gone = [holder for holder in uow.hubs.ended("hub", now) if holder != me]
            for holder in gone:
                uow.jobs.free(holder)
                uow.hubs.forget(holder)
            return len(gone)

        cleared = await self._hub.store.write(work)
        if cleared:
            log.warning("hubs_gone", extra={"count": cleared})
            self._hub.wake()
        return cleared

    async def leave(self) -> None:
        """This hub stops: what it held is free at once. When that cannot be written, its lease runs out."""
        if not self._hub.store.is_shared:
            return
        me = self._hub.me

        def work(uow: ports.UnitOfWork) -> None:
            uow.jobs.free(me)
            uow.hubs.forget(me)

        with contextlib.suppress(errors.StoreFull):
            await self._hub.store.write(work)

    async def only_one(self, lease: str, work: Callable[[], Awaitable[None]]) -> None:
        """Do `work` while this hub has the lease, and wait for it while another has; returns when `work` does."""
        if not self._hub.store.is_shared:
            await work()
            return
        is_done = False
        while not is_done:
            if not await self._takes(lease):
                await asyncio.sleep(RETRY_SECONDS)
                continue
            log.info("duty_taken", extra={"duty": lease})
            try:
                is_done = await self._while_held(lease, work)
            finally:
                with contextlib.suppress(errors.StoreFull):
                    await self._hub.store.write(lambda uow: uow.hubs.let_go(lease, self._hub.me))

    async def _takes(self, lease: str) -> bool:
        """As `holds`; a store that is away gives no duty."""
        try:
            return await self.holds(lease)
        except errors.StoreFull:
            return False

    async def _while_held(self, lease: str, work: Callable[[], Awaitable[None]]) -> bool:
        """Whether `work` came to its end; False when the lease was lost before. What `work` raises is raised."""
        problem: Exception | None = None
        is_lost = False
        try:
            async with asyncio.TaskGroup() as tasks:
                keeping = tasks.create_task(self._keep(lease), name=f"keep:{lease}")
                try:
                    await work()
                except Exception as error:  # noqa: BLE001 - raised below, outside of the group
                    problem = error
                keeping.cancel()
        except* _LostError:
            log.warning("duty_lost", extra={"duty": lease})
            is_lost = True
        if problem is not None:
            raise problem
        return not is_lost

    async def _keep(self, lease: str) -> None:
        """Renew the lease; a store that is away loses it, too."""
        while True:
            await asyncio.sleep(RETRY_SECONDS)
            try:
                is_mine = await self.holds(lease)
            except errors.StoreFull as error:
                raise _LostError from error
            if not is_mine:
                raise _LostError


class _LostError(Exception):
    """Another hub has the duty now. Never leaves this file."""
