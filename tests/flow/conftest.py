from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tests.support import fakes


@pytest_asyncio.fixture
async def desk(tmp_path: Path) -> AsyncIterator[fakes.Desk]:
    opened = await fakes.open_desk(tmp_path)
    yield opened
    await opened.store.close()
