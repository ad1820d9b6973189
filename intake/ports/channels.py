"""Channels: what the hub needs of a wire, and what a channel gets from the hub."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from intake.domain import ids, message
from intake.ports import basics, conversations


@dataclass(frozen=True, slots=True, kw_only=True)
class Abilities:
    """What a channel can do."""

    can_send: bool = True
    max_text_chars: int = 100_000
    attachments: bool = False
    live: bool = False
    """Whether the citizen is (or may be) looking at this moment."""
    senders_are_claims: bool = False
    """Whether the sender's address was typed by somebody (a form), so that it proves nothing."""
    one_listener: bool = False
    """Whether only one of several hubs may listen at a time, as its wire is an account that is polled."""
    untrusted: bool = False
    """Whether `parse` reads formats that may hang or crash a parser: it then runs in the sandbox."""
    may_repeat: bool = False
    """Whether a message sent twice is one to the citizen (a mail keeps its Message-ID); else it is shown as uncertain
    when the hub dies between sending and writing that down, and never sent again by itself."""


class Sink(Protocol):
    """Where a channel hands in what it received."""

    async def __call__(self, receipt: message.RawReceipt) -> ids.ReceiptId:
        """Keep these bytes for good. When this returns they are on disk and the wire may be acknowledged.

        A second delivery of the same (channel, account, wire_id) returns the first one's id and changes nothing.

        Raises:
            StoreFull: nothing was kept; do not acknowledge, let the sender try again.
        """
        ...


class Channel(Protocol):
    """One wire, both ways."""

    name: str
    abilities: Abilities

    async def listen(self, sink: Sink, ready: Callable[[], None]) -> None:
        """Receive until cancelled; acknowledge a delivery only after `sink` returned. Call `ready` once it listens.

        Leaves nothing running when it is cancelled. A channel without a wire of its own just waits.
        """
        ...

    def parse(self, raw: message.RawReceipt) -> message.InboundMessage:
        """Make a message of raw bytes: pure, without a clock, a network or a wire library.

        Raises:
            Unreadable: park it for a person.
        """
        ...

    async def send(self, outgoing: message.OutboundMessage) -> message.SendResult:
        """Send one message.

        Raises:
            RetryLater: not sent; try again later.
            GaveUp: not sent and never will be; an employee sees the reason.
            Uncertain: nobody knows; shown, not repeated.
            Conflict, StoreFull: as `InDoubt.enter` raised them; pass them on.
        """
        ...


class InDoubt(Protocol):
    """Between handing a message to a wire and writing down that it went, nobody knows whether it went."""

    async def enter(self) -> None:
        """Await this right before the wire may take the message: only one message of this hub passes at a time.

        Raises:
            RetryLater: the one before it takes long; nothing was sent.
            Conflict: another hub has this message by now; nothing was sent, and nothing must be.
            StoreFull: whose message it is cannot be looked up now; nothing was sent.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What `app` gives to every channel that it builds."""

    clock: basics.Clock
    ids: basics.Ids
    conversations: conversations.Conversations
    data_dir: str
    city_name: str
    public_url: str
    in_doubt: InDoubt | None = None
    """None: nobody counts, as in a channel that stands alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelKind:
    """How `app` makes a channel: `settings_class` is a pydantic model under the channel's name in the settings."""

    settings_class: type[Any]
    build: Callable[[Any, Surroundings], Channel]


class Parser(Protocol):
    """Reads raw receipts of every channel, the untrusted ones in a killable process (ADR 0005)."""

    async def parse(self, raw: message.RawReceipt) -> message.InboundMessage:
        """See `Channel.parse`.

        Raises:
            Unreadable: the bytes make no message, or reading them took too long or too much memory.
        """
        ...


class Sandbox(Protocol):
    """Runs one parse function of a channel in a process that may be killed without harm."""

    async def parse(self, raw: message.RawReceipt) -> message.InboundMessage:
        """As `Parser.parse`, for one channel."""
        ...

    async def close(self) -> None:
        """End the workers."""
        ...
