"""One utterance in a contact: as it comes in, as it is kept, and as it goes out."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from intake.domain import ids


class Direction(StrEnum):
    """Which way an utterance goes; a note never leaves the hub."""

    IN = "in"
    OUT = "out"
    NOTE = "note"


class Author(StrEnum):
    """Who said it."""

    CITIZEN = "citizen"
    BOT = "bot"
    EMPLOYEE = "employee"
    SYSTEM = "system"


class Delivery(StrEnum):
    """How far an outgoing message came; `UNCERTAIN` is shown and never silently repeated."""

    NONE = "none"
    WAITING = "waiting"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"
    UNCERTAIN = "uncertain"


class AddressKind(StrEnum):
    """What kind of wire an address is on. Source: Klantinteracties, soortDigitaalAdres (webchat is our own)."""

    EMAIL = "email"
    PHONE = "phone"
    WEBCHAT = "webchat"


class Automatic(StrEnum):
    """Whether a machine wrote an incoming mail. Source: RFC 3834, RFC 3464, RFC 2919."""

    NO = "no"
    REPLY = "reply"
    BULK = "bulk"
    BOUNCE = "bounce"
    OWN = "own"


class Act(StrEnum):
    """What the citizen does with an incoming message."""

    MESSAGE = "message"
    CHOICE = "choice"
    HUMAN = "human"
    DETAILS = "details"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """One way to reach somebody, normalised: e-mail in lower case, phone in E.164."""

    kind: AddressKind
    value: str
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RawReceipt:
    """The bytes of one delivery, as the wire gave them.

    `wire_id` names the delivery within (channel, account): a second delivery with the same name is a duplicate.
    `envelope` holds what the wire said beside the bytes (SMTP sender and recipients, chat conversation).
    """

    channel: str
    account: str
    wire_id: str
    raw: bytes
    envelope: dict[str, Any] = field(default_factory=dict[str, Any])
    lane: str | None = None
    """Receipts of one lane are read in the order in which they came; None: no order is needed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundAttachment:
    """A file that came with a message. `inline` files belong to the body (a picture in the text)."""

    name: str
    media_type: str
    content: bytes
    inline: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadHints:
    """What a message says about the contact it belongs to; `flow.normalise` decides what is to be believed."""

    conversation: ids.ConversationId | None = None
    token: str | None = None
    """Signed plus-address token of a mail, not yet checked."""
    references: tuple[str, ...] = ()
    """Message-IDs of In-Reply-To and References, nearest first, without angle brackets."""
    numbers: tuple[int, ...] = ()
    """Contact numbers named in the subject."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """Contact details that a citizen states about themselves; an empty text means not given."""

    name: str = ""
    email: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundMessage:
    """What a channel makes of a raw receipt: the same shape for every wire."""

    channel: str
    sender: Address | None
    text: str
    """What the citizen says now, as plain text, without quoted mail."""
    subject: str = ""
    quoted: str = ""
    """Quoted earlier mail and signature: folded in the workspace, never deleted."""
    html: str | None = None
    """Cleaned HTML, or None when the message was plain text."""
    sent_at: datetime | None = None
    recipients: tuple[str, ...] = ()
    attachments: tuple[InboundAttachment, ...] = ()
    thread: ThreadHints = field(default_factory=ThreadHints)
    automatic: Automatic = Automatic.NO
    message_id: str | None = None
    """The Message-ID of a mail or the client id of a chat message."""
    dedupe_key: str | None = None
    """The same utterance delivered twice has the same key (mail: Message-ID and body hash)."""
    language: str | None = None
    act: Act = Act.MESSAGE
    choice: str | None = None
    details: Details | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One button under a message: `id` comes back when the citizen takes it."""

    id: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One utterance as the store keeps it."""

    id: ids.MessageId
    contact_id: ids.ContactId
    conversation_id: ids.ConversationId | None = None
    seq: int | None = None
    """Place in the chat conversation, 1 and up without gaps; None outside chat."""
    direction: Direction
    channel: str
    author: Author
    author_id: str | None = None
    author_name: str = ""
    at: datetime
    subject: str = ""
    text: str = ""
    html: str | None = None
    quoted: str = ""
    address: str = ""
    """The address it came from or goes to, on its own channel."""
    card: dict[str, Any] | None = None
    """The rendered product answer, as the chat shows it; None when the text says it all."""
    choices: tuple[Choice, ...] = ()
    form: str | None = None
    product_id: ids.ProductId | None = None
    product_version: int | None = None
    confidence: float | None = None
    ranking: tuple[dict[str, Any], ...] = ()
    """What the bot's ranker proposed for a citizen's message, best first."""
    threading: str = ""
    """Which rule put this message into this contact."""
    delivery: Delivery = Delivery.NONE
    delivery_detail: str = ""
    receipt_id: ids.ReceiptId | None = None
    wire_message_id: str | None = None
    automatic: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file of a message; its bytes live in the blob store under `sha256`."""

    id: str
    message_id: ids.MessageId
    name: str
    media_type: str
    size_bytes: int
    sha256: str
    inline: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundMessage:
    """What a channel has to send. `message_id` stays the same when it is tried again."""

    id: ids.MessageId
    channel: str
    message_id: str
    to: Address
    subject: str
    text: str
    card: dict[str, Any] | None = None
    language: str = "nl"
    number: int
    token: str
    """Signed token that brings an answer back to this contact."""
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    automatic: bool = False
    """A machine wrote it: mail carries Auto-Submitted and the null return path (RFC 3834)."""
    author_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SendResult:
    """What the wire said: its own id for the message, and whether it already knows that it arrived."""

    wire_id: str | None
    delivered: bool = False
