"""At most one outgoing message of a hub is in doubt at a time, so that a crash repeats at most one."""

import asyncio
import contextlib
from collections.abc import Generator
from typing import Any

from intake import errors

WAIT_SECONDS = 20.0
"""So long a message waits for the one before it; then it tries again later and lets its line go."""


class OneInDoubt:
    """See `ports.InDoubt`. One per hub: channels enter, `flow.deliver` leaves once the result is on disk."""

    def __init__(self) -> None:
        """Nothing is in doubt."""
        self._lock = asyncio.Lock()
        self._holder: asyncio.Task[Any] | None = None

    async def enter(self) -> None:
        """See `ports.InDoubt`."""
        if self._holder is not None and self._holder is asyncio.current_task():
            return
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                await self._lock.acquire()
        except TimeoutError as fault:
            raise errors.RetryLater("Een ander bericht wacht nog op het antwoord van de mailserver.") from fault
        self._holder = asyncio.current_task()

    @contextlib.contextmanager
    def settled(self) -> Generator[None]:
        """Around sending and writing down the result: at the end this task's message is in doubt no more."""
        try:
            yield
        finally:
            if self._holder is not None and self._holder is asyncio.current_task():
                self._holder = None
                self._lock.release()
