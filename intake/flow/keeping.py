"""What every kind of incoming message writes: the message itself, a new contact or chat, and that something changed."""

import dataclasses
from datetime import datetime

from intake import errors, ports
from intake.domain import contact, ids, message
from intake.flow import hub as hub_module
from intake.flow import identity


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """Everything that must be the same when the unit of work runs again."""

    received: datetime
    now: datetime
    contact_id: ids.ContactId
    message_id: ids.MessageId
    item_id: ids.QueueItemId
    mail_id: ids.MessageId
    thanks_id: ids.MessageId
    numbers: tuple[int, ...]
    people: identity.FreshIds
    attachments: tuple[message.Attachment, ...]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A message that came in: its receipt, what was read of it, and what was drawn for it."""

    stored: ports.StoredReceipt
    inbound: message.InboundMessage
    drawn: Drawn


async def draw(hub: hub_module.Hub, inbound: message.InboundMessage, received_at: datetime) -> Drawn:
    """Draw ids and times, and keep the files. Raises StoreFull."""
    message_id = ids.MessageId(hub.ids.new())
    attachments = [
        message.Attachment(
            id=hub.ids.new(),
            message_id=message_id,
            name=file.name,
            media_type=file.media_type,
            size_bytes=len(file.content),
            sha256=await hub.blobs.put(file.content),
            inline=file.inline,
        )
        for file in inbound.attachments
    ]
    return Drawn(
        received=received_at,
        now=hub.clock.now(),
        contact_id=ids.ContactId(hub.ids.new()),
        message_id=message_id,
        item_id=ids.QueueItemId(hub.ids.new()),
        mail_id=ids.MessageId(hub.ids.new()),
        thanks_id=ids.MessageId(hub.ids.new()),
        numbers=hub.ids.numbers(),
        people=identity.draw(hub.ids),
        attachments=tuple(attachments),
    )


def open_chat(uow: ports.UnitOfWork, came: Arrival) -> None:
    """Make the conversation and its party with the first message; a chat that is only opened leaves nothing."""
    inbound, drawn = came.inbound, came.drawn
    chat_id = inbound.thread.conversation
    assert chat_id is not None  # noqa: S101 - checked by the only caller
    try:
        uow.contacts.conversation(chat_id)
    except errors.NotFound:
        new = identity.party_of_sender(uow, inbound.sender, drawn.people, drawn.now, is_claim=False)
        uow.contacts.add_conversation(
            contact.Conversation(
                id=chat_id,
                channel=inbound.channel,
                contact_id=None,
                party_id=new.id,
                language=inbound.language or "nl",
                last_seq=0,
                delivered_seq=0,
                created_at=drawn.received,
                seen_at=drawn.now,
            )
        )


def new_contact(hub: hub_module.Hub, uow: ports.UnitOfWork, came: Arrival) -> contact.Contact:
    """A contact that the bot owns, of the party that this message comes from."""
    inbound, drawn = came.inbound, came.drawn
    chat_id = inbound.thread.conversation
    if chat_id is not None:
        party_id = uow.contacts.conversation(chat_id).party_id
    else:
        channel = hub.channels.get(inbound.channel)
        is_claim = channel is not None and channel.abilities.senders_are_claims
        party_id = identity.party_of_sender(uow, inbound.sender, drawn.people, drawn.now, is_claim=is_claim).id
    new = uow.contacts.add(
        contact.Contact(
            id=drawn.contact_id,
            number=ids.ContactNumber(drawn.numbers[0]),
            party_id=party_id,
            channel=inbound.channel,
            conversation_id=chat_id,
            language=inbound.language or "nl",
            subject=contact.subject_of(inbound.subject, inbound.text),
            created_at=drawn.received,
            updated_at=drawn.now,
        ),
        drawn.numbers,
    )
    if chat_id is not None:
        chat = uow.contacts.conversation(chat_id)
        uow.contacts.save_conversation(dataclasses.replace(chat, contact_id=new.id, seen_at=drawn.now))
    return new


def keep(uow: ports.UnitOfWork, of: contact.Contact, came: Arrival, rule: str) -> message.Message:
    """Write the message into its contact. `rule`: why it belongs there, see `threading.Match`."""
    inbound, drawn = came.inbound, came.drawn
    kept = hub_module.add_message(
        uow,
        message.Message(
            id=drawn.message_id,
            contact_id=of.id,
            conversation_id=inbound.thread.conversation,
            direction=message.Direction.IN,
            channel=inbound.channel,
            author=message.Author.CITIZEN,
            author_name=inbound.sender.name if inbound.sender else "",
            at=drawn.received,
            subject=inbound.subject,
            text=inbound.text,
            html=inbound.html,
            quoted=inbound.quoted,
            address=inbound.sender.value if inbound.sender else "",
            threading=rule,
            receipt_id=came.stored.id,
            wire_message_id=inbound.message_id,
            automatic=inbound.automatic is not message.Automatic.NO,
        ),
        drawn.attachments,
    )
    if inbound.message_id and inbound.channel == "email":
        uow.messages.remember_mail_id(inbound.message_id, of.id)
    return kept


def touch(uow: ports.UnitOfWork, present: contact.Contact, now: datetime) -> None:
    """The person or group that has it sees that something new came."""
    hub_module.tell_contact(uow, uow.contacts.save(dataclasses.replace(present, updated_at=now)))
