"""Forgets finished jobs, old events and log-ins that are over, so that the cost of the hub does not grow with time."""

import dataclasses
import logging
from datetime import timedelta

from intake import observing, ports
from intake.flow import access
from intake.flow import hub as hub_module

log = logging.getLogger(__name__)

BATCH = 500
"""So much is forgotten in one transaction: a citizen's message behind it waits for milliseconds."""


@dataclasses.dataclass(kw_only=True)
class Pruner:
    """Forgets for one hub, a batch per table at a time; receipts, contacts, messages and files are never touched."""

    hub: hub_module.Hub
    jobs_after: timedelta
    events_after: timedelta
    batch: int = BATCH

    def __post_init__(self) -> None:
        """Begin at the oldest job."""
        self._after = 0

    async def prune(self) -> observing.Pruned:
        """One round; the caller goes on until `is_done`. Raises StoreFull."""
        now, after = self.hub.clock.now(), self._after

        def work(uow: ports.UnitOfWork) -> observing.Pruned:
            jobs, behind = uow.pruning.jobs(now - self.jobs_after, after, self.batch)
            return observing.Pruned(
                jobs=jobs,
                events=uow.pruning.events(now - self.events_after, self.batch),
                sessions=uow.pruning.sessions(now - access.IDLE, now - access.ABSOLUTE, self.batch),
                after=behind,
                is_done=behind == 0,
            )

        done = await self.hub.store.write(work)
        done = dataclasses.replace(done, is_done=done.is_done and max(done.events, done.sessions) < self.batch)
        self._after = done.after
        if done.jobs or done.events or done.sessions:
            log.info("pruned", extra={"jobs": done.jobs, "events": done.events, "sessions": done.sessions})
        return done
