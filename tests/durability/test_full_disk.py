"""The disk fills up, or somebody else locks the database: nothing is acknowledged that is not kept, and it heals."""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest

from tests.support import running, small_disk, traffic

HEALED_SECONDS = 30
REFUSED_SECONDS = 60
REFUSALS = {"mail": "451", "api": "503", "chat": "refused"}


def check_the_books(flow: traffic.Traffic, demo: running.RunningDemo) -> None:
    """What was acknowledged is there once and has its outcome; what was refused is not there."""
    running.wait_until(lambda: all(traffic.in_ledger(demo).values()), HEALED_SECONDS, "every receipt has its outcome")
    there = set(traffic.in_ledger(demo))
    assert flow.kept - there == set()
    assert flow.refused & there == set()
    assert there - flow.kept - flow.unknown == set()
    assert [name for name in flow.unknown if not name.startswith("chat")] == []
    assert set(flow.answers) <= traffic.KEPT | {f"{wire} {code}" for wire, code in REFUSALS.items()}


@pytest.mark.parametrize("kind", small_disk.KINDS)
async def test_a_full_disk_refuses_in_words_and_loses_nothing(tmp_path, kind):
    with small_disk.running_on(kind, tmp_path, **traffic.SETTINGS) as disk:
        demo = disk.demo
        flow = traffic.Traffic(demo, demo.token("contacts:write"))
        async with flow.flowing():
            await flow.works_on_all()

            def is_full() -> bool:
                disk.fill()
                return all(flow.refused_by(wire) > 10 for wire in traffic.WIRES)

            await flow.until(is_full, REFUSED_SECONDS, "all wires refuse")
            disk.free()
            await flow.works_on_all()
        check_the_books(flow, demo)
        assert demo.stop() == 0


@contextlib.contextmanager
def locked(database: Path) -> Iterator[None]:
    """Another program holds the only right to write, longer than the hub waits for it."""
    other = sqlite3.connect(database, isolation_level=None)
    try:
        other.execute("BEGIN EXCLUSIVE")
        yield
        other.execute("ROLLBACK")
    finally:
        other.close()


async def test_a_locked_database_refuses_in_words_and_loses_nothing(tmp_path):
    demo = running.RunningDemo(tmp_path, **running.NO_BOT, **traffic.SETTINGS).start()
    flow = traffic.Traffic(demo, demo.token("contacts:write"), mail_chars=500)
    async with flow.flowing():
        await flow.works_on_all()
        with locked(tmp_path / "onthaal.sqlite3"):
            await flow.until(
                lambda: all(flow.refused_by(wire) for wire in traffic.WIRES), REFUSED_SECONDS, "all wires refuse"
            )
            async with aiohttp.ClientSession() as http, http.get(f"{demo.url}/producten") as page:
                assert page.status == 200
        await flow.works_on_all()
    check_the_books(flow, demo)
    assert demo.stop() == 0
