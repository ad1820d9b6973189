"""The contact record: one question of one party, over all channels, and who owns it now."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from intake.domain import ids


class Kind(StrEnum):
    """What the citizen comes with. Only questions are the bot's. Source: Awb 9:1, Bestuursdecreet titel II h. 5."""

    QUESTION = "question"
    REPORT = "report"
    COMPLAINT = "complaint"
    SUGGESTION = "suggestion"
    FORMAL = "formal"


class Owner(StrEnum):
    """Who has to do something now. `QUEUE` and `EMPLOYEE` always come with one open queue item."""

    BOT = "bot"
    QUEUE = "queue"
    EMPLOYEE = "employee"
    CITIZEN = "citizen"
    CLOSED = "closed"


class CloseReason(StrEnum):
    """Why a contact is closed; silence is counted apart from agreement."""

    AGREED = "agreed"
    RESOLVED = "resolved"
    NO_REPLY = "no_reply"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """One contact record (klantcontact).

    `epoch` grows with every change of owner: a bot reply that was computed for an older epoch is refused.
    `human` stays true once a person took over: from then on the bot is silent in this contact.
    `open_item_id` names the one open queue item, or is None.
    """

    id: ids.ContactId
    number: ids.ContactNumber
    kind: Kind = Kind.QUESTION
    owner: Owner = Owner.BOT
    epoch: int = 1
    human: bool = False
    party_id: ids.PartyId
    channel: str
    conversation_id: ids.ConversationId | None = None
    language: str = "nl"
    subject: str = ""
    product_id: ids.ProductId | None = None
    group_id: ids.GroupId | None = None
    open_item_id: ids.QueueItemId | None = None
    confidential: bool = False
    created_at: datetime
    updated_at: datetime
    waiting_since: datetime | None = None
    closed_at: datetime | None = None
    close_reason: CloseReason | None = None
    version: int = 1

    @property
    def is_open(self) -> bool:
        """Whether somebody still has something to do or to say."""
        return self.owner is not Owner.CLOSED


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """A chat that stays open over several contacts; its messages are numbered by `last_seq`."""

    id: ids.ConversationId
    channel: str
    contact_id: ids.ContactId | None
    party_id: ids.PartyId
    language: str
    last_seq: int
    delivered_seq: int
    created_at: datetime
    seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryLine:
    """Something that happened to a contact: transfer, claim, escalation, closing."""

    id: int
    contact_id: ids.ContactId
    at: datetime
    kind: str
    actor: str
    detail: dict[str, Any]


SUBJECT_CHARS = 200
"""Source: Klantinteracties, klantcontact.onderwerp."""


def subject_of(subject: str, text: str) -> str:
    """A subject that fits the standard: the given one, or the first line of the text."""
    first = next((line.strip() for line in text.splitlines() if line.strip()), "")
    chosen = " ".join((subject.strip() or first).split())
    return chosen if len(chosen) <= SUBJECT_CHARS else chosen[: SUBJECT_CHARS - 1].rstrip() + "…"
