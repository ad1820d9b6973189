"""What the long tasks of a hub do when something outside them fails."""

import asyncio
import contextlib
from types import SimpleNamespace
from typing import Any, cast

from intake import errors
from intake.app import running
from intake.flow import clocks


class PresenceOnAFullDisk:
    """Refuses the first round, as a store that cannot take more; every later one goes."""

    def __init__(self) -> None:
        self.rounds = 0
        self.third = asyncio.Event()

    async def clear_dead(self) -> None:
        self.rounds += 1
        if self.rounds == 1:
            raise errors.StoreFull("vol")
        if self.rounds > 2:
            self.third.set()


async def test_a_full_store_costs_the_watch_one_round_and_no_back_off(desk, monkeypatch):
    monkeypatch.setattr(running, "WATCH_SECONDS", 0.0)
    presence = PresenceOnAFullDisk()
    watching = asyncio.create_task(
        running._watch(cast("Any", SimpleNamespace(presence=presence, clocks=clocks.Clocks(desk.hub), hub=desk.hub)))
    )
    async with asyncio.timeout(10):
        waiting = asyncio.create_task(presence.third.wait())
        await asyncio.wait({watching, waiting}, return_when=asyncio.FIRST_COMPLETED)
    assert presence.third.is_set(), "the watch ended with the full store"
    watching.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await watching


async def test_a_hub_whose_clock_is_far_off_takes_no_other_for_dead(desk, monkeypatch):
    monkeypatch.setattr(running, "WATCH_SECONDS", 0.0)
    rounds = asyncio.Semaphore(0)

    async def watched(_hub):
        rounds.release()

    monkeypatch.setattr(running.watch, "watch", watched)
    presence, clock = PresenceOnAFullDisk(), clocks.Clocks(desk.hub)
    clock.ahead = 2 * clocks.REFUSED
    parts = SimpleNamespace(presence=presence, clocks=clock, hub=desk.hub)
    watching = asyncio.create_task(running._watch(cast("Any", parts)))
    async with asyncio.timeout(10):
        await rounds.acquire()
        await rounds.acquire()
        assert presence.rounds == 0
        clock.ahead = clocks.AGREE
        await presence.third.wait()
    watching.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await watching
