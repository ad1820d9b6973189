"""What an employee writes: an answer through the channel that reaches the citizen, a note, the end of a contact."""

import dataclasses
from datetime import datetime

from intake import errors, ports
from intake.domain import catalogue, contact, handler_group, ids, message
from intake.flow import assign, deliver, identity
from intake.flow import hub as hub_module

REPLY_CHARS = 20_000


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """How an answer reaches the citizen. `why` says it to the employee."""

    channel: str
    address: str
    why: str


def route(hub: hub_module.Hub, uow: ports.UnitOfWork, of: contact.Contact) -> Route | None:
    """The chat while it is open on a screen; else mail, when an address is known; else the chat, for later."""
    mail = identity.mail_address_of(uow, of.party_id)
    inbound = [m for m in uow.messages.of_contact(of.id) if m.direction is message.Direction.IN and not m.automatic]
    last = inbound[-1] if inbound else None
    if last is not None and last.channel == "email" and last.address:
        return Route(channel="email", address=last.address, why="de burger schreef per e-mail")
    if of.conversation_id is not None:
        is_there = hub_module.is_on_screen(hub, uow, of.conversation_id)
        if is_there or mail is None:
            why = "de burger is in de chat" if is_there else "de burger ziet het bij een volgend bezoek"
            return Route(channel="webchat", address="", why=why)
    if mail is not None:
        return Route(channel="email", address=mail.value, why="de burger is niet meer in de chat")
    return None


class Writer:
    """Replies, notes and endings of one hub."""

    def __init__(self, hub: hub_module.Hub) -> None:
        """Write in this hub."""
        self._hub = hub

    async def reply(
        self,
        employee: handler_group.Employee,
        contact_id: ids.ContactId,
        text: str,
        *,
        product_id: ids.ProductId | None = None,
        seen: int | None = None,
        then: contact.Owner = contact.Owner.EMPLOYEE,
    ) -> message.Message:
        """Answer the citizen.

        Args:
            employee: who holds the item.
            contact_id: the contact.
            text: plain text, at most 20,000 characters.
            product_id: the product that the answer cites.
            seen: how many messages the employee had on screen; None does not check.
            then: EMPLOYEE keeps the item, CITIZEN waits for the citizen, CLOSED ends the contact.

        Raises:
            Invalid: no text, or too long.
            Conflict: the item is not theirs, or something new came in since they looked.
            GaveUp: there is no way to reach this citizen.
        """
        text = text.strip()
        if not text:
            raise errors.Invalid("Schrijf eerst een antwoord.", field="text")
        if len(text) > REPLY_CHARS:
            raise errors.Invalid(f"Dit antwoord is te lang. Hoogstens {REPLY_CHARS} tekens.", field="text")
        message_id, now = ids.MessageId(self._hub.ids.new()), self._hub.clock.now()

        def work(uow: ports.UnitOfWork) -> tuple[message.Message, str | None]:
            of, item = assign.held(uow, contact_id, employee)
            _nothing_new(uow, of, seen)
            way = route(self._hub, uow, of)
            if way is None:
                raise errors.GaveUp("We kennen geen adres van deze burger. Bel, of vraag een adres.")
            product = uow.products.get(product_id) if product_id else None
            sent = deliver.post(
                self._hub, uow, _message(of, employee, text, way, product, message_id, now), mail_subject=of.subject
            )
            settled_by = _settles(uow, of, item, then)
            self._after(uow, of, item, employee, then, now)
            return sent, settled_by

        sent, settled_by = await self._hub.store.write(work)
        if settled_by is not None:
            self._hub.meters.first_contact(settled_by)
        self._hub.wake()
        return sent

    async def note(self, employee: handler_group.Employee, contact_id: ids.ContactId, text: str) -> message.Message:
        """Write an internal note; anybody who may see the contact may."""
        if not text.strip():
            raise errors.Invalid("Schrijf eerst een notitie.", field="text")
        message_id, now = ids.MessageId(self._hub.ids.new()), self._hub.clock.now()

        def work(uow: ports.UnitOfWork) -> message.Message:
            of = uow.contacts.get(contact_id)
            note = hub_module.add_message(
                uow,
                message.Message(
                    id=message_id,
                    contact_id=of.id,
                    direction=message.Direction.NOTE,
                    channel="note",
                    author=message.Author.EMPLOYEE,
                    author_id=employee.id,
                    author_name=employee.name,
                    at=now,
                    text=text.strip()[:REPLY_CHARS],
                ),
            )
            hub_module.tell_contact(uow, of)
            return note

        return await self._hub.store.write(work)

    async def finish(
        self,
        employee: handler_group.Employee,
        contact_id: ids.ContactId,
        then: contact.Owner,
        *,
        seen: int | None = None,
    ) -> contact.Contact:
        """End the work without another message: CLOSED resolves, CITIZEN waits for the citizen.

        Raises:
            Invalid: CLOSED, and no employee answered or wrote in a note why no answer is needed.
            Conflict: the item is not theirs, or something came in that they did not see.
        """
        now = self._hub.clock.now()

        def work(uow: ports.UnitOfWork) -> tuple[contact.Contact, str | None]:
            of, item = assign.held(uow, contact_id, employee)
            _nothing_new(uow, of, seen)
            if then is contact.Owner.CLOSED:
                _is_explained(uow, of)
            settled_by = _settles(uow, of, item, then)
            return self._after(uow, of, item, employee, then, now), settled_by

        finished, settled_by = await self._hub.store.write(work)
        if settled_by is not None:
            self._hub.meters.first_contact(settled_by)
        return finished

    def _after(
        self,
        uow: ports.UnitOfWork,
        of: contact.Contact,
        item: handler_group.QueueItem,
        employee: handler_group.Employee,
        then: contact.Owner,
        now: datetime,
    ) -> contact.Contact:
        if then is contact.Owner.EMPLOYEE:
            uow.queue.save(dataclasses.replace(item, lease_until=now + self._hub.policy.lease))
            changed = uow.contacts.save(dataclasses.replace(of, updated_at=now))
            hub_module.tell_contact(uow, changed)
            return changed
        is_closed = then is contact.Owner.CLOSED
        reason = handler_group.ItemClose.RESOLVED if is_closed else handler_group.ItemClose.ANSWERED
        assign.close_item(uow, item, reason, now)
        changed = uow.contacts.save(
            dataclasses.replace(
                of,
                owner=then,
                epoch=of.epoch + 1,
                open_item_id=None,
                closed_at=now if is_closed else None,
                close_reason=contact.CloseReason.RESOLVED if is_closed else None,
                updated_at=now,
            )
        )
        uow.contacts.add_history(of.id, now, "closed" if is_closed else "waits_for_citizen", employee.name, {})
        hub_module.tell_contact(uow, changed, "queue")
        return changed


_ENDS = frozenset({"closed", "waits_for_citizen"})


def _settles(
    uow: ports.UnitOfWork, of: contact.Contact, item: handler_group.QueueItem, then: contact.Owner
) -> str | None:
    """Who settles the question now, for the figures: only its first end counts, and keeping it is no end."""
    if then is contact.Owner.EMPLOYEE or any(line.kind in _ENDS for line in uow.contacts.history(of.id)):
        return None
    group = uow.directory.group(item.group_id)
    return "front_desk" if group.is_front_desk and not item.hops else "dispatched"


def _is_explained(uow: ports.UnitOfWork, of: contact.Contact) -> None:
    """A question ends with an answer of a person, or with a note that says why it needs none."""
    if not any(m.author is message.Author.EMPLOYEE for m in uow.messages.of_contact(of.id)):
        raise errors.Invalid(
            "Deze vraag heeft nog geen antwoord. Antwoord eerst, of schrijf in een notitie waarom dat niet nodig is."
        )


def _message(
    of: contact.Contact,
    employee: handler_group.Employee,
    text: str,
    way: Route,
    product: catalogue.Product | None,
    message_id: ids.MessageId,
    now: datetime,
) -> message.Message:
    return message.Message(
        id=message_id,
        contact_id=of.id,
        conversation_id=of.conversation_id if way.channel == "webchat" else None,
        direction=message.Direction.OUT,
        channel=way.channel,
        author=message.Author.EMPLOYEE,
        author_id=employee.id,
        author_name=employee.name,
        at=now,
        text=text,
        address=way.address,
        product_id=product.id if product else None,
        product_version=product.version if product else None,
    )


def _nothing_new(uow: ports.UnitOfWork, of: contact.Contact, seen: int | None) -> None:
    """Stop when the citizen or a colleague wrote something that the employee did not see."""
    if seen is not None and len(uow.messages.of_contact(of.id)) > seen:
        raise errors.Conflict("Er kwam net een nieuw bericht bij. Lees het eerst. Uw tekst is bewaard.")
