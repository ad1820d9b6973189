"""Server-sent events for the workspace: they say which contact changed, never what. Source: HTML, section 9.2."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from aiohttp import web

from intake import ports
from intake.domain import handler_group
from intake.web import desk, services, session

HEARTBEAT_SECONDS = 15.0
LIFETIME_SECONDS = 600.0
"""Then the browser connects anew, and whether it is still logged in is looked up again."""

STREAMS: web.AppKey[set["asyncio.Task[None]"]] = web.AppKey("streams", set)


def routes() -> list[web.RouteDef]:
    """The one stream."""
    return [web.get("/werkplek/gebeurtenissen", stream)]


async def end_all(app: web.Application) -> None:
    """The hub stops: browsers connect again by themselves when it is back."""
    for task in app[STREAMS]:
        task.cancel()


async def stream(request: web.Request) -> web.StreamResponse:
    """Events for this employee until the browser goes, the lifetime is over or the hub stops."""
    who = session.employee_or_none(request)
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "X-Accel-Buffering": "no"})
    await response.prepare(request)
    if who is None:
        await response.write(b"event: gone\ndata:\n\n")
        return response
    task = asyncio.current_task()
    assert task is not None  # noqa: S101 - a handler runs in a task
    request.app[STREAMS].add(task)
    try:
        async with asyncio.timeout(LIFETIME_SECONDS):
            await _send_all(request, response, who.employee)
    except (TimeoutError, ConnectionResetError):
        pass
    except asyncio.CancelledError:
        if not request.app[services.SERVICES].is_secure and task.cancelling() == 0:
            raise
    finally:
        request.app[STREAMS].discard(task)
    return response


async def _send_all(request: web.Request, response: web.StreamResponse, employee: handler_group.Employee) -> None:
    view = request.app[desk.VIEW]
    async with request.app[services.SERVICES].hub.store.events() as events:
        await response.write(b"retry: 2000\nevent: reset\ndata:\n\n")
        async for event in _with_heartbeat(events):
            if event is None:
                await response.write(b": still here\n\n")
            elif event.kind == "reset" or await view.concerns(employee, event):
                await response.write(f"event: {event.kind}\ndata: {event.contact_id or ''}\n\n".encode())


async def _with_heartbeat(events: AsyncIterator[ports.Event]) -> AsyncIterator[ports.Event | None]:
    """Every event, and None after each quiet while; an event that was being waited for is never dropped."""
    following: asyncio.Future[ports.Event] | None = None
    try:
        while True:
            following = following or asyncio.ensure_future(anext(events))
            done, _ = await asyncio.wait({following}, timeout=HEARTBEAT_SECONDS)
            if not done:
                yield None
                continue
            try:
                event = following.result()
            except StopAsyncIteration:
                return
            finally:
                following = None
            yield event
    finally:
        if following is not None:
            following.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await following
