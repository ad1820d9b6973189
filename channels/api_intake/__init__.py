"""The API channel: messages that another system (a city form, a counter, a partner) hands in by `POST /messages`.

Its wire is the hub's own API (`intake.web.api`), which keeps the receipt itself; the form of the raw bytes is in
docs/reference/api.md. There is no way back on this wire: answers go by mail or phone.
"""

import asyncio
import json
import re
from collections.abc import Callable
from typing import Any, Final

import pydantic

from intake import errors, ports
from intake.domain import message, party

NAME: Final = "api"
TEXT_CHARS: Final = 50_000
"""The longest text of one message; the API refuses longer ones before they are kept."""

_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")
"""Control characters except tab and line feed: forms let them in, nobody can read them, PostgreSQL refuses NUL."""


class Settings(pydantic.BaseModel):
    """The API channel has nothing to set; `ONTHAAL_CHANNELS__API=false` switches it off."""

    model_config = pydantic.ConfigDict(frozen=True, extra="forbid")


class ApiChannel(ports.Channel):
    """See `ports.Channel`."""

    name = NAME
    abilities = ports.Abilities(can_send=False, max_text_chars=TEXT_CHARS, senders_are_claims=True)

    async def listen(self, sink: ports.Sink, ready: Callable[[], None]) -> None:  # noqa: ARG002 - the API is the wire
        """See `ports.Channel`: the API hands in by itself, so this only waits."""
        ready()
        await asyncio.Event().wait()

    def parse(self, raw: message.RawReceipt) -> message.InboundMessage:
        """See `ports.Channel`."""
        return parse(raw)

    async def send(self, outgoing: message.OutboundMessage) -> message.SendResult:
        """See `ports.Channel`: there is no way back.

        Raises:
            GaveUp: always.
        """
        raise errors.GaveUp(
            f"Dit bericht kwam via de API ({outgoing.number}) en daar kan niets naar terug. Mail of bel de burger."
        )


def parse(raw: message.RawReceipt) -> message.InboundMessage:
    """The message in the canonical JSON of one `POST /messages`.

    Raises:
        Unreadable: no JSON of ours, which only a hand in the database can bring about.
    """
    try:
        said = json.loads(raw.raw)
        return message.InboundMessage(
            channel=raw.channel,
            sender=_sender(said["from"]),
            text=clean(said["text"]),
            subject=" ".join(clean(said.get("subject") or "").split()),
            language=said.get("language"),
            message_id=said.get("externalId"),
        )
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise errors.Unreadable("Dit is geen bericht zoals de API het bewaart.") from error


def _sender(given: dict[str, Any]) -> message.Address:
    """The address of the citizen, as the hub keeps addresses.

    Raises:
        ValueError: neither a mail address nor a phone number.
    """
    name = " ".join(clean(given.get("name") or "").split())
    mail = party.mail_address(given.get("email") or "")
    if mail is not None:
        return message.Address(kind=message.AddressKind.EMAIL, value=mail, name=name)
    phone = party.phone_number(given.get("phone") or "")
    if phone is None:
        raise ValueError("no address")
    return message.Address(kind=message.AddressKind.PHONE, value=phone, name=name)


def clean(text: str) -> str:
    """`text` with line ends as line feeds and without characters that nobody can read."""
    return _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def build(chosen: Settings, surroundings: ports.Surroundings) -> ApiChannel:  # noqa: ARG001 - as every channel
    """Make the channel. See `ports.ChannelKind`."""
    return ApiChannel()


KIND = ports.ChannelKind(settings_class=Settings, build=build)
