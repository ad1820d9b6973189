"""The store alone: receipt and parse job durable, beside one thread with sqlite3 that commits the same rows by 64."""

import asyncio
import functools
import json
import sqlite3
import tempfile
import time
from pathlib import Path

from benchmarks import figures
from intake import ports, system
from intake.domain import ids, message
from intake.store import blobs, schema, sqlite, store

CALLERS = 64
MANY_CALLERS = 256
BATCHES = 40
RAW = b"Subject: Vraag\r\n\r\n" + b"Wanneer is het containerpark open?\r\n" * 30
ENVELOPE = {"mail_from": "jan@example.org", "rcpt_tos": ["info@voorbeeldstad.example"], "peer": "127.0.0.1"}


async def through_hub(opened: store.Store, fresh: system.SystemIds, count: int, callers: int = CALLERS) -> float:
    """Receipts a second through the hub's writer, each with its job, one under way per caller."""
    clock = system.SystemClock()

    async def caller() -> None:
        for _ in range(count // callers):
            new_id, now = ids.ReceiptId(fresh.new()), clock.now()
            receipt = message.RawReceipt(
                channel="email", account="info@voorbeeldstad.example", wire_id=new_id, raw=RAW, envelope=ENVELOPE
            )

            def work(
                uow: ports.UnitOfWork, new_id: ids.ReceiptId = new_id, receipt: message.RawReceipt = receipt
            ) -> None:
                if uow.receipts.add(new_id, receipt, now) == new_id:  # noqa: B023 - runs before the next turn
                    uow.jobs.add("parse", {"receipt": new_id}, key=f"parse:{new_id}", lane=None)

            await opened.write(work)

    began = time.perf_counter()
    async with asyncio.TaskGroup() as tasks:
        for _ in range(callers):
            tasks.create_task(caller())
    return count / (time.perf_counter() - began)


def _bare(path: Path, fresh: system.SystemIds, count: int) -> float:
    """The same columns of the same tables, with their constraints and indexes, as plainly as sqlite3 can."""
    db = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        db.execute(f"PRAGMA {pragma}").close()
    add_receipt = (
        "INSERT INTO receipt (id, channel, account, wire_id, raw, blob_sha256, envelope, lane, received_at) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
    )
    add_job = (
        "INSERT INTO job (key, kind, payload, lane, state, attempts, run_at, created_at) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
    )
    began = time.perf_counter()
    for _ in range(count // CALLERS):
        receipts: list[tuple[object, ...]] = []
        jobs: list[tuple[object, ...]] = []
        for _ in range(CALLERS):
            new_id, now = fresh.new(), system.SystemClock().now().replace(tzinfo=None).isoformat(" ", "microseconds")
            account = "info@voorbeeldstad.example"
            receipts.append((new_id, "email", account, new_id, RAW, None, json.dumps(ENVELOPE), None, now))
            jobs.append((f"parse:{new_id}", "parse", json.dumps({"receipt": new_id}), None, "todo", 0, now, now))
        db.execute("BEGIN IMMEDIATE")
        db.executemany(add_receipt, receipts)
        db.executemany(add_job, jobs)
        db.execute("COMMIT")
    seconds = time.perf_counter() - began
    db.close()
    return count / seconds


async def measure(scale: figures.Scale, tell: figures.Tell) -> list[figures.Figure]:
    """Rate of durable receipts with their job, for as many callers as the reference has rows in a commit, and more."""
    count = scale.of(BATCHES, MANY_CALLERS // CALLERS) * CALLERS
    fresh = system.SystemIds()
    found: list[figures.Figure] = []
    with tempfile.TemporaryDirectory(prefix="onthaal-bench-") as folder:
        paths = [Path(folder, name) for name in ("hub.sqlite3", "bare.sqlite3")]
        for path in paths:
            schema.migrate(sqlite.SqliteDatabase(path))
        database, files = sqlite.SqliteDatabase(paths[0]), blobs.FileBlobs(Path(folder))
        opened = store.Store.open(database, clock=system.SystemClock(), files=files)
        try:
            for callers, name, bound in ((CALLERS, "store_sqlite", 0.60), (MANY_CALLERS, "store_sqlite_many", None)):
                ours, theirs = await figures.in_turn(
                    scale.rounds * 2,
                    functools.partial(through_hub, opened, fresh, count, callers),
                    functools.partial(asyncio.to_thread, _bare, paths[1], fresh, count),
                    tell,
                )
                title = f"Store, {callers} callers, against sqlite3 by 64"
                found.append(
                    figures.Figure(name=name, title=title, unit="receipts/s", hub=ours, bare=theirs, bound=bound)
                )
        finally:
            await opened.close()
    return found
