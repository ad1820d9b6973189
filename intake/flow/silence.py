"""Looks whether a channel is silent for longer than is normal for it, and tells the leads."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from intake import ports
from intake.domain import handler_group, silence
from intake.flow import hub as hub_module

log = logging.getLogger(__name__)

LEARN_EVERY = timedelta(hours=1)
"""How often the past weeks are read again; between that only the newest receipt of each channel is looked up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Learnt:
    """What is normal per channel (None: nothing yet), from when, and the opening hours that it was learnt with."""

    at: datetime
    calendar: handler_group.Calendar
    normal: Mapping[str, silence.Normal | None]


class Listener:
    """Follows the channels of one hub that are switched on; `silent` is what the last `look` found."""

    def __init__(self, hub: hub_module.Hub) -> None:
        """Follow the channels of this hub."""
        self._hub = hub
        self._learnt: _Learnt | None = None
        self.silent: Mapping[str, silence.Silence] = {}

    async def look(self) -> Mapping[str, silence.Silence]:
        """The channels that are too silent now. Raises StoreFull."""
        now = self._hub.clock.now()
        if self._learnt is None or not timedelta(0) <= now - self._learnt.at < LEARN_EVERY:
            self._learnt = await self._hub.store.read(lambda uow: learn(uow, tuple(self._hub.channels), now))
        learnt = self._learnt
        last = await self._hub.store.read(lambda uow: {name: uow.ledger.last_received(name) for name in learnt.normal})
        found: dict[str, silence.Silence] = {}
        for name, normal in learnt.normal.items():
            heard = last[name]
            if normal is None or heard is None:
                continue
            too_long = silence.judge(heard, now, normal, learnt.calendar)
            if too_long is not None:
                found[name] = too_long
        for name in found.keys() - self.silent.keys():
            log.warning("channel_silent", extra={"channel": name, "since": found[name].since.isoformat()})
        for name in self.silent.keys() - found.keys():
            log.info("channel_heard_again", extra={"channel": name})
        self.silent = found
        return found


def learn(uow: ports.UnitOfWork, channels: Sequence[str], now: datetime) -> _Learnt:
    """Read the past weeks of these channels; the front desk's opening hours tell day from night."""
    calendar = next((group.calendar for group in uow.directory.groups()), handler_group.Calendar(week=((),) * 7))
    begin = now - silence.LEARNT_FROM
    heard = {name: [(s.first, s.last) for s in uow.ledger.spans(name, begin, now)] for name in channels}
    return _Learnt(at=now, calendar=calendar, normal={name: silence.learn(heard[name], calendar) for name in channels})
