"""receipt → message: read the bytes, then thread, dedupe and identify in one unit of work. One outcome each."""

import dataclasses
import logging
import re

from intake import errors, ports
from intake.domain import answering, contact, ids, message
from intake.domain import party as party_module
from intake.flow import answer, assign, identity, keeping, machine_mail, threading
from intake.flow import details as details_flow
from intake.flow import hub as hub_module

log = logging.getLogger(__name__)

UNREADABLE_SUBJECT = "Onleesbaar bericht"
_UNWANTED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
"""Control characters other than tab and line ends, and halves of surrogate pairs."""


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
    drawn = await keeping.draw(hub, inbound, stored.received_at)
    came = keeping.Arrival(stored=stored, inbound=inbound, drawn=drawn)
    settled = await hub.store.write(lambda uow: _place(hub, uow, came, outcome))
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


def _place(hub: hub_module.Hub, uow: ports.UnitOfWork, came: keeping.Arrival, outcome: str) -> str:
    """Everything that one receipt changes."""
    stored, inbound, drawn = came.stored, came.inbound, came.drawn
    if uow.receipts.get(stored.id).outcome is not None:
        return "already"
    if inbound.dedupe_key is not None:
        first = uow.receipts.claim_utterance(inbound.channel, inbound.dedupe_key, stored.id)
        if first != stored.id:
            uow.receipts.settle(stored.id, "duplicate", first)
            return "duplicate"
    match = threading.find(hub, uow, inbound)
    if match.contact is None:
        inbound = _as_new(uow, came)
        came = dataclasses.replace(came, inbound=inbound)
    if inbound.automatic in {message.Automatic.OWN, message.Automatic.REPLY, message.Automatic.BOUNCE}:
        return machine_mail.place(hub, uow, came, match)
    if inbound.act is message.Act.DETAILS:
        return _details(hub, uow, came, match)
    of = match.contact
    if of is None:
        of = keeping.new_contact(hub, uow, came)
        if match.possibly_related is not None:
            uow.contacts.add_history(
                of.id, drawn.now, "possibly_related", "Onthaal", {"number": match.possibly_related}
            )
    elif match.proves_sender and inbound.sender is not None:
        identity.proved_by_reply(uow, of.party_id, inbound.sender, drawn.people, drawn.now)
    kept = keeping.keep(uow, of, came, match.rule)
    _onward(uow, of, kept, came, unreadable=outcome == "quarantined")
    uow.receipts.settle(stored.id, outcome, kept.id)
    return outcome


def _as_new(uow: ports.UnitOfWork, came: keeping.Arrival) -> message.InboundMessage:
    """A message of no contact: its chat begins, and an automatic reply to nothing is looked at by people."""
    inbound = came.inbound
    if inbound.thread.conversation is not None:
        keeping.open_chat(uow, came)
    if inbound.automatic is message.Automatic.REPLY:
        return dataclasses.replace(inbound, automatic=message.Automatic.BULK)
    return inbound


def _onward(
    uow: ports.UnitOfWork,
    of: contact.Contact,
    kept: message.Message,
    came: keeping.Arrival,
    *,
    unreadable: bool,
) -> None:
    """Who has to do something now that the citizen spoke."""
    inbound, drawn = came.inbound, came.drawn
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
            keeping.touch(uow, present, drawn.now)
        return
    if present.open_item_id is not None:
        keeping.touch(uow, present, drawn.now)
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


def _details(hub: hub_module.Hub, uow: ports.UnitOfWork, came: keeping.Arrival, match: threading.Match) -> str:
    """Contact details from the chat: kept as claims, and proved later by an answer to our mail."""
    inbound, drawn = came.inbound, came.drawn
    details = inbound.details or message.Details()
    of = match.contact
    chat_id = inbound.thread.conversation
    if of is None:
        if chat_id is not None:
            identity.state_details(uow, uow.contacts.conversation(chat_id).party_id, details, drawn.people, drawn.now)
        uow.receipts.settle(came.stored.id, "message", None)
        return "message"
    identity.state_details(uow, of.party_id, details, drawn.people, drawn.now)
    said = [part for part in (details.name, details.email, details.phone) if part]
    shown = dataclasses.replace(inbound, text=" · ".join(said))
    kept = keeping.keep(uow, of, dataclasses.replace(came, inbound=shown), match.rule)
    details_flow.thank(hub, uow, uow.contacts.get(of.id), drawn.thanks_id, drawn.now)
    details_flow.confirm(hub, uow, uow.contacts.get(of.id), details, drawn.mail_id, drawn.now)
    keeping.touch(uow, uow.contacts.get(of.id), drawn.now)
    uow.receipts.settle(came.stored.id, "message", kept.id)
    return "message"
