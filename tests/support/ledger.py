"""Looks into the database of a hub that runs, as no part of the product would."""

import contextlib
import sqlite3
from typing import Any

from tests.support import running


def rows(demo: running.RunningDemo, statement: str, *values: Any) -> list[tuple[Any, ...]]:
    """What a statement finds now."""
    with contextlib.closing(sqlite3.connect(demo.data_dir / "onthaal.sqlite3", timeout=30)) as database:
        return database.execute(statement, values).fetchall()


def raw_mails(demo: running.RunningDemo, token: str) -> list[bytes]:
    """The bytes of every mail whose sender in the envelope holds this token, in order of arrival."""
    found = rows(
        demo,
        "SELECT raw, blob_sha256 FROM receipt WHERE channel = 'email' AND instr(envelope, ?) > 0 ORDER BY received_at",
        token,
    )
    return [raw if name is None else blob(demo, name) for raw, name in found]


def blob(demo: running.RunningDemo, name: str) -> bytes:
    """A file of the hub by its name."""
    return (demo.data_dir / name[:2] / name[2:4] / name).read_bytes()
