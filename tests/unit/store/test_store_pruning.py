"""What is forgotten, what is not, and that a round is bounded."""

from datetime import timedelta

import store_samples as samples

from intake import ports
from intake.domain import ids

WEEK = timedelta(days=7)


async def finished(store, clock, count):
    for _ in range(count):
        await store.write(lambda uow: uow.jobs.add("parse", {}))
    jobs = await store.write(lambda uow: uow.jobs.claim("c", clock.now(), clock.now() + WEEK, count))
    for job in jobs:
        await store.write(lambda uow, job=job: uow.jobs.done(job))
    return jobs


async def left(store):
    from intake.store import tables

    def look(uow):
        return [row.state for row in uow.receipts._in.connection.execute(tables.job.select().order_by(tables.job.c.id))]

    return await store.read(look)


async def test_finished_jobs_go_and_the_others_stay(store, clock):
    await store.write(lambda uow: uow.jobs.add("parse", {}))
    (failed,) = await store.write(lambda uow: uow.jobs.claim("c", clock.now(), clock.now() + WEEK, 1))
    await store.write(lambda uow: uow.jobs.bury(failed, "x"))
    await finished(store, clock, 3)
    await store.write(lambda uow: uow.jobs.add("answer", {}))
    clock.move(days=8)
    await finished(store, clock, 1)
    before = clock.now() - WEEK
    assert await store.write(lambda uow: uow.pruning.jobs(before, 0, 100)) == (3, 0)
    assert await left(store) == ["dead", "done", "todo"]  # the last claim took the answer: it was older


async def test_a_walk_goes_on_where_the_last_one_ended_also_past_dead_letters(store, clock):
    jobs = await finished(store, clock, 2)
    await store.write(lambda uow: uow.jobs.add("parse", {}))
    (failed,) = await store.write(lambda uow: uow.jobs.claim("c", clock.now(), clock.now() + WEEK, 1))
    await store.write(lambda uow: uow.jobs.bury(failed, "x"))
    await finished(store, clock, 3)
    clock.move(days=8)
    before = clock.now() - WEEK
    deleted, after = await store.write(lambda uow: uow.pruning.jobs(before, 0, 2))
    assert (deleted, after) == (2, jobs[-1].id)
    deleted, after = await store.write(lambda uow: uow.pruning.jobs(before, after, 2))
    assert (deleted, after) == (1, failed.id + 1)
    deleted, after = await store.write(lambda uow: uow.pruning.jobs(before, after, 3))
    assert (deleted, after) == (2, 0)
    assert await left(store) == ["dead"]


async def test_old_events_go_oldest_first_and_a_batch_at_a_time(store, clock):
    for _ in range(5):
        await store.write(lambda uow: uow.tell("contact"))
    clock.move(days=2)
    await store.write(lambda uow: uow.tell("contact"))
    before = clock.now() - timedelta(days=1)
    assert [await store.write(lambda uow: uow.pruning.events(before, 3)) for _ in range(3)] == [3, 2, 0]


async def test_sessions_that_are_over_go(store, clock):
    await store.write(
        lambda uow: (uow.directory.put_group(samples.group()), uow.directory.put_employee(samples.employee(), "x"))
    )
    for name, seen in {"used": 5, "idle": 40, "old": 1}.items():
        created = 800 if name == "old" else seen
        session = ports.LoginSession(
            id_hash=name,
            employee_id=ids.EmployeeId("karin"),
            csrf="c",
            created_at=clock.now() - timedelta(minutes=created),
            seen_at=clock.now() - timedelta(minutes=seen),
        )
        await store.write(lambda uow, session=session: uow.directory.add_session(session))
    idle, absolute = clock.now() - timedelta(minutes=30), clock.now() - timedelta(hours=12)
    assert await store.write(lambda uow: uow.pruning.sessions(idle, absolute, 10)) == 2
    assert await store.read(lambda uow: uow.directory.session("used")) is not None
