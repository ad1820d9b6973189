"""Contact details from the chat: thanks at once, and a mail whose answer proves the address (ADR 6)."""

from datetime import datetime, timedelta

from intake import ports
from intake.domain import contact, handler_group, ids, message, wording
from intake.flow import deliver, identity
from intake.flow import hub as hub_module


def thank(
    hub: hub_module.Hub, uow: ports.UnitOfWork, of: contact.Contact, message_id: ids.MessageId, now: datetime
) -> None:
    """Say in the chat that the details arrived and what they are for."""
    if of.conversation_id is None:
        return
    deliver.post(
        hub,
        uow,
        message.Message(
            id=message_id,
            contact_id=of.id,
            conversation_id=of.conversation_id,
            direction=message.Direction.OUT,
            channel=of.channel,
            author=message.Author.SYSTEM,
            author_name=hub.city.name,
            at=now,
            text=wording.text("details_thanks", of.language),
        ),
    )


def confirm(
    hub: hub_module.Hub,
    uow: ports.UnitOfWork,
    of: contact.Contact,
    details: message.Details,
    message_id: ids.MessageId,
    now: datetime,
) -> None:
    """Mail the number to the address that the citizen left: an answer to that mail proves the address."""
    address = identity.mail_address_of(uow, of.party_id)
    if not details.email or address is None or not of.is_open:
        return
    if uow.messages.automatic_since(address.value, now - timedelta(hours=24)) >= hub.policy.auto_replies_per_day:
        return
    group: handler_group.HandlerGroup | None = uow.directory.group(of.group_id) if of.group_id else None
    parts = [
        wording.text("details_mail", of.language),
        wording.text("number", of.language, number=ids.shown(of.number)),
    ]
    if of.open_item_id is not None and group is not None:
        parts.append(wording.promise(uow.queue.get(of.open_item_id).due_at, group.calendar, of.language))
    deliver.post(
        hub,
        uow,
        message.Message(
            id=message_id,
            contact_id=of.id,
            direction=message.Direction.OUT,
            channel="email",
            author=message.Author.SYSTEM,
            author_name=hub.city.name,
            at=now,
            text=" ".join(parts),
            address=address.value,
            automatic=True,
        ),
    )
