import shutil

import pytest
import store_samples as samples

from intake.store import blobs, engine, schema
from intake.store.store import SqliteStore


@pytest.fixture(scope="session")
def migrated(tmp_path_factory):
    path = tmp_path_factory.mktemp("store") / "migrated.db"
    schema.migrate(engine.sqlite_url(path))
    return path


@pytest.fixture
def path(migrated, tmp_path):
    return shutil.copy(migrated, tmp_path / "onthaal.db")


@pytest.fixture
def clock():
    return samples.FixedClock()


@pytest.fixture
def files(tmp_path):
    return blobs.FileBlobs(tmp_path / "blobs")


@pytest.fixture
async def store(path, clock, files):
    opened = SqliteStore.open(path, clock=clock, files=files)
    yield opened
    await opened.close()
