"""Commands that visit the data of a hub, which may be running at the same time."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from intake import log
from intake.app import composition, registry

T = TypeVar("T")


def visit(work: Callable[[composition.Parts], Awaitable[T]]) -> T:
    """Open the store, do `work`, close. Raises BadSettings."""
    settings = registry.load_settings()
    log.set_up(level="WARNING")

    async def run() -> T:
        parts = composition.build(settings, owns_data=False)
        try:
            return await work(parts)
        finally:
            await parts.close()

    return asyncio.run(run())
