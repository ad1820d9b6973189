"""The store on PostgreSQL: receipt and parse job durable, beside raw asyncpg that commits the same rows by 64.

The server is the tests' own, with everything on that makes a commit durable.
"""

import functools
import json
import tempfile
import time
from pathlib import Path

import asyncpg

from benchmarks import figures, store_path
from intake import system
from intake.store import blobs, opening, store
from tests.support import postgres

ACCOUNT = "info@voorbeeldstad.example"
_ADD_RECEIPT = (
    "INSERT INTO receipt (id, channel, account, wire_id, raw, blob_sha256, envelope, lane, received_at) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
)
_ADD_JOB = (
    "INSERT INTO job (key, kind, payload, lane, state, attempts, run_at, created_at) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
)


async def _bare(connection: "asyncpg.Connection[asyncpg.Record]", fresh: system.SystemIds, count: int) -> float:
    """The same columns of the same tables, with their constraints and indexes, as plainly as asyncpg can."""
    clock = system.SystemClock()
    began = time.perf_counter()
    for _ in range(count // store_path.CALLERS):
        receipts: list[tuple[object, ...]] = []
        jobs: list[tuple[object, ...]] = []
        for _ in range(store_path.CALLERS):
            new_id, now = fresh.new(), clock.now()
            envelope = json.dumps(store_path.ENVELOPE)
            receipts.append((new_id, "email", ACCOUNT, new_id, store_path.RAW, None, envelope, None, now))
            jobs.append((f"parse:{new_id}", "parse", json.dumps({"receipt": new_id}), None, "todo", 0, now, now))
        async with connection.transaction():
            await connection.executemany(_ADD_RECEIPT, receipts)
            await connection.executemany(_ADD_JOB, jobs)
    return count / (time.perf_counter() - began)


async def measure(scale: figures.Scale, tell: figures.Tell) -> list[figures.Figure]:
    """Rate of durable receipts with their job, for as many callers as the reference has rows in a commit."""
    count = scale.of(store_path.BATCHES) * store_path.CALLERS
    fresh = system.SystemIds()
    tell("starting PostgreSQL")
    with tempfile.TemporaryDirectory(prefix="onthaal-bench-") as folder, postgres.server(is_durable=True) as server:
        ours_at, theirs_at = server.fresh(), server.fresh()
        opened = store.Store.open(
            opening.database_at(ours_at, Path(folder)), clock=system.SystemClock(), files=blobs.FileBlobs(Path(folder))
        )
        connection = await asyncpg.connect(theirs_at)
        try:
            ours, theirs = await figures.in_turn(
                scale.rounds,
                functools.partial(store_path.through_hub, opened, fresh, count),
                functools.partial(_bare, connection, fresh, count),
                tell,
            )
        finally:
            await connection.close()
            await opened.close()
    title = f"Store on PostgreSQL, {store_path.CALLERS} callers, against asyncpg by {store_path.CALLERS}"
    return [figures.Figure(name="store_postgres", title=title, unit="receipts/s", hub=ours, bare=theirs)]
