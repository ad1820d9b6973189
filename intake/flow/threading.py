"""Which contact an incoming message belongs to, by rules that can be explained.

Signed token, then a known Message-ID, then the number in the subject; the last two only for a participant.
Source: ARCHITECTURE.md section 4; the rule is kept with the message.
"""

from dataclasses import dataclass

from intake import errors, ports
from intake.domain import contact, message
from intake.flow import hub as hub_module


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Where a message belongs. `proves_sender`: the token proves that the sender reads mail sent to this contact."""

    contact: contact.Contact | None
    rule: str
    proves_sender: bool = False
    possibly_related: int | None = None
    """The number of a contact that was named by somebody who takes no part in it."""


def find(hub: hub_module.Hub, uow: ports.UnitOfWork, inbound: message.InboundMessage) -> Match:
    """The contact of this message, or none."""
    hints = inbound.thread
    if hints.conversation is not None:
        return _of_chat(hub, uow, inbound)
    if hints.token is not None:
        number = hub.number_of(hints.token)
        found = uow.contacts.by_number(number) if number is not None else None
        if found is not None:
            return Match(contact=found, rule="token", proves_sender=True)
    related: int | None = None
    for rule, found in _named(uow, hints):
        if takes_part(uow, found, inbound.sender):
            return Match(contact=found, rule=rule)
        related = related or found.number
    return Match(contact=None, rule="new", possibly_related=related)


def takes_part(uow: ports.UnitOfWork, found: contact.Contact, sender: message.Address | None) -> bool:
    """Whether this sender has an address in the contact, or wrote in it before."""
    if sender is None:
        return False
    known = {(a.kind, a.value) for a in uow.parties.addresses(found.party_id) if a.is_theirs}
    wrote = {m.address for m in uow.messages.of_contact(found.id) if m.direction is message.Direction.IN}
    return (sender.kind, sender.value) in known or sender.value in wrote


def _named(uow: ports.UnitOfWork, hints: message.ThreadHints) -> list[tuple[str, contact.Contact]]:
    """The contacts that the references and the subject name, surest first."""
    by_id = uow.messages.contacts_of_mail_ids(hints.references) if hints.references else {}
    found = [("reference", uow.contacts.get(by_id[ref])) for ref in hints.references if ref in by_id]
    for number in hints.numbers:
        named = uow.contacts.by_number(number)
        if named is not None:
            found.append(("number", named))
    return found


def _of_chat(hub: hub_module.Hub, uow: ports.UnitOfWork, inbound: message.InboundMessage) -> Match:
    """A chat goes on with its contact, until that was closed and the citizen asks something new."""
    assert inbound.thread.conversation is not None  # noqa: S101 - checked by the only caller
    try:
        chat = uow.contacts.conversation(inbound.thread.conversation)
    except errors.NotFound:
        return Match(contact=None, rule="new")
    if chat.contact_id is None:
        return Match(contact=None, rule="new")
    present = uow.contacts.get(chat.contact_id)
    closed_at = present.closed_at
    is_over = closed_at is not None and (not present.human or hub.clock.now() - closed_at > hub.policy.reopen)
    if is_over and inbound.act is not message.Act.DETAILS and inbound.act is not message.Act.CHOICE:
        return Match(contact=None, rule="new")
    return Match(contact=present, rule="conversation")
