"""Commands that visit the data of a hub, which may be running at the same time."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from intake import log
from intake.app import composition, registry

T = TypeVar("T")


def look(work: Callable[[composition.Parts], Awaitable[T]]) -> T:
    """Open the store, do `work` that changes nothing, close. Raises BadSettings."""
    return _visit(work, composition.Entry.LOOK)


def fill(work: Callable[[composition.Parts], Awaitable[T]]) -> T:
    """Open the store, do `work` that writes, close; it may be the first that ever comes. Raises BadSettings."""
    return _visit(work, composition.Entry.FILL)


def _visit(work: Callable[[composition.Parts], Awaitable[T]], entry: composition.Entry) -> T:
    settings = registry.load_settings()
    log.set_up(level="WARNING")

    async def run() -> T:
        parts = composition.build(settings, entry=entry)
        try:
            return await work(parts)
        finally:
            await parts.close()

    return asyncio.run(run())
