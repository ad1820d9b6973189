"""Runs a hub: one task group owns every long task; a channel that fails never stops the others."""

import asyncio
import contextlib
import logging
import signal
from collections.abc import Awaitable, Callable

from aiohttp import web

from intake import errors, ports
from intake.app import composition
from intake.flow import watch

log = logging.getLogger(__name__)

WATCH_SECONDS = 2.0
BACK_OFF_SECONDS = (1.0, 2.0, 5.0, 15.0, 60.0)
SHUTDOWN_SECONDS = 3.0
LISTEN_SECONDS = 10.0
BOT_SECONDS = 60.0
CALM_SECONDS = 60.0
"""A task that ran so long begins its back-off anew."""


async def serve(parts: composition.Parts, ready: Callable[[], Awaitable[None]] | None = None) -> None:
    """Run until SIGINT or SIGTERM; then stop everything that was started.

    Args:
        parts: the hub.
        ready: called once web, channels and bot answer.

    Raises:
        BadSettings: a port is in use, or the bot cannot start; the text names the setting.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    try:
        await run(parts, stop, ready)
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


async def run(
    parts: composition.Parts, stop: asyncio.Event, ready: Callable[[], Awaitable[None]] | None = None
) -> None:
    """As `serve`, until `stop` is set."""
    failure: errors.BadSettings | None = None
    try:
        await parts.clocks.begin()
        await parts.presence.begin()
        await parts.refresh_snapshot()
        async with asyncio.TaskGroup() as tasks:
            is_up = asyncio.Event()
            owned = [tasks.create_task(_supervise(name, work, is_up), name=name) for name, work in _works(parts)]
            owned.append(tasks.create_task(_announce(parts, ready, stop, is_up), name="announce"))
            await stop.wait()
            log.info("stopping")
            for task in reversed(owned):
                task.cancel()
    except* errors.BadSettings as group:
        failure = next(error for error in group.exceptions if isinstance(error, errors.BadSettings))
    finally:
        await parts.presence.leave()
        await parts.close()
    if failure is not None:
        raise failure


Work = Callable[[], Awaitable[None]]


def _works(parts: composition.Parts) -> list[tuple[str, Work]]:
    """Every long task of a hub by name."""
    works: list[tuple[str, Work]] = [
        ("work", parts.worker.run),
        ("conversations", parts.conversations.run),
        ("presence", parts.presence.run),
        ("clocks", parts.clocks.run),
        ("watch", lambda: parts.presence.only_one("duty:watch", lambda: _watch(parts))),
        ("catalogue", lambda: _follow_catalogue(parts)),
        ("web", lambda: _web(parts)),
        ("prune", lambda: parts.presence.only_one("duty:prune", parts.operation.prune)),
        *parts.operation.duties(),
        *((f"channel:{name}", _listening(parts, channel)) for name, channel in parts.channels.items()),
    ]
    if parts.bot_process is not None:
        works.append(("bot", parts.bot_process.run))
    return works


async def _announce(
    parts: composition.Parts, ready: Callable[[], Awaitable[None]] | None, stop: asyncio.Event, is_up: asyncio.Event
) -> None:
    if parts.bot_process is not None:
        with contextlib.suppress(TimeoutError):  # without the bot, people answer: the hub is of use all the same
            async with asyncio.timeout(BOT_SECONDS):
                await parts.bot_process.ready.wait()
    for _ in range(int(LISTEN_SECONDS * 20)):
        if all(parts.listening.values()) or stop.is_set():
            break
        await asyncio.sleep(0.05)
    is_up.set()
    log.info("ready")
    if ready is not None:
        with contextlib.suppress(OSError):  # nobody reads what it prints any more
            await ready()


async def _web(parts: composition.Parts) -> None:
    host, port = parts.settings.web.host, parts.settings.web.port
    runner = web.AppRunner(parts.web_application(), access_log=None, shutdown_timeout=SHUTDOWN_SECONDS)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError as error:
            raise errors.BadSettings(
                f"Poort {port} op {host} is al in gebruik. Stop het andere programma, of kies een andere poort met "
                "ONTHAAL_WEB__PORT."
            ) from error
        log.info("web_listening", extra={"host": host, "port": port})
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()


def _listening(parts: composition.Parts, channel: ports.Channel) -> Work:
    """One channel that listens, and says so in the state of the hub."""

    def ready() -> None:
        parts.listening[channel.name] = True
        log.info("channel_listening", extra={"channel": channel.name})

    async def listen() -> None:
        try:
            await channel.listen(parts.receiver, ready)
        finally:
            parts.listening[channel.name] = False

    if channel.abilities.one_listener:
        return lambda: parts.presence.only_one(f"channel:{channel.name}", listen)
    return listen


async def _supervise(name: str, work: Work, is_up: asyncio.Event) -> None:
    """Keep one long task going: every failure is logged, and the task begins again.

    Only a wrong setting ends the hub, and only while it starts: once `is_up` is set somebody relies on all the rest.
    """
    failures = 0
    while True:
        began = asyncio.get_running_loop().time()
        try:
            await work()
        except (errors.BadSettings, asyncio.CancelledError) as end:
            if _is_meant(end, is_up):
                raise
            log.exception("task_failed", extra={"task": name})
        except Exception:  # the supervisor: one of the three places; the failure is in the log and in /healthz
            log.exception("task_failed", extra={"task": name})
        if asyncio.get_running_loop().time() - began > CALM_SECONDS:
            failures = 0
        await asyncio.sleep(BACK_OFF_SECONDS[min(failures, len(BACK_OFF_SECONDS) - 1)])
        failures += 1


def _is_meant(end: BaseException, is_up: asyncio.Event) -> bool:
    """Whether a task has to end: it was cancelled itself (not what it waited for), or the hub cannot start."""
    if isinstance(end, asyncio.CancelledError):
        task = asyncio.current_task()
        return task is None or task.cancelling() > 0
    return not is_up.is_set()


async def _watch(parts: composition.Parts) -> None:
    """Rounds for ever. A full store passes: the next round comes at its time, not after the back-off of a failure."""
    while True:
        try:
            if not parts.clocks.is_far_off:
                await parts.presence.clear_dead()
            await watch.watch(parts.hub)
        except errors.StoreFull:
            log.warning("store_full")
        await asyncio.sleep(WATCH_SECONDS)


async def _follow_catalogue(parts: composition.Parts) -> None:
    """A changed product is in the bot's snapshot at once."""
    async with parts.store.events() as events:
        await parts.refresh_snapshot()
        async for event in events:
            if event.kind in {"catalogue", "reset"}:
                version = await parts.refresh_snapshot()
                log.info("snapshot_written", extra={"version": version})
