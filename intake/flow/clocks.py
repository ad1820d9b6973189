"""Whether the hubs that share a database agree on the time: each compares its clock with that of the database."""

import asyncio
import contextlib
import logging
from datetime import datetime, timedelta

from intake import errors
from intake.flow import hub as hub_module

log = logging.getLogger(__name__)

AGREE = timedelta(seconds=2)
"""More difference makes deadlines and the order of messages wrong: it is logged, and a figure shows it."""
REFUSED = timedelta(seconds=10)
"""With more, hubs take one another for dead (`presence.ALIVE` is 15 seconds) and do work twice."""
EVERY_SECONDS = 30.0


class Clocks:
    """Follows the difference for one hub. A hub that has its store for itself has nobody to disagree with."""

    def __init__(self, hub: hub_module.Hub) -> None:
        """Nothing was compared yet."""
        self._hub = hub
        self.ahead = timedelta(0)
        """How far this hub's clock is ahead of the database's; negative: behind."""

    @property
    def is_far_off(self) -> bool:
        """Whether this hub had better judge no other by its clock."""
        return abs(self.ahead) > REFUSED

    async def begin(self) -> None:
        """Before the hub serves.

        Raises:
            BadSettings: the clocks differ so much that this hub would do harm to the others.
            StoreFull: the database cannot be read.
        """
        await self.look()
        if self.is_far_off:
            raise errors.BadSettings(
                f"De klok van deze machine scheelt {abs(self.ahead).total_seconds():.0f} seconden met die van de "
                "database: hubs zouden elkaars werk overnemen. Zet op beide de tijd gelijk (NTP) en start de hub "
                "opnieuw."
            )

    async def run(self) -> None:
        """Compare for ever; a database that is away has no time to compare with."""
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            with contextlib.suppress(errors.StoreFull):
                await self.look()

    async def look(self) -> timedelta:
        """Compare once; what changes is logged. Raises StoreFull."""
        if not self._hub.store.is_shared:
            return self.ahead
        asked = self._hub.clock.now()
        theirs = await self._hub.store.read(lambda uow: uow.ledger.database_time())
        before, self.ahead = self.ahead, ahead_of(theirs, asked, self._hub.clock.now())
        self._hub.meters.clock_ahead(self.ahead.total_seconds())
        if abs(self.ahead) > AGREE:
            log.warning("clock_wrong", extra={"ahead_seconds": round(self.ahead.total_seconds(), 1)})
        elif abs(before) > AGREE:
            log.info("clock_right")
        return self.ahead


def ahead_of(theirs: datetime, asked: datetime, answered: datetime) -> timedelta:
    """How far our clock is ahead, for sure: it told `asked` before and `answered` after the other told `theirs`."""
    if asked <= theirs <= answered:
        return timedelta(0)
    return asked - theirs if theirs < asked else answered - theirs
