"""Which receipt is read where: the trusted ones here, the untrusted ones in a killable process."""

from collections.abc import Mapping

from intake import errors, ports
from intake.domain import message


class ChannelParser:
    """See `ports.Parser`."""

    def __init__(self, channels: Mapping[str, ports.Channel], sandboxes: Mapping[str, ports.Sandbox]) -> None:
        """Every untrusted channel has its sandbox."""
        self._channels = channels
        self._sandboxes = sandboxes

    async def parse(self, raw: message.RawReceipt) -> message.InboundMessage:
        """See `ports.Parser.parse`."""
        if raw.channel in self._sandboxes:
            return await self._sandboxes[raw.channel].parse(raw)
        channel = self._channels.get(raw.channel)
        if channel is None:
            raise errors.Unreadable(f"Het kanaal {raw.channel} staat uit.")
        return channel.parse(raw)
