"""The hub dies at any moment: what it acknowledged is there, and nothing is there twice."""

import random
import shutil
import sqlite3
import subprocess
import sys
import time

import pytest

from intake.store import schema, sqlite

KILLS = 6

WRITER = """
import asyncio, sys
from datetime import UTC, datetime
from pathlib import Path
from intake.domain import message
from intake.store import blobs
from intake.store import sqlite
from intake.store.store import Store

class Clock:
    def now(self):
        return datetime(2026, 11, 23, tzinfo=UTC)

async def main(path, run):
    store = Store.open(sqlite.SqliteDatabase(path), clock=Clock(), files=blobs.FileBlobs(path.parent / "blobs"))
    store.lock_for_hub()
    print("ready", flush=True)

    async def caller(who):
        for turn in range(1_000_000):
            name = f"{run}-{who}-{turn}"
            size = 300_000 if turn % 40 == 39 else 1_000
            came = message.RawReceipt(channel="c", account="a", wire_id=name, raw=name.encode().ljust(size, b"x"))

            def work(uow):
                uow.receipts.add(name, came, Clock().now())
                uow.jobs.add("parse", {"receipt": name}, key=f"parse:{name}")
                uow.tell("receipt")

            await store.write(work)
            sys.stdout.write(name + "\\n")
            sys.stdout.flush()

    await asyncio.gather(*(caller(who) for who in range(32)))

asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
"""


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    made = tmp_path_factory.mktemp("kill") / "onthaal.db"
    schema.migrate(sqlite.SqliteDatabase(made))
    return made


def test_what_was_acknowledged_survives_kill_9(path):
    rng = random.Random(8127)
    acknowledged = set()
    for run in range(KILLS):
        acknowledged |= killed_after(path, run, seconds=rng.uniform(0.05, 0.5))
        kept = sqlite3.connect(path)
        assert kept.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert kept.execute("PRAGMA foreign_key_check").fetchall() == []
        receipts = {name for (name,) in kept.execute("SELECT id FROM receipt")}
        jobs = {key.removeprefix("parse:") for (key,) in kept.execute("SELECT key FROM job")}
        (events,) = kept.execute("SELECT count(*) FROM event").fetchone()
        large = kept.execute("SELECT id, blob_sha256 FROM receipt WHERE blob_sha256 IS NOT NULL").fetchall()
        kept.close()
        assert acknowledged <= receipts
        assert jobs == receipts
        assert events == len(receipts)
        for name, sha256 in large:
            content = (path.parent / "blobs" / sha256[:2] / sha256[2:4] / sha256).read_bytes()
            assert content == name.encode().ljust(300_000, b"x")
    assert len(acknowledged) > KILLS
    shutil.rmtree(path.parent / "blobs", ignore_errors=True)


def killed_after(path, run, *, seconds):
    """The names that one hub acknowledged before it was killed."""
    hub = subprocess.Popen(
        [sys.executable, "-W", "error", "-c", WRITER, str(path), str(run)], stdout=subprocess.PIPE, text=True
    )
    assert hub.stdout.readline() == "ready\n"
    time.sleep(seconds)
    hub.kill()
    said, _ = hub.communicate(timeout=30)
    complete = said[: said.rfind("\n") + 1]
    return set(complete.split())
