"""The job loop: claims due work, runs it, and decides what a failure means. Nothing here forgets."""

import asyncio
import collections
import contextlib
import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping
from datetime import timedelta

from intake import errors, ports
from intake.domain import ids
from intake.flow import answer, deliver, normalise, receive
from intake.flow import hub as hub_module

log = logging.getLogger(__name__)

Handler = Callable[[hub_module.Hub, ports.Job], Awaitable[None]]

HANDLERS: Mapping[str, Handler] = {
    receive.PARSE: lambda hub, job: normalise.normalise(hub, ids.ReceiptId(job.payload["receipt"])),
    receive.PARSE_UNTRUSTED: lambda hub, job: normalise.normalise(hub, ids.ReceiptId(job.payload["receipt"])),
    answer.ANSWER: lambda hub, job: answer.answer(hub, job.payload),
    deliver.DELIVER: lambda hub, job: deliver.deliver(hub, ids.MessageId(job.payload["message"]), job),
    deliver.FOLLOW_CHAT: lambda hub, job: deliver.follow_chat(hub, ids.MessageId(job.payload["message"])),
}
"""What each kind of job does; a handler may run more than once for the same job."""

BATCH = 16
MOST: Mapping[str, int] = {deliver.DELIVER: 4, receive.PARSE_UNTRUSTED: 6}
"""Jobs of a kind that may run at the same time: a mail server that hangs must not stop reading and answering, and a
pile of mails that are slow to read must not stop the chat."""
RUSH_BATCH = 1
RUSH_PAUSE_SECONDS = 0.5
"""While much comes in at once, so many jobs run at a time, with this pause before each claim: what arrives is kept and
acknowledged first, but reading never stands still. Waiting for a mail server costs nothing and takes no place."""
LEASE = timedelta(seconds=120)
POLL_SECONDS = 1.0
TRY_FOR = timedelta(days=2)
"""How long a delivery is tried. RFC 5321 4.5.4.1 asks four to five days of relays; citizens do not wait so long."""
UNKNOWN_SECONDS = 10.0
"""Later a job of an unknown kind is tried again: during an upgrade a newer hub takes it meanwhile."""
FAILURES = 4
"""How often a job may fail for a reason that we do not know."""
FIRST_WAIT_SECONDS = 2.0
LONGEST_WAIT_SECONDS = 3600.0


class Worker:
    """Runs the jobs of one hub process, at most `BATCH` at a time."""

    def __init__(self, hub: Callable[[], hub_module.Hub]) -> None:
        """`hub` is asked for late: the hub itself holds `wake`."""
        self._hub = hub
        self._work = asyncio.Event()

    def wake(self) -> None:
        """There may be work."""
        self._work.set()

    async def run(self) -> None:
        """Work until cancelled; a job that was begun and cancelled runs again after its lease."""
        hub = self._hub()
        running: dict[asyncio.Task[None], str] = {}
        async with asyncio.TaskGroup() as tasks:
            while True:
                self._work.clear()
                if hub.rush.is_on(hub.clock.now()):
                    await asyncio.sleep(RUSH_PAUSE_SECONDS)
                jobs = await self._claim_safely(hub, collections.Counter(running.values()))
                for job in jobs:
                    task = tasks.create_task(self._run_safely(hub, job), name=f"job:{job.kind}")
                    running[task] = job.kind
                    task.add_done_callback(lambda done: (running.pop(done), self.wake()))
                if not jobs:
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(POLL_SECONDS):
                            await self._work.wait()

    async def drain(self) -> None:
        """Run everything that is due until nothing is left; for tests and for tidy ends."""
        hub = self._hub()
        while jobs := await self._claim(hub, collections.Counter()):
            for job in jobs:
                await self._run_one(hub, job)

    async def _claim(self, hub: hub_module.Hub, running: Mapping[str, int]) -> tuple[ports.Job, ...]:
        """What may begin now beside the jobs that are `running`, so many of each kind."""
        is_rush = hub.rush.is_on(hub.clock.now())
        taken = sum(running.values())
        room = RUSH_BATCH + running.get(deliver.DELIVER, 0) - taken if is_rush else BATCH - taken
        if room <= 0:
            return ()
        now, claim = hub.clock.now(), f"{hub.me}:{hub.ids.new()}"

        def work(uow: ports.UnitOfWork) -> tuple[ports.Job, ...]:
            jobs: list[ports.Job] = []
            for without, most in _shares(running):
                if (limit := min(most, room - len(jobs))) > 0:
                    jobs += uow.jobs.claim(claim, now, now + LEASE, limit, without)
            return tuple(jobs)

        try:
            due = await hub.store.read(lambda uow: uow.jobs.next_due())
            if due is None or due > now:
                return ()
            return await hub.store.write(work)
        except errors.StoreFull:
            log.warning("store_full")
            await asyncio.sleep(POLL_SECONDS)
            return ()

    async def _claim_safely(self, hub: hub_module.Hub, running: Mapping[str, int]) -> tuple[ports.Job, ...]:
        """As `_claim`; no failure of it ends the loop, as that would break off the jobs that run."""
        try:
            return await self._claim(hub, running)
        except Exception:  # the job loop goes on: the failure is in the log
            log.exception("claim_failed")
            await asyncio.sleep(POLL_SECONDS)
            return ()

    async def _run_safely(self, hub: hub_module.Hub, job: ports.Job) -> None:
        """As `_run_one`; a failure in the book-keeping of one job breaks off no other, and its lease brings it back."""
        try:
            await self._run_one(hub, job)
        except Exception:  # as above
            log.exception("job_not_settled", extra={"job": job.id, "kind": job.kind})

    async def _run_one(self, hub: hub_module.Hub, job: ports.Job) -> None:
        try:
            async with asyncio.timeout(LEASE.total_seconds() / 2):
                await _handler(job.kind)(hub, job)
        except (errors.RetryLater, errors.StoreFull) as error:
            await self._again(hub, job, error, is_known=True)
        except Exception as error:  # the one place where a job's failure ends; it becomes a dead letter or a retry
            log.exception("job_failed", extra={"job": job.id, "kind": job.kind, "attempts": job.attempts})
            await self._again(hub, job, error, is_known=False)
        else:
            hub.meters.job_ended(job.kind, "done")
            await self._end(hub, lambda uow: uow.jobs.done(job))

    async def _again(self, hub: hub_module.Hub, job: ports.Job, error: Exception, *, is_known: bool) -> None:
        why = f"{type(error).__name__}: {error}" if isinstance(error, errors.IntakeError) else type(error).__name__
        now = hub.clock.now()
        is_over = now - job.created_at >= TRY_FOR if is_known else job.attempts >= FAILURES
        if is_over:
            hub.meters.job_ended(job.kind, "dead")
            log.error("job_dead", extra={"job": job.id, "kind": job.kind})
            await self._tell_people(hub, job, why)
            await self._end(hub, lambda uow: uow.jobs.bury(job, why))
            return
        hub.meters.job_ended(job.kind, "retry")
        asked = error.after_seconds if isinstance(error, errors.RetryLater) else None
        wait = asked or min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2 ** min(20, max(0, job.attempts - 1)))
        await self._end(hub, lambda uow: uow.jobs.retry(job, now + timedelta(seconds=wait), why))

    async def _tell_people(self, hub: hub_module.Hub, job: ports.Job, why: str) -> None:
        """What was given up still has somebody who waits for it. A dead answer job is found by `flow.watch`."""
        try:
            if job.kind == deliver.DELIVER:
                await deliver.gave_up(hub, ids.MessageId(job.payload["message"]), f"Het lukte niet. {why}", job)
            elif job.kind in {receive.PARSE, receive.PARSE_UNTRUSTED}:
                await normalise.park(hub, ids.ReceiptId(job.payload["receipt"]))
        except errors.IntakeError:
            log.exception("not_told", extra={"job": job.id, "kind": job.kind})

    async def _end(self, hub: hub_module.Hub, work: Callable[[ports.UnitOfWork], None]) -> None:
        """Write the end of a job, as soon as the store takes it.

        So work that a full disk broke off goes on when there is room again. After its lease nobody waits for this end
        any more: the job has come back by itself.
        """
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LEASE.total_seconds()):
                while True:
                    try:
                        await hub.store.write(work)
                    except errors.StoreFull:
                        await asyncio.sleep(POLL_SECONDS)
                    except errors.IntakeError:
                        break
                    else:
                        return
        log.warning("job_end_not_written")


def _handler(kind: str) -> Handler:
    """What does this kind of job. Raises RetryLater for one that a newer hub on the same database wrote."""
    if kind not in HANDLERS:
        raise errors.RetryLater(f"Deze versie van Onthaal kent het werk {kind} niet.", after_seconds=UNKNOWN_SECONDS)
    return HANDLERS[kind]


def _shares(running: Mapping[str, int]) -> Iterator[tuple[tuple[str, ...], int]]:
    """Which kinds to leave out of a claim, and how many jobs it may take.

    One claim for the kinds that a citizen in the chat waits for, then one per kind of `MOST`: a single claim could fill
    all the room with one kind.
    """
    yield tuple(MOST), BATCH
    for kind, most in MOST.items():
        yield tuple(other for other in HANDLERS if other != kind), most - running.get(kind, 0)
