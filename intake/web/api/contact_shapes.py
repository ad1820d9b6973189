"""How contact records and what was said in them look on the wire."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import pydantic
from pydantic import Field

from intake import ports
from intake.domain import contact, ids, message
from intake.domain import party as party_module
from intake.web.api import models

_CONTACT: Final = {
    "id": "01930b5c7a1e7000a1b2c3d4e5f60718",
    "number": 26048127,
    "kind": "question",
    "owner": "queue",
    "channel": "email",
    "language": "nl",
    "subject": "Kan ik mijn paspoort met spoed krijgen?",
    "partyId": "01930b5c7a1e7001b1c2d3e4f5061728",
    "productId": "paspoort-aanvragen",
    "handlerGroupId": "burgerzaken",
    "queueItemId": "01930b5c7a1e7002c1d2e3f405162738",
    "isConfidential": False,
    "isHuman": False,
    "createdAt": "2026-11-23T09:42:10Z",
    "updatedAt": "2026-11-23T09:42:12Z",
    "waitingSince": "2026-11-23T09:42:10Z",
    "closedAt": None,
    "closeReason": None,
}
_ADDRESS: Final = {"kind": "email", "value": "j.peeters@voorbeeld.example", "verification": "reply"}
_PARTY: Final = {
    "id": _CONTACT["partyId"],
    "kind": "person",
    "name": "Jan Peeters",
    "digitalAddresses": [_ADDRESS],
}


class Contact(models.Shape):
    """A contact record (klantcontact): one question of one party, over all channels."""

    model_config = pydantic.ConfigDict(json_schema_extra=models.example(**_CONTACT))

    id: str
    number: int = Field(description="The public number that citizens know; at most ten digits.")
    kind: contact.Kind
    owner: contact.Owner = Field(description="Who has to do something now.")
    channel: str = Field(description="Channel on which the contact began.")
    language: str = Field(description="Two letters (ISO 639-1).")
    subject: str
    party_id: str
    product_id: str | None
    handler_group_id: str | None
    queue_item_id: str | None = Field(description="The one open queue item; null when nobody waits for an employee.")
    is_confidential: bool
    is_human: bool = Field(description="Whether a person took over: the bot is silent from then on.")
    created_at: datetime
    updated_at: datetime
    waiting_since: datetime | None
    closed_at: datetime | None
    close_reason: contact.CloseReason | None


class DigitalAddress(models.Shape):
    """One way to reach a party (digitaal adres), with how it was proved."""

    model_config = pydantic.ConfigDict(json_schema_extra=models.example(**_ADDRESS))

    kind: message.AddressKind
    value: str
    verification: party_module.Verification


class Party(models.Shape):
    """Who the contact is with (partij)."""

    model_config = pydantic.ConfigDict(json_schema_extra=models.example(**_PARTY))

    id: str
    kind: party_module.PartyKind
    name: str
    digital_addresses: list[DigitalAddress]


class ContactDetail(Contact):
    """A contact record with its party."""

    model_config = pydantic.ConfigDict(json_schema_extra=models.example(**_CONTACT, party=_PARTY))

    party: Party


class ContactPage(models.Page[Contact]):
    """One page of contact records, newest first."""


class Attachment(models.Shape):
    """A file of a message (bijlage); its content stays in the hub."""

    model_config = pydantic.ConfigDict(
        json_schema_extra=models.example(
            id="01930b5c7a1e7003d1e2f30415263748",
            name="pasfoto.jpg",
            mediaType="image/jpeg",
            sizeBytes=48213,
            isInline=False,
        )
    )

    id: str
    name: str
    media_type: str
    size_bytes: int
    is_inline: bool


class Message(models.Shape):
    """One utterance in a contact; a `note` is internal and may not be shown to citizens."""

    model_config = pydantic.ConfigDict(
        json_schema_extra=models.example(
            id="01930b5c7a1e7004e1f2031425364758",
            contactId=_CONTACT["id"],
            direction="in",
            channel="email",
            author="citizen",
            authorName="Jan Peeters",
            at="2026-11-23T09:42:10Z",
            subject="Paspoort",
            text="Kan ik mijn paspoort met spoed krijgen? Ik vertrek vrijdag.",
            card=None,
            productId=None,
            productVersion=None,
            delivery="none",
            isAutomatic=False,
            attachments=[],
        )
    )

    id: str
    contact_id: str
    direction: message.Direction
    channel: str
    author: message.Author
    author_name: str
    at: datetime
    subject: str
    text: str
    card: dict[str, Any] | None = Field(
        description="The answer from the catalogue as the chat shows it: title, text, facts, steps, conditions, source."
    )
    product_id: str | None = Field(description="The product that the answer cites.")
    product_version: int | None
    delivery: message.Delivery
    is_automatic: bool
    attachments: list[Attachment]


class MessageList(models.Page[Message]):
    """All utterances of a contact, oldest first; there is no second page."""


def of_contact(of: contact.Contact) -> Contact:
    """A contact as the API shows it."""
    return Contact(
        id=of.id,
        number=of.number,
        kind=of.kind,
        owner=of.owner,
        channel=of.channel,
        language=of.language,
        subject=of.subject,
        party_id=of.party_id,
        product_id=of.product_id,
        handler_group_id=of.group_id,
        queue_item_id=of.open_item_id,
        is_confidential=of.confidential,
        is_human=of.human,
        created_at=of.created_at,
        updated_at=of.updated_at,
        waiting_since=of.waiting_since,
        closed_at=of.closed_at,
        close_reason=of.close_reason,
    )


def of_party(uow: ports.UnitOfWork, party_id: ids.PartyId) -> Party:
    """A party, or the one that it was merged into, with all its addresses."""
    found = uow.parties.get(party_id)
    return Party(
        id=found.id,
        kind=found.kind,
        name=found.name,
        digital_addresses=[
            DigitalAddress(kind=one.kind, value=one.value, verification=one.verification)
            for one in uow.parties.addresses(found.id)
        ],
    )


def of_message(one: message.Message, files: Sequence[message.Attachment] = ()) -> Message:
    """An utterance with its files."""
    return Message(
        id=one.id,
        contact_id=one.contact_id,
        direction=one.direction,
        channel=one.channel,
        author=one.author,
        author_name=one.author_name,
        at=one.at,
        subject=one.subject,
        text=one.text,
        card=one.card,
        product_id=one.product_id,
        product_version=one.product_version,
        delivery=one.delivery,
        is_automatic=one.automatic,
        attachments=[
            Attachment(
                id=file.id,
                name=file.name,
                media_type=file.media_type,
                size_bytes=file.size_bytes,
                is_inline=file.inline,
            )
            for file in files
        ],
    )
