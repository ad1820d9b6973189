"""What a long history costs: taking in a mail, and showing a page, with 100,000 contacts beside 1,000 (SQLite).

A few contacts are made by the hub itself, answered and closed; the others are copies of their rows under other names.
"""

import contextlib
import sqlite3
import tempfile
import time
from pathlib import Path

import sqlalchemy as sa

from benchmarks import figures
from intake.domain import contact
from intake.store import tables
from tests.support import fakes

MADE = 10
FEW, MANY = 1_000, 100_000
OPEN = 10
MAILS = 10
PAGES = 30

_COPIED = (
    tables.party, tables.digital_address, tables.party_word, tables.receipt, tables.utterance, tables.contact,
    tables.contact_word, tables.message, tables.mail_reference, tables.history, tables.queue_item,
)  # fmt: skip
# Columns that name a row among the copied ones; `value` and `key` are unique by themselves.
_NAMES = frozenset(
    {"id", "party_id", "receipt_id", "contact_id", "wire_id", "key", "mail_id", "value", "outcome_ref", "open_item_id"}
)


def _folder(above: str, name: str) -> Path:
    made = Path(above, name)
    made.mkdir()
    return made


async def _make(folder: Path, count: int) -> fakes.Desk:
    """A desk with so many contacts that are over, and `OPEN` that wait."""
    desk = await fakes.open_desk(folder)
    for number in range(min(MADE, count)):
        await desk.mail("schandalig lang gewacht", sender=f"jan{number}@example.org", subject="Klacht over de balie")
        taken = await desk.desk.take_next(desk.tom)
        assert taken is not None
        await desk.writer.reply(desk.tom, taken.id, "Dat had niet gemogen.", then=contact.Owner.CLOSED)
        await desk.worker.drain()
    _copy(folder / "onthaal.sqlite3", count // min(MADE, count) - 1)
    for number in range(OPEN):
        await desk.mail("schandalig", sender=f"els{number}@example.org")
    found = await desk.store.read(lambda uow: uow.views.ledger())
    assert found["message"] >= min(MADE, count)
    return desk


def _copy(file: Path, times: int) -> None:
    """Each row of the history `times` more."""
    with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as db:
        db.execute("PRAGMA synchronous=OFF").close()
        db.execute("BEGIN IMMEDIATE")
        db.execute("CREATE TEMP TABLE copy (i INTEGER)")
        db.executemany("INSERT INTO copy VALUES (?)", ((number,) for number in range(1, times + 1)))
        for table in _COPIED:
            names = ", ".join(column.name for column in table.columns)
            values = ", ".join(_value(table, column) for column in table.columns)
            db.execute(f"INSERT INTO {table.name} ({names}) SELECT {values} FROM {table.name} CROSS JOIN copy")
        db.execute("COMMIT")


def _value(table: sa.Table, column: sa.Column[object]) -> str:
    if table is tables.history and column.name == "id":
        return "NULL"
    if table is tables.contact and column.name == "number":
        return "5000000000 + row_number() OVER ()"
    return f"{column.name} || '-' || i" if column.name in _NAMES else column.name


async def _accept(desk: fakes.Desk, mails: int) -> float:
    """Milliseconds to take in a mail, read it and put it on a queue."""
    began = time.perf_counter()
    for number in range(mails):
        await desk.mail("schandalig", sender=f"piet{number}@example.org")
    return (time.perf_counter() - began) * 1000 / mails


async def _list(desk: fakes.Desk, pages: int) -> float:
    """Milliseconds to read the newest contacts (the API's page) and what waits (the workspace's)."""
    began, now = time.perf_counter(), desk.clock.now()
    for _ in range(pages):
        await desk.store.read(lambda uow: uow.views.contacts(None, 50))
        await desk.store.read(lambda uow: uow.views.work_list("groups", desk.tom, now, None, 40))
    return (time.perf_counter() - began) * 1000 / pages


async def measure(scale: figures.Scale, tell: figures.Tell) -> list[figures.Figure]:
    """Milliseconds with many contacts, beside those with few; both databases are made in the same way."""
    few, many = scale.of(FEW, 20), scale.of(MANY, 40)
    mails, pages = scale.of(MAILS, 2), scale.of(PAGES, 2)
    with tempfile.TemporaryDirectory(prefix="onthaal-bench-") as name:
        tell(f"making {few:,} and {many:,} contacts")
        small = await _make(_folder(name, "few"), few)
        large = await _make(_folder(name, "many"), many)
        try:
            accepting = await figures.in_turn(
                scale.rounds, lambda: _accept(large, mails), lambda: _accept(small, mails), tell
            )
            listing = await figures.in_turn(
                scale.rounds, lambda: _list(large, pages), lambda: _list(small, pages), tell
            )
        finally:
            await small.store.close()
            await large.store.close()
    against = f"with {many:,} contacts, against {few:,}"
    measured = (("accept", "Taking in a mail", accepting), ("list", "Two pages", listing))
    return [
        figures.Figure(
            name=f"history_{what}",
            title=f"{title} {against}",
            unit="ms",
            hub=of_many,
            bare=of_few,
            note="here *bare* is the hub itself with few contacts",
        )
        for what, title, (of_many, of_few) in measured
    ]
