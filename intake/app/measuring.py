"""Puts a stop-watch around the bot and the parsers; what they do stays the same."""

import asyncio

from intake import errors, ports, prometheus
from intake.domain import message


class MeasuredBot:
    """See `ports.Bot`."""

    def __init__(self, bot: ports.Bot, meters: prometheus.Meters) -> None:
        """Ask `bot`, tell `meters`."""
        self._bot = bot
        self._meters = meters

    async def understand(self, text: str) -> ports.Understanding:
        """See `ports.Bot.understand`."""
        began = _seconds()
        try:
            found = await self._bot.understand(text)
        except errors.BotUnavailable:
            self._meters.bot_called("understand", _seconds() - began, failed=True)
            raise
        self._meters.bot_called("understand", _seconds() - began, failed=False)
        return found

    async def say(self, sender: str, text: str, language: str) -> str:
        """See `ports.Bot.say`."""
        began = _seconds()
        try:
            said = await self._bot.say(sender, text, language)
        except errors.BotUnavailable:
            self._meters.bot_called("say", _seconds() - began, failed=True)
            raise
        self._meters.bot_called("say", _seconds() - began, failed=False)
        return said


class MeasuredParser:
    """See `ports.Parser`."""

    def __init__(self, parser: ports.Parser, meters: prometheus.Meters) -> None:
        """Read with `parser`, tell `meters`."""
        self._parser = parser
        self._meters = meters

    async def parse(self, raw: message.RawReceipt) -> message.InboundMessage:
        """See `ports.Parser.parse`."""
        began = _seconds()
        try:
            return await self._parser.parse(raw)
        finally:
            self._meters.parsed(raw.channel, _seconds() - began)


def _seconds() -> float:
    return asyncio.get_running_loop().time()
