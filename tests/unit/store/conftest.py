import shutil

import pytest
import store_samples as samples

from intake.store import blobs, sqlite
from intake.store.store import Store


@pytest.fixture
def path(migrated, tmp_path):
    return shutil.copy(migrated, tmp_path / "onthaal.sqlite3")


@pytest.fixture
def clock():
    return samples.FixedClock()


@pytest.fixture
def files(tmp_path):
    return blobs.FileBlobs(tmp_path / "blobs")


@pytest.fixture
async def sqlite_store(path, clock, files):
    """For what is about SQLite alone: its plans, its instructions, its full disk."""
    opened = Store.open(sqlite.SqliteDatabase(path), clock=clock, files=files)
    yield opened
    await opened.close()


@pytest.fixture
async def store(database, clock, files):
    opened = Store.open(database, clock=clock, files=files)
    yield opened
    await opened.close()
