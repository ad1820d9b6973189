"""receipt → message: read the bytes, then thread, dedupe and identify in one unit of work. One outcome each."""

import dataclasses
import logging
import re
from datetime import datetime

from intake import errors, ports
from intake.domain import answering, contact, ids, message
from intake.domain import party as party_module
from intake.flow import answer, assign, deliver, identity, threading
from intake.flow import details as details_flow
from intake.flow import hub as hub_module

log = logging.getLogger(__name__)

UNREADABLE_SUBJECT = "Onleesbaar bericht"
_UNWANTED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
"""Control characters other than tab and line ends, and halves of surrogate pairs."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class _Drawn:
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


async def normalise(hub: hub_module.Hub, receipt_id: ids.ReceiptId) -> None:
    """Give one receipt its outcome; a receipt that has one is left alone, so a job may run twice."""
    stored = await hub.store.read(lambda uow: uow.receipts.get(receipt_id))
    if stored.outcome is not None:
        return
    try:
        inbound = await hub.parser.parse(stored.receipt)
    except errors.Unreadable as error:
        log.warning("unreadable", extra={"receipt": receipt_id, "channel": stored.receipt.channel})
        await _settle(hub, stored, _parked(stored.receipt, str(error)), "quarantined")
        return
    await _settle(hub, stored, _storable(inbound), "message")


async def park(hub: hub_module.Hub, receipt_id: ids.ReceiptId) -> None:
    """Make a visible contact of a receipt that could not be handled, whatever the reason."""
    stored = await hub.store.read(lambda uow: uow.receipts.get(receipt_id))
    if stored.outcome is None:
        await _settle(hub, stored, _parked(stored.receipt, "Het lezen mislukte meer dan eens."), "quarantined")


async def _settle(
    hub: hub_module.Hub, stored: ports.StoredReceipt, inbound: message.InboundMessage, outcome: str
) -> None:
    drawn = await _draw(hub, inbound, stored.received_at)
    settled = await hub.store.write(lambda uow: _place(hub, uow, stored, inbound, drawn, outcome))
    hub.meters.settled(stored.receipt.channel, settled)
    log.info("settled", extra={"receipt": stored.id, "channel": stored.receipt.channel, "outcome": settled})


def _storable(inbound: message.InboundMessage) -> message.InboundMessage:
    """The message without what no text may hold, whatever channel let it through; the raw bytes keep everything.

    PostgreSQL refuses NUL in a text, and half of a surrogate pair cannot be written as UTF-8.
    """
    sender, details = inbound.sender, inbound.details
    if sender is not None:
        sender = dataclasses.replace(sender, value=_plain(sender.value), name=_plain(sender.name))
    if details is not None:
        details = message.Details(name=_plain(details.name), email=_plain(details.email), phone=_plain(details.phone))
    return dataclasses.replace(
        inbound,
        text=_plain(inbound.text),
        quoted=_plain(inbound.quoted),
        subject=_plain(inbound.subject),
        html=_plain(inbound.html) if inbound.html is not None else None,
        sender=sender,
        details=details,
        attachments=tuple(dataclasses.replace(file, name=_plain(file.name)) for file in inbound.attachments),
    )


def _plain(text: str) -> str:
    return _UNWANTED.sub("", text)


def _parked(receipt: message.RawReceipt, why: str) -> message.InboundMessage:
    """A visible contact for bytes that nobody could read; the raw source is in the receipt."""
    sender = str(receipt.envelope.get("mail_from") or "")
    address = party_module.mail_address(sender)
    return message.InboundMessage(
        channel=receipt.channel,
        sender=message.Address(kind=message.AddressKind.EMAIL, value=address) if address else None,
        subject=UNREADABLE_SUBJECT,
        text=f"Dit bericht kon niet gelezen worden. {why} De bron staat bij dit bericht.",
        automatic=message.Automatic.BULK,
    )


async def _draw(hub: hub_module.Hub, inbound: message.InboundMessage, received_at: datetime) -> _Drawn:
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
    return _Drawn(
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


def _place(
    hub: hub_module.Hub,
    uow: ports.UnitOfWork,
    stored: ports.StoredReceipt,
    inbound: message.InboundMessage,
    drawn: _Drawn,
    outcome: str,
) -> str:
    """Everything that one receipt changes."""
    if uow.receipts.get(stored.id).outcome is not None:
        return "already"
    if inbound.dedupe_key is not None:
        first = uow.receipts.claim_utterance(inbound.channel, inbound.dedupe_key, stored.id)
        if first != stored.id:
            uow.receipts.settle(stored.id, "duplicate", first)
            return "duplicate"
    match = threading.find(hub, uow, inbound)
    if match.contact is None:
        inbound = _as_new(uow, inbound, drawn)
    if inbound.automatic in {message.Automatic.OWN, message.Automatic.REPLY, message.Automatic.BOUNCE}:
        return _automatic(uow, stored, inbound, drawn, match)
    if inbound.act is message.Act.DETAILS:
        return _details(hub, uow, stored, inbound, drawn, match)
    of = match.contact
    if of is None:
        of = _new_contact(hub, uow, inbound, drawn)
        if match.possibly_related is not None:
            uow.contacts.add_history(
                of.id, drawn.now, "possibly_related", "Onthaal", {"number": match.possibly_related}
            )
    elif match.proves_sender and inbound.sender is not None:
        identity.proved_by_reply(uow, of.party_id, inbound.sender, drawn.people, drawn.now)
    kept = _keep(uow, of, stored, inbound, drawn, match.rule)
    _onward(uow, of, kept, inbound, drawn, unreadable=outcome == "quarantined")
    uow.receipts.settle(stored.id, outcome, kept.id)
    return outcome


def _as_new(uow: ports.UnitOfWork, inbound: message.InboundMessage, drawn: _Drawn) -> message.InboundMessage:
    """A message of no contact: its chat begins, and an automatic reply to nothing is looked at by people."""
    if inbound.thread.conversation is not None:
        _open_chat(uow, inbound, drawn)
    if inbound.automatic is message.Automatic.REPLY:
        return dataclasses.replace(inbound, automatic=message.Automatic.BULK)
    return inbound


def _open_chat(uow: ports.UnitOfWork, inbound: message.InboundMessage, drawn: _Drawn) -> None:
    """Make the conversation and its party with the first message; a chat that is only opened leaves nothing."""
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


def _new_contact(
    hub: hub_module.Hub, uow: ports.UnitOfWork, inbound: message.InboundMessage, drawn: _Drawn
) -> contact.Contact:
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


def _keep(
    uow: ports.UnitOfWork,
    of: contact.Contact,
    stored: ports.StoredReceipt,
    inbound: message.InboundMessage,
    drawn: _Drawn,
    rule: str,
) -> message.Message:
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
            receipt_id=stored.id,
            wire_message_id=inbound.message_id,
            automatic=inbound.automatic is not message.Automatic.NO,
        ),
        drawn.attachments,
    )
    if inbound.message_id and inbound.channel == "email":
        uow.messages.remember_mail_id(inbound.message_id, of.id)
    return kept


def _onward(
    uow: ports.UnitOfWork,
    of: contact.Contact,
    kept: message.Message,
    inbound: message.InboundMessage,
    drawn: _Drawn,
    *,
    unreadable: bool,
) -> None:
    """Who has to do something now that the citizen spoke."""
    present = uow.contacts.get(of.id)
    if unreadable or inbound.automatic is message.Automatic.BULK:
        reason = answering.Reason.NO_TEXT if unreadable else answering.Reason.AUTOMATIC
        if present.open_item_id is None:
            assign.to_queue(
                uow,
                present,
                hub_module.front_desk(uow),
                item_id=drawn.item_id,
                reason=reason,
                actor="Onthaal",
                now=drawn.now,
            )
        else:
            _touch(uow, present, drawn.now)
        return
    if present.open_item_id is not None:
        _touch(uow, present, drawn.now)
    elif present.human or (not present.is_open and present.group_id is not None):
        group = uow.directory.group(present.group_id) if present.group_id else hub_module.front_desk(uow)
        present, _ = assign.to_queue(
            uow,
            present,
            group,
            item_id=drawn.item_id,
            reason=answering.Reason.AFTER_PERSON,
            actor="Onthaal",
            now=drawn.now,
        )
    else:
        was_bot = present.owner is contact.Owner.BOT
        present = uow.contacts.save(
            dataclasses.replace(
                present,
                owner=contact.Owner.BOT,
                epoch=present.epoch if was_bot else present.epoch + 1,
                closed_at=None,
                close_reason=None,
                waiting_since=present.waiting_since or drawn.received,
                updated_at=drawn.now,
            )
        )
        hub_module.tell_contact(uow, present)
    uow.jobs.add(
        answer.ANSWER,
        {
            "contact": present.id,
            "message": kept.id,
            "act": inbound.act,
            "choice": inbound.choice,
            "language": inbound.language,
        },
        key=f"answer:{kept.id}",
        lane=f"contact:{present.id}",
    )


def _touch(uow: ports.UnitOfWork, present: contact.Contact, now: datetime) -> None:
    """The person or group that has it sees that something new came."""
    hub_module.tell_contact(uow, uow.contacts.save(dataclasses.replace(present, updated_at=now)))


def _automatic(
    uow: ports.UnitOfWork,
    stored: ports.StoredReceipt,
    inbound: message.InboundMessage,
    drawn: _Drawn,
    match: threading.Match,
) -> str:
    """Machines' mail is kept and never answered; a bounce of our answer brings the contact back to its queue."""
    is_bounce = inbound.automatic is message.Automatic.BOUNCE
    outcome = "bounce" if is_bounce else "loop"
    kept: message.Message | None = None
    if match.contact is not None and inbound.automatic is not message.Automatic.OWN:
        kept = _keep(uow, match.contact, stored, inbound, drawn, match.rule)
        present = uow.contacts.get(match.contact.id)
        if is_bounce:
            failed = [m for m in uow.messages.of_contact(present.id) if m.direction is message.Direction.OUT]
            if failed:
                deliver.not_arrived(
                    uow, present, failed[-1], "De mailserver van de burger weigerde het.", drawn.item_id, drawn.now
                )
        else:
            _touch(uow, present, drawn.now)
    uow.receipts.settle(stored.id, outcome, kept.id if kept else None)
    return outcome


def _details(
    hub: hub_module.Hub,
    uow: ports.UnitOfWork,
    stored: ports.StoredReceipt,
    inbound: message.InboundMessage,
    drawn: _Drawn,
    match: threading.Match,
) -> str:
    """Contact details from the chat: kept as claims, and proved later by an answer to our mail."""
    details = inbound.details or message.Details()
    of = match.contact
    chat_id = inbound.thread.conversation
    if of is None:
        if chat_id is not None:
            identity.state_details(uow, uow.contacts.conversation(chat_id).party_id, details, drawn.people, drawn.now)
        uow.receipts.settle(stored.id, "message", None)
        return "message"
    identity.state_details(uow, of.party_id, details, drawn.people, drawn.now)
    said = [part for part in (details.name, details.email, details.phone) if part]
    kept = _keep(uow, of, stored, dataclasses.replace(inbound, text=" · ".join(said)), drawn, match.rule)
    details_flow.thank(hub, uow, uow.contacts.get(of.id), drawn.thanks_id, drawn.now)
    details_flow.confirm(hub, uow, uow.contacts.get(of.id), details, drawn.mail_id, drawn.now)
    _touch(uow, uow.contacts.get(of.id), drawn.now)
    uow.receipts.settle(stored.id, "message", kept.id)
    return "message"
