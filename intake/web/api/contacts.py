"""Contact records: the list, one record, what was said in it, and a note of another system."""

from datetime import datetime
from typing import Any, Final

import pydantic
from aiohttp import web
from pydantic import Field

from intake import ports
from intake.domain import contact, handler_group, ids, message
from intake.domain import party as party_module
from intake.flow import reply
from intake.web.api import models, operation, reading

TAG: Final = "contacts"
_ID: Final = "01930b5c7a1e7000a1b2c3d4e5f60718"
_PARTY: Final = "01930b5c7a1e7001b1c2d3e4f5061728"
_ITEM: Final = "01930b5c7a1e7002c1d2e3f405162738"


class Contact(models.Shape):
    """A contact record (klantcontact): one question of one party, over all channels."""

    model_config = pydantic.ConfigDict(
        json_schema_extra=models.example(
            id=_ID,
            number=26048127,
            kind="question",
            owner="queue",
            channel="email",
            language="nl",
            subject="Kan ik mijn paspoort met spoed krijgen?",
            partyId=_PARTY,
            productId="paspoort-aanvragen",
            handlerGroupId="burgerzaken",
            queueItemId=_ITEM,
            isConfidential=False,
            isHuman=True,
            createdAt="2026-11-23T09:42:10Z",
            updatedAt="2026-11-23T09:42:12Z",
            waitingSince="2026-11-23T09:42:10Z",
            closedAt=None,
            closeReason=None,
        )
    )

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

    model_config = pydantic.ConfigDict(
        json_schema_extra=models.example(kind="email", value="j.peeters@voorbeeld.example", verification="reply")
    )

    kind: message.AddressKind
    value: str
    verification: party_module.Verification


class Party(models.Shape):
    """Who the contact is with (partij)."""

    model_config = pydantic.ConfigDict(
        json_schema_extra=models.example(
            id=_PARTY,
            kind="person",
            name="Jan Peeters",
            digitalAddresses=[{"kind": "email", "value": "j.peeters@voorbeeld.example", "verification": "reply"}],
        )
    )

    id: str
    kind: party_module.PartyKind
    name: str
    digital_addresses: list[DigitalAddress]


class ContactDetail(Contact):
    """A contact record with its party."""

    model_config = pydantic.ConfigDict(json_schema_extra={"examples": []})

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
            contactId=_ID,
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


class NewNote(models.Input):
    """An internal note; it never leaves the hub."""

    model_config = pydantic.ConfigDict(
        json_schema_extra=models.example(text="Afspraak aan de balie op 25 november om 10 uur (agenda AFS-1182).")
    )

    text: str = Field(min_length=1, max_length=reply.REPLY_CHARS, description="Plain text.")

    @pydantic.field_validator("text")
    @classmethod
    def _says_something(cls, value: str) -> str:
        return models.says_something(value)


class ContactQuery(models.PageQuery):
    """What the list of contacts may be asked for."""

    number: str | None = Field(
        default=None, pattern=r"^[0-9]{1,10}$", description="Only the contact with this public number."
    )


async def get_contacts(call: operation.Call) -> web.Response:
    """All contacts, or the one with a number."""
    asked = reading.query(call.request, ContactQuery)
    number = asked.number
    if number is not None:
        one = await call.services.hub.store.read(lambda uow: uow.contacts.by_number(int(number)))
        return operation.reply(ContactPage(results=[shown(one)] if one else [], next=None))
    found, after = await call.services.hub.store.read(lambda uow: uow.views.contacts(asked.after, asked.page_size))
    return operation.reply(ContactPage(results=[shown(one) for one in found], next=call.next_url(after)))


async def get_contact(call: operation.Call) -> web.Response:
    """One contact with its party."""
    contact_id = ids.ContactId(call.id("contactId"))

    def work(uow: ports.UnitOfWork) -> ContactDetail:
        of = uow.contacts.get(contact_id)
        return ContactDetail(**dict(shown(of)), party=_party(uow, of.party_id))

    return operation.reply(await call.services.hub.store.read(work))


async def get_messages(call: operation.Call) -> web.Response:
    """What was said in a contact."""
    contact_id = ids.ContactId(call.id("contactId"))

    def work(uow: ports.UnitOfWork) -> MessageList:
        of = uow.contacts.get(contact_id)
        said = uow.messages.of_contact(of.id)
        files = uow.messages.attachments([one.id for one in said])
        return MessageList(results=[_message(one, [f for f in files if f.message_id == one.id]) for one in said], next=None)

    return operation.reply(await call.services.hub.store.read(work))


async def post_note(call: operation.Call) -> web.Response:
    """Write a note in the name of the token: employees see which system wrote it."""
    contact_id = ids.ContactId(call.id("contactId"))
    note = await reading.body(call.request, NewNote)
    writer = handler_group.Employee(id=ids.EmployeeId(f"token:{call.caller.name}"), name=call.caller.name, email="")
    kept = await call.services.writer.note(writer, contact_id, note.text)
    return operation.reply(_message(kept, []), status=201)


def shown(of: contact.Contact) -> Contact:
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


def _party(uow: ports.UnitOfWork, party_id: ids.PartyId) -> Party:
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


def _message(one: message.Message, files: list[message.Attachment]) -> Message:
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


OPERATIONS: Final = (
    operation.Operation(
        id="getContacts",
        method="GET",
        path="/contacts",
        handler=get_contacts,
        scope="contacts:read",
        tag=TAG,
        summary="List contact records, newest first",
        query=ContactQuery,
        result=ContactPage,
        refusals=(400,),
    ),
    operation.Operation(
        id="getContact",
        method="GET",
        path="/contacts/{contactId}",
        handler=get_contact,
        scope="contacts:read",
        tag=TAG,
        summary="Read one contact record with its party",
        result=ContactDetail,
        refusals=(404,),
    ),
    operation.Operation(
        id="getContactMessages",
        method="GET",
        path="/contacts/{contactId}/messages",
        handler=get_messages,
        scope="contacts:read",
        tag=TAG,
        summary="Read what was said in a contact, oldest first",
        result=MessageList,
        refusals=(404,),
    ),
    operation.Operation(
        id="postContactNote",
        method="POST",
        path="/contacts/{contactId}/messages",
        handler=post_note,
        scope="contacts:write",
        tag=TAG,
        summary="Write an internal note in a contact",
        description="Employees see it under the name of the token. Sent twice, it stands there twice.",
        body=NewNote,
        result=Message,
        status=201,
        refusals=(400, 404, 408, 413, 415),
    ),
)
