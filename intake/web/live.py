"""Server-sent events for the workspace: they say which contact changed, never what. Source: HTML, section 9.2."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from aiohttp import web

from intake import errors, ports
from intake.domain import handler_group
from intake.web import desk_request, services, session

HEARTBEAT_SECONDS = 15.0
LIFETIME_SECONDS = 600.0
"""Then the browser connects anew, and whether it is still logged in is looked up again."""
WAITING_EVENTS = 64
RETRY_MILLISECONDS = 1000

STOP: web.AppKey[asyncio.Event] = web.AppKey("stop_streams", asyncio.Event)


def routes() -> list[web.RouteDef]:
    """The one stream."""
    return [web.get("/werkplek/gebeurtenissen", stream)]


async def end_all(app: web.Application) -> None:
    """The hub stops: browsers connect again by themselves when it is back."""
    app[STOP].set()


async def stream(request: web.Request) -> web.StreamResponse:
    """Events for this employee until the browser goes, the lifetime is over or the hub stops."""
    who = session.employee_or_none(request)
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "X-Accel-Buffering": "no"})
    await response.prepare(request)
    if who is None:
        await response.write(b"event: gone\ndata:\n\n")
        return response
    meters = request.app[services.SERVICES].hub.meters
    meters.streams(1)
    try:
        async with request.app[services.SERVICES].hub.store.events() as events, asyncio.TaskGroup() as tasks:
            waiting: asyncio.Queue[ports.Event | None] = asyncio.Queue(WAITING_EVENTS)
            readers = [
                tasks.create_task(_read(events, waiting), name="stream:read"),
                tasks.create_task(_end(request.app[STOP], waiting), name="stream:end"),
            ]
            try:
                await _write(request, response, who.employee, waiting)
            finally:
                for reader in readers:
                    reader.cancel()
    except* ConnectionResetError:
        pass  # the browser went: nobody is left to tell
    finally:
        meters.streams(-1)
    return response


async def _read(events: AsyncIterator[ports.Event], waiting: asyncio.Queue[ports.Event | None]) -> None:
    async for event in events:
        await waiting.put(event)


async def _end(stop: asyncio.Event, waiting: asyncio.Queue[ports.Event | None]) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(LIFETIME_SECONDS):
            await stop.wait()
    await waiting.put(None)


async def _write(
    request: web.Request,
    response: web.StreamResponse,
    employee: handler_group.Employee,
    waiting: asyncio.Queue[ports.Event | None],
) -> None:
    """Write events that concern the employee, and a sign of life in every quiet while, until None comes."""
    view = request.app[desk_request.VIEW]
    await response.write(f"retry: {RETRY_MILLISECONDS}\nevent: reset\ndata:\n\n".encode())
    while True:
        try:
            async with asyncio.timeout(HEARTBEAT_SECONDS):
                event = await waiting.get()
        except TimeoutError:
            await response.write(b": still here\n\n")
            continue
        if event is None:
            return
        try:
            concerns = event.kind == "reset" or await view.concerns(employee, event)
        except errors.StoreFull:  # whom it concerns cannot be looked up now: the page looks at all it shows
            event, concerns = ports.Event(id=event.id, kind="reset"), True
        if concerns:
            await response.write(f"event: {event.kind}\ndata: {event.contact_id or ''}\n\n".encode())
