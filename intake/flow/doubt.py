"""At most one outgoing message of a hub is in doubt at a time, so that a crash repeats at most one."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Generator
from typing import Any

from intake import errors

WAIT_SECONDS = 20.0
"""So long a message waits for the one before it; then it tries again later and lets its line go."""
AGAIN_SECONDS = 5.0
"""How much later: nothing is wrong with this message, so its own growing back-off does not count."""


async def _always() -> bool:
    return True


class OneInDoubt:
    """See `ports.InDoubt`. One per hub: channels enter, `flow.deliver` leaves once the result is on disk."""

    def __init__(self) -> None:
        """Nothing is in doubt."""
        self._lock = asyncio.Lock()
        self._holder: asyncio.Task[Any] | None = None
        self._ours: dict[asyncio.Task[Any] | None, Callable[[], Awaitable[bool]]] = {}

    async def enter(self) -> None:
        """See `ports.InDoubt`.

        Whose the message is, is asked only now: while this task waited (for its turn, for a mail server, or because the
        whole hub was paused) another hub may have taken it over and sent it.
        """
        task = asyncio.current_task()
        if self._holder is not None and self._holder is task:
            return
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                await self._lock.acquire()
        except TimeoutError as fault:
            raise errors.RetryLater(
                "Een ander bericht wacht nog op het antwoord van de mailserver.", after_seconds=AGAIN_SECONDS
            ) from fault
        self._holder = task
        if not await self._ours.get(task, _always)():
            raise errors.Conflict("Een andere hub heeft dit bericht.")

    @contextlib.contextmanager
    def settled(self, is_ours: Callable[[], Awaitable[bool]] = _always) -> Generator[None]:
        """Around sending and writing down the result: at the end this task's message is in doubt no more.

        `is_ours`: whether this hub still has to send it; asked when nothing else can delay the sending any more.
        """
        task = asyncio.current_task()
        self._ours[task] = is_ours
        try:
            yield
        finally:
            del self._ours[task]
            if self._holder is not None and self._holder is task:
                self._holder = None
                self._lock.release()
