"""Web chat: a WebSocket with numbered messages, and what a frame means. See docs/reference/chat-protocol.md."""

import asyncio
from collections.abc import Callable

import pydantic

from channels.webchat import frames, socket
from intake import ports
from intake.domain import message

NAME = "webchat"


class Settings(pydantic.BaseModel):
    """Settings of the web chat, `ONTHAAL_CHANNELS__WEBCHAT__…`."""

    model_config = pydantic.ConfigDict(frozen=True, extra="forbid")

    allowed_origins: tuple[str, ...] = pydantic.Field(
        default=(), description="Other sites that may show the chat, such as https://www.stad.example."
    )
    max_connections_per_ip: int = pydantic.Field(
        default=40, ge=1, description="Open chats from one network address; a library or school shares one."
    )
    messages_per_minute: int = pydantic.Field(
        default=30, ge=1, description="Messages that one chat may send in a minute."
    )


class WebChat:
    """See `ports.Channel`. Its wire is the hub's own web server: `routes` are mounted there."""

    name = NAME
    abilities = ports.Abilities(live=True, max_text_chars=frames.TEXT_CHARS)

    def __init__(self, settings: Settings, surroundings: ports.Surroundings) -> None:
        """Chats open as soon as `listen` gave a sink."""
        self._door = socket.Door(
            conversations=surroundings.conversations,
            clock=surroundings.clock,
            city_name=surroundings.city_name,
            allowed_origins=frozenset(settings.allowed_origins),
            max_per_ip=settings.max_connections_per_ip,
            per_minute=settings.messages_per_minute,
        )

    def routes(self) -> list[tuple[str, str, socket.Handler]]:
        """The socket of the chat."""
        return [("GET", "/chat/socket", self._door.handle)]

    async def listen(self, sink: ports.Sink, ready: Callable[[], None]) -> None:
        """See `ports.Channel.listen`: opens the door, and closes every chat when cancelled."""
        self._door.open(sink)
        ready()
        try:
            await asyncio.Event().wait()
        finally:
            await self._door.close()

    def parse(self, raw: message.RawReceipt) -> message.InboundMessage:
        """See `ports.Channel.parse`."""
        return frames.to_message(raw)

    async def send(self, outgoing: message.OutboundMessage) -> message.SendResult:
        """See `ports.Channel.send`: an open chat follows its conversation by itself, so there is nothing to do."""
        return message.SendResult(wire_id=outgoing.message_id)


def build(settings: Settings, surroundings: ports.Surroundings) -> WebChat:
    """Make the channel."""
    return WebChat(settings, surroundings)


KIND = ports.ChannelKind(settings_class=Settings, build=build)
