from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from intake.store import database as stores
from tests.support import fakes


@pytest_asyncio.fixture
async def desk(tmp_path: Path, database: stores.Database) -> AsyncIterator[fakes.Desk]:
    opened = await fakes.open_desk(tmp_path, database)
    yield opened
    await opened.store.close()
