"""Questions on queues: hand over, claim, put back, transfer, pull back. Exactly one open item per waiting contact."""

import dataclasses
from datetime import datetime

from intake import errors, ports
from intake.domain import answering, contact, handler_group, ids, sla
from intake.flow import hub as hub_module


def group_for(uow: ports.UnitOfWork, product_id: ids.ProductId | None) -> handler_group.HandlerGroup:
    """Product → unit → handler group; the front desk when there is no product or no group."""
    if product_id is not None:
        try:
            found = uow.directory.group_of_unit(uow.products.get(product_id).unit_id)
        except errors.NotFound:
            found = None
        if found is not None:
            return uow.directory.group(found)
    return hub_module.front_desk(uow)


def to_queue(
    uow: ports.UnitOfWork,
    of: contact.Contact,
    group: handler_group.HandlerGroup,
    *,
    item_id: ids.QueueItemId,
    reason: str,
    actor: str,
    now: datetime,
    hops: int = 0,
    waiting_since: datetime | None = None,
) -> tuple[contact.Contact, handler_group.QueueItem]:
    """Put a contact without open item on the queue of a group; the deadline counts in the group's opening hours."""
    since = waiting_since or of.waiting_since or now
    item = handler_group.QueueItem(
        id=item_id,
        contact_id=of.id,
        group_id=group.id,
        reason=reason,
        created_at=now,
        waiting_since=since,
        due_at=sla.due(since, group.calendar, group.answer_within_hours),
        hops=hops,
    )
    uow.queue.add(item)
    changed = uow.contacts.save(
        dataclasses.replace(
            of,
            owner=contact.Owner.QUEUE,
            epoch=of.epoch + 1,
            group_id=group.id,
            open_item_id=item.id,
            waiting_since=since,
            closed_at=None,
            close_reason=None,
            updated_at=now,
        )
    )
    uow.contacts.add_history(of.id, now, "queued", actor, {"group": group.id, "name": group.name, "reason": reason})
    hub_module.tell_contact(uow, changed, "queue")
    return changed, item


def close_item(
    uow: ports.UnitOfWork, item: handler_group.QueueItem, reason: handler_group.ItemClose, now: datetime
) -> None:
    """End an item; the contact must get another owner in the same unit of work."""
    uow.queue.save(dataclasses.replace(item, closed_at=now, close_reason=reason, lease_until=None))


class Desk:
    """What employees do with the items of their groups."""

    def __init__(self, hub: hub_module.Hub) -> None:
        """Work on this hub."""
        self._hub = hub

    async def take_next(self, employee: handler_group.Employee) -> contact.Contact | None:
        """Claim the free item of the employee's groups that waits longest; None when nothing waits."""
        now = self._hub.clock.now()

        def work(uow: ports.UnitOfWork) -> contact.Contact | None:
            item = uow.queue.next_free(employee.groups, now)
            return None if item is None else self._claim(uow, item, employee, now)

        return await self._hub.store.write(work)

    async def claim(self, employee: handler_group.Employee, item_id: ids.QueueItemId) -> contact.Contact:
        """Claim one item.

        Raises:
            Conflict: a colleague holds it, or it is done.
            NotAllowed: it is in a group of others.
        """
        now = self._hub.clock.now()

        def work(uow: ports.UnitOfWork) -> contact.Contact:
            item = uow.queue.get(item_id)
            if not employee.may_work_in(item.group_id):
                raise errors.NotAllowed("Deze vraag staat bij een groep waar u niet in zit.")
            return self._claim(uow, item, employee, now)

        return await self._hub.store.write(work)

    def _claim(
        self, uow: ports.UnitOfWork, item: handler_group.QueueItem, employee: handler_group.Employee, now: datetime
    ) -> contact.Contact:
        of = uow.contacts.get(item.contact_id)
        if item.closed_at is not None:
            raise errors.Conflict("Deze vraag staat niet meer op de lijst. Laad de lijst opnieuw.")
        if item.claimed_by == employee.id:
            return of
        if item.claimed_by is not None and item.lease_until is not None and item.lease_until > now:
            name = uow.directory.employee(item.claimed_by).name
            raise errors.Conflict(f"{name} is al met deze vraag bezig.")
        uow.queue.save(
            dataclasses.replace(
                item,
                claimed_by=employee.id,
                claimed_at=now,
                claim_epoch=item.claim_epoch + 1,
                lease_until=now + self._hub.policy.lease,
            )
        )
        changed = uow.contacts.save(
            dataclasses.replace(of, owner=contact.Owner.EMPLOYEE, epoch=of.epoch + 1, human=True, updated_at=now)
        )
        uow.contacts.add_history(of.id, now, "claimed", employee.name, {"employee": employee.id})
        hub_module.tell_contact(uow, changed, "queue")
        return changed

    async def take_up(self, employee: handler_group.Employee, contact_id: ids.ContactId) -> contact.Contact:
        """Open a contact again that is closed or waits for the citizen, and hold it.

        Raises:
            Conflict: it is on a queue, or the bot has it.
            NotAllowed: it is in a group of others.
        """
        item_id, now = ids.QueueItemId(self._hub.ids.new()), self._hub.clock.now()

        def work(uow: ports.UnitOfWork) -> contact.Contact:
            of = uow.contacts.get(contact_id)
            if of.owner not in {contact.Owner.CLOSED, contact.Owner.CITIZEN}:
                raise errors.Conflict("Deze vraag staat al op een lijst. Neem ze daar.")
            group = uow.directory.group(of.group_id) if of.group_id else hub_module.front_desk(uow)
            if not employee.may_work_in(group.id):
                raise errors.NotAllowed("Deze vraag staat bij een groep waar u niet in zit.")
            _, item = to_queue(
                uow,
                dataclasses.replace(of, waiting_since=now),
                group,
                item_id=item_id,
                reason=answering.Reason.TAKEN_UP,
                actor=employee.name,
                now=now,
            )
            return self._claim(uow, item, employee, now)

        return await self._hub.store.write(work)

    async def put_back(self, employee: handler_group.Employee, contact_id: ids.ContactId, why: str = "") -> None:
        """Give a claimed item back to its queue, at its old place in the row."""
        now = self._hub.clock.now()

        def work(uow: ports.UnitOfWork) -> None:
            of, item = held(uow, contact_id, employee)
            free(uow, of, item, now, actor=employee.name, why=why)

        await self._hub.store.write(work)

    async def transfer(
        self, employee: handler_group.Employee, contact_id: ids.ContactId, group_id: ids.GroupId, why: str
    ) -> contact.Contact:
        """Send a contact to another group. The citizen's waiting time goes on; the reason is kept.

        An employee may transfer what they hold, and pull back or send on what waits unclaimed in a queue of theirs or
        was sent away by them. Raises Invalid without a reason or to the same group.
        """
        if not why.strip():
            raise errors.Invalid(
                "Schrijf kort waarom u doorstuurt. Dan weet de andere groep wat nodig is.", field="reason"
            )
        item_id, now = ids.QueueItemId(self._hub.ids.new()), self._hub.clock.now()

        def work(uow: ports.UnitOfWork) -> contact.Contact:
            of = uow.contacts.get(contact_id)
            if of.open_item_id is None:
                raise errors.Conflict("Deze vraag staat niet meer op een lijst. Laad de pagina opnieuw.")
            item = uow.queue.get(of.open_item_id)
            self._may_move(uow, of, item, employee, group_id)
            group = uow.directory.group(group_id)
            if group.id == item.group_id:
                raise errors.Invalid("De vraag staat al bij deze groep. Kies een andere groep.", field="group")
            close_item(uow, item, handler_group.ItemClose.TRANSFERRED, now)
            unowned = dataclasses.replace(of, open_item_id=None)
            uow.contacts.add_history(
                of.id,
                now,
                "transferred",
                employee.name,
                {
                    "from": item.group_id,
                    "to": group.id,
                    "name": group.name,
                    "reason": why.strip(),
                    "employee": employee.id,
                },
            )
            changed, _ = to_queue(
                uow,
                unowned,
                group,
                item_id=item_id,
                reason="transferred",
                actor=employee.name,
                now=now,
                hops=item.hops + 1,
                waiting_since=item.waiting_since,
            )
            return changed

        return await self._hub.store.write(work)

    @staticmethod
    def _may_move(
        uow: ports.UnitOfWork,
        of: contact.Contact,
        item: handler_group.QueueItem,
        employee: handler_group.Employee,
        to: ids.GroupId,
    ) -> None:
        if item.claimed_by is not None and item.claimed_by != employee.id:
            raise errors.Conflict(f"{uow.directory.employee(item.claimed_by).name} is al met deze vraag bezig.")
        sent_by_me = any(
            line.kind == "transferred" and line.detail.get("employee") == employee.id and line.detail.get("from") == to
            for line in uow.contacts.history(of.id)
        )
        if not employee.may_work_in(item.group_id) and not sent_by_me:
            raise errors.NotAllowed("Deze vraag staat bij een groep waar u niet in zit.")


def held(
    uow: ports.UnitOfWork, contact_id: ids.ContactId, employee: handler_group.Employee
) -> tuple[contact.Contact, handler_group.QueueItem]:
    """The contact and the item that this employee holds now. Raises Conflict when they do not."""
    of = uow.contacts.get(contact_id)
    if of.open_item_id is not None:
        item = uow.queue.get(of.open_item_id)
        if item.claimed_by == employee.id:
            return of, item
        if item.claimed_by is not None:
            raise errors.Conflict(
                f"{uow.directory.employee(item.claimed_by).name} heeft deze vraag nu. Uw tekst is bewaard."
            )
    raise errors.Conflict("U hebt deze vraag niet (meer). Neem de vraag eerst.")


def free(
    uow: ports.UnitOfWork,
    of: contact.Contact,
    item: handler_group.QueueItem,
    now: datetime,
    *,
    actor: str,
    why: str,
) -> None:
    """Take the claim off an item; the contact waits on its queue again."""
    uow.queue.save(dataclasses.replace(item, claimed_by=None, claimed_at=None, lease_until=None))
    changed = uow.contacts.save(dataclasses.replace(of, owner=contact.Owner.QUEUE, epoch=of.epoch + 1, updated_at=now))
    uow.contacts.add_history(of.id, now, "put_back", actor, {"reason": why})
    hub_module.tell_contact(uow, changed, "queue")
