"""The jobs, first by example, then against a model that is too simple to be wrong."""

import asyncio
from datetime import timedelta

import hypothesis
import pytest
import sqlalchemy as sa
import store_samples as samples
from hypothesis import stateful
from hypothesis import strategies as some

from intake import errors
from intake.store import blobs, sqlite, tables
from intake.store.transaction import Transaction
from intake.store.unit_of_work import UnitOfWork

LEASE = timedelta(seconds=60)


async def claim(store, now, limit=9, name="c1"):
    return await store.write(lambda uow: uow.jobs.claim(name, now, now + LEASE, limit))


async def add(store, kind, **more):
    await store.write(lambda uow: uow.jobs.add(kind, {"of": kind}, **more))


async def test_a_job_is_claimed_once_and_done(store, clock):
    await add(store, "parse")
    (job,) = await claim(store, clock.now())
    assert (job.kind, job.payload, job.lane, job.attempts, job.claim) == ("parse", {"of": "parse"}, None, 1, "c1")
    assert await claim(store, clock.now()) == []
    await store.write(lambda uow: uow.jobs.done(job))
    clock.move(hours=1)
    assert await claim(store, clock.now()) == []


async def test_a_second_job_with_the_same_key_is_not_added(store, clock):
    for _ in range(2):
        await add(store, "parse", key="parse:r1")
    (job,) = await claim(store, clock.now())
    await store.write(lambda uow: uow.jobs.done(job))
    await add(store, "parse", key="parse:r1")
    assert await claim(store, clock.now()) == []


async def test_jobs_of_a_lane_run_one_after_the_other(store, clock):
    for kind in ("first", "second"):
        await add(store, kind, lane="contact-1")
    await add(store, "other", lane="contact-2")
    claimed = await claim(store, clock.now())
    assert [job.kind for job in claimed] == ["first", "other"]
    await store.write(lambda uow: uow.jobs.done(claimed[0]))
    assert [job.kind for job in await claim(store, clock.now())] == ["second"]


async def test_a_job_that_waits_for_its_next_try_holds_up_its_lane(store, clock):
    for kind in ("first", "second"):
        await add(store, kind, lane="contact-1")
    (first,) = await claim(store, clock.now())
    later = clock.now() + timedelta(minutes=5)
    await store.write(lambda uow: uow.jobs.retry(first, later, "bot away"))
    assert await claim(store, clock.now()) == []
    assert await store.read(lambda uow: uow.jobs.next_due()) == later
    (again,) = await claim(store, later)
    assert (again.kind, again.attempts) == ("first", 2)


async def test_a_job_whose_lease_ran_out_goes_to_another_and_the_first_cannot_end_it(store, clock):
    await add(store, "parse")
    (lost,) = await claim(store, clock.now(), name="slow")
    assert await store.read(lambda uow: uow.jobs.next_due()) == clock.now() + LEASE
    clock.move(seconds=60)
    (again,) = await claim(store, clock.now(), name="quick")
    assert again.attempts == 2
    for end in (
        lambda uow: uow.jobs.done(lost),
        lambda uow: uow.jobs.retry(lost, clock.now(), "x"),
        lambda uow: uow.jobs.bury(lost, "x"),
    ):
        await store.write(end)
    assert await store.read(lambda uow: uow.jobs.next_due()) == clock.now() + LEASE
    await store.write(lambda uow: uow.jobs.done(again))
    assert await store.read(lambda uow: uow.jobs.next_due()) is None


async def test_a_buried_job_is_a_dead_letter_that_can_be_revived(store, clock):
    for kind in ("old", "new"):
        await add(store, kind)
    for job in await claim(store, clock.now()):
        clock.move(seconds=1)
        await store.write(lambda uow, job=job: uow.jobs.bury(job, "550 refused"))
    letters = await store.read(lambda uow: uow.jobs.dead(9))
    assert [letter["kind"] for letter in letters] == ["new", "old"]
    assert letters[0] == {
        "id": letters[0]["id"],
        "kind": "new",
        "payload": {"of": "new"},
        "error": "550 refused",
        "attempts": 1,
        "finished_at": clock.now(),
    }
    await store.write(lambda uow: uow.jobs.revive(letters[0]["id"], clock.now()))
    assert [job.attempts for job in await claim(store, clock.now())] == [1]
    with pytest.raises(errors.NotFound):
        await store.write(lambda uow: uow.jobs.revive(letters[0]["id"], clock.now()))


async def test_a_dead_letter_does_not_hold_up_its_lane(store, clock):
    for kind in ("first", "second"):
        await add(store, kind, lane="contact-1")
    (first,) = await claim(store, clock.now())
    await store.write(lambda uow: uow.jobs.bury(first, "never"))
    assert [job.kind for job in await claim(store, clock.now())] == ["second"]


async def test_a_hub_that_starts_gives_every_job_back(store, clock):
    for kind in ("a", "b"):
        await add(store, kind)
    await claim(store, clock.now(), limit=1)
    assert await store.write(lambda uow: uow.jobs.free(None)) == 1
    assert len(await claim(store, clock.now(), name="c2")) == 2


async def test_workers_that_claim_at_once_never_share_a_job(store, clock):
    for number in range(40):
        await add(store, f"job-{number:02}", lane=f"lane-{number % 7}" if number % 2 else None)
    done = []

    async def worker(name):
        while jobs := await claim(store, clock.now(), limit=3, name=name):
            done.extend(job.kind for job in jobs)
            for job in jobs:
                await store.write(lambda uow, job=job: uow.jobs.done(job))

    while len(done) < 40:
        await asyncio.gather(*(worker(f"w{number}") for number in range(6)))
    assert sorted(done) == [f"job-{number:02}" for number in range(40)]


class AgainstModel(stateful.RuleBasedStateMachine):
    """Every claim must give exactly the jobs that the model gives, in its order."""

    def __init__(self):
        super().__init__()
        self.clock = samples.FixedClock()
        self.engine = sqlite.writer(None)
        tables.metadata.create_all(self.engine)
        self.model = []
        self.held = []
        self.claims = 0

    def write(self, work):
        with self.engine.connect() as connection, connection.begin():
            transaction = Transaction(connection, self.clock, blobs.FileBlobs(None), changes=lambda: 0)
            result = work(UnitOfWork(transaction))
            transaction.flush()
            return result

    def teardown(self):
        self.engine.dispose()

    @stateful.rule(
        lane=some.sampled_from([None, None, "a", "b"]),
        key=some.sampled_from([None, None, None, "k1", "k2"]),
        delay=some.sampled_from([0, 0, 30]),
    )
    def add(self, lane, key, delay):
        run_at = self.clock.now() + timedelta(seconds=delay)
        self.write(lambda uow: uow.jobs.add("job", {}, key=key, lane=lane, run_at=run_at))
        if key is None or all(job["key"] != key for job in self.model):
            self.model.append(
                {"key": key, "lane": lane, "run_at": run_at, "state": "todo", "attempts": 0, "claim": None}
            )

    @stateful.rule(seconds=some.sampled_from([1, 30, 61]))
    def time_passes(self, seconds):
        self.clock.move(seconds=seconds)

    @stateful.rule(limit=some.integers(1, 3))
    def claim(self, limit):
        now = self.clock.now()
        self.claims += 1
        name = f"c{self.claims}"
        for job in self.model:
            if job["state"] == "doing" and job["lease"] <= now:
                job.update(state="todo", claim=None)
        free = [
            (job["run_at"], place)
            for place, job in enumerate(self.model)
            if job["state"] == "todo" and job["run_at"] <= now and not self.is_behind(place)
        ]
        expected = [place for _, place in sorted(free)[:limit]]
        for place in expected:
            job = self.model[place]
            job.update(state="doing", claim=name, lease=now + LEASE, attempts=job["attempts"] + 1)
        claimed = self.write(lambda uow: uow.jobs.claim(name, now, now + LEASE, limit))
        assert [(job.id - 1, job.attempts) for job in claimed] == [
            (place, self.model[place]["attempts"]) for place in expected
        ]
        self.held += claimed

    def is_behind(self, place):
        lane = self.model[place]["lane"]
        older = self.model[:place]
        return lane is not None and any(job["lane"] == lane and job["state"] in ("todo", "doing") for job in older)

    @stateful.precondition(lambda self: self.held)
    @stateful.rule(choose=some.data(), how=some.sampled_from(["done", "retry", "bury"]))
    def end(self, choose, how):
        """Also by one who lost the claim, and a second time."""
        held = choose.draw(some.sampled_from(self.held))
        job = self.model[held.id - 1]
        is_mine = job["state"] == "doing" and job["claim"] == held.claim
        run_at = self.clock.now() + timedelta(seconds=30)
        match how:
            case "done":
                self.write(lambda uow: uow.jobs.done(held))
                change = {"state": "done"}
            case "retry":
                self.write(lambda uow: uow.jobs.retry(held, run_at, "again"))
                change = {"state": "todo", "run_at": run_at}
            case _:
                self.write(lambda uow: uow.jobs.bury(held, "enough"))
                change = {"state": "dead"}
        if is_mine:
            job.update(change, claim=None)

    @stateful.rule()
    def revive_all(self):
        now = self.clock.now()
        for letter in self.write(lambda uow: uow.jobs.dead(99)):
            self.write(lambda uow, letter=letter: uow.jobs.revive(letter["id"], now))
            self.model[letter["id"] - 1].update(state="todo", run_at=now, attempts=0)
        assert all(job["state"] != "dead" for job in self.model)

    @stateful.rule()
    def free_all(self):
        freed = self.write(lambda uow: uow.jobs.free(None))
        held = [job for job in self.model if job["state"] == "doing"]
        assert freed == len(held)
        for job in held:
            job.update(state="todo", claim=None)

    @stateful.invariant()
    def the_table_says_what_the_model_says(self):
        columns = tables.job.c
        statement = sa.select(columns.state, columns.claim, columns.attempts).order_by(columns.id)
        with self.engine.connect() as connection:
            rows = [tuple(row) for row in connection.execute(statement)]
        assert rows == [(job["state"], job["claim"], job["attempts"]) for job in self.model]

    @stateful.invariant()
    def the_next_job_is_due_when_one_can_be_claimed(self):
        moments = [job["lease"] for job in self.model if job["state"] == "doing"]
        moments += [
            job["run_at"]
            for place, job in enumerate(self.model)
            if job["state"] == "todo" and not self.is_behind(place)
        ]
        assert self.write(lambda uow: uow.jobs.next_due()) == min(moments, default=None)


TestAgainstModel = AgainstModel.TestCase
TestAgainstModel.settings = hypothesis.settings(max_examples=40, stateful_step_count=30, deadline=None)
