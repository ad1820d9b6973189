"""What several suites share: the databases that the store lives on."""

import shutil

import pytest

from intake.store import opening, schema, sqlite
from tests.support import postgres


@pytest.fixture(scope="session")
def postgres_server():
    with postgres.server() as server:
        yield server


@pytest.fixture(scope="session")
def migrated(tmp_path_factory):
    path = tmp_path_factory.mktemp("store") / "migrated.db"
    schema.migrate(sqlite.SqliteDatabase(path))
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request, migrated, tmp_path):
    """An empty migrated database, once of each kind."""
    if request.param == "sqlite":
        yield sqlite.SqliteDatabase(shutil.copy(migrated, tmp_path / "onthaal.db"))
        return
    server = request.getfixturevalue("postgres_server")
    url = server.fresh()
    yield opening.database_at(url, tmp_path)
    server.drop(url)
