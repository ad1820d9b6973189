"""The e-mail channel as the hub sees it."""

import dataclasses
from collections.abc import Callable

from channels.email import compose, parse, settings
from intake import errors, ports
from intake.domain import message


class EmailChannel(ports.Channel):
    """See `ports.Channel`. `port` is where it listens, once it does."""

    name = "email"
    abilities = ports.Abilities(can_send=True, attachments=True, untrusted=True, may_repeat=True)

    def __init__(self, chosen: settings.Settings, surroundings: ports.Surroundings) -> None:
        """Keep the settings; nothing is opened yet."""
        self.settings = chosen
        self.port: int | None = None
        self._surroundings = surroundings

    async def listen(self, sink: ports.Sink, ready: Callable[[], None]) -> None:
        """See `ports.Channel`.

        Raises:
            BadSettings: no own address, unreadable certificate, or the port cannot be taken.
        """
        from channels.email import smtp_in  # noqa: PLC0415 - the SMTP library loads when it is needed

        try:
            await smtp_in.listen(self.settings, sink, ready, self._started)
        finally:
            self.port = None

    def parse(self, raw: message.RawReceipt) -> message.InboundMessage:
        """See `ports.Channel`; the hub calls it through `sandbox.Sandbox`."""
        return parse.parse(raw)

    async def send(self, outgoing: message.OutboundMessage) -> message.SendResult:
        """See `ports.Channel`; never `Uncertain`: mail is sent again with the same Message-ID."""
        from channels.email import smtp_out  # noqa: PLC0415 - the SMTP library loads when it is needed

        if not self.settings.addresses:
            raise errors.RetryLater(
                "ONTHAAL_CHANNELS__EMAIL__ADDRESSES: noem minstens één eigen e-mailadres om van te sturen."
            )
        outgoing = dataclasses.replace(outgoing, to=smtp_out.wire_address(outgoing.to))
        content = compose.compose(
            outgoing,
            address=self.settings.addresses[0],
            from_name=self.settings.from_name or self._surroundings.city_name,
            public_url=self._surroundings.public_url,
            at=self._surroundings.clock.now(),
        )
        return await smtp_out.send(outgoing, content, self.settings, self._surroundings.in_doubt)

    def _started(self, port: int) -> None:
        self.port = port


def build(chosen: settings.Settings, surroundings: ports.Surroundings) -> EmailChannel:
    """Make the channel. See `ports.ChannelKind`."""
    return EmailChannel(chosen, surroundings)


KIND = ports.ChannelKind(settings_class=settings.Settings, build=build)
