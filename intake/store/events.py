"""Tells everybody who listens in this process what was committed."""

import asyncio
import threading
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager

from intake import ports

WAITING_EVENTS = 1000
"""So many events wait for a slow listener; what comes after them becomes one `reset`."""


class Broadcaster:
    """Hands events to listeners. `publish` may be called from any thread, `listen` belongs to an event loop."""

    def __init__(self, waiting_events: int = WAITING_EVENTS) -> None:
        self._waiting_events = waiting_events
        self._listeners: set[_Listener] = set()
        self._changing = threading.Lock()

    def publish(self, events: Sequence[ports.Event]) -> None:
        """Tell these events, in order, to everybody who listens now."""
        if not events:
            return
        with self._changing:
            listeners = tuple(self._listeners)
        for listener in listeners:
            listener.tell(events)

    @asynccontextmanager
    async def listen(self) -> AsyncGenerator[AsyncIterator[ports.Event]]:
        """See `ports.Store.events`."""
        listener = _Listener(asyncio.get_running_loop(), self._waiting_events)
        with self._changing:
            self._listeners.add(listener)
        try:
            yield listener
        finally:
            with self._changing:
                self._listeners.discard(listener)


class _Listener:
    """The events that wait for one listener."""

    def __init__(self, loop: asyncio.AbstractEventLoop, waiting_events: int) -> None:
        self._loop = loop
        self._waiting_events = waiting_events
        self._waiting: deque[ports.Event] = deque()
        self._arrived = asyncio.Event()

    def tell(self, events: Sequence[ports.Event]) -> None:
        try:
            self._loop.call_soon_threadsafe(self._keep, events)
        except RuntimeError:  # its loop is closed: nobody listens any more
            return

    def _keep(self, events: Sequence[ports.Event]) -> None:
        for event in events:
            if len(self._waiting) < self._waiting_events:
                self._waiting.append(event)
            elif self._waiting[-1].kind == "reset":
                self._waiting[-1] = ports.Event(id=event.id, kind="reset")
            else:
                self._waiting.append(ports.Event(id=event.id, kind="reset"))
        self._arrived.set()

    def __aiter__(self) -> AsyncIterator[ports.Event]:
        return self

    async def __anext__(self) -> ports.Event:
        while not self._waiting:
            self._arrived.clear()
            await self._arrived.wait()
        return self._waiting.popleft()
