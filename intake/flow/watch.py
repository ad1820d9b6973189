"""Nothing stays behind: claims that ran out, questions the bot dropped, silence after an answer."""

import dataclasses
import logging

from intake import errors, ports
from intake.domain import answering, contact, ids, message
from intake.flow import answer, assign
from intake.flow import hub as hub_module

log = logging.getLogger(__name__)

BATCH = 50
CLOSES_BY_SILENCE = (contact.Kind.QUESTION, contact.Kind.SUGGESTION)


async def watch(hub: hub_module.Hub) -> None:
    """One round over everything that has a term; a step that fails stops neither the others nor the next round.

    Raises:
        StoreFull: nothing can be written now.
    """
    for step in (free_expired, rescue_stranded, close_silent):
        try:
            await step(hub)
        except errors.StoreFull:
            raise
        except Exception:  # as in the job loop: one contact that cannot be handled must not hide all others
            log.exception("watch_failed", extra={"step": step.__name__})


async def free_expired(hub: hub_module.Hub) -> int:
    """Put items back whose holder did nothing for the time of the lease."""
    now = hub.clock.now()

    def work(uow: ports.UnitOfWork) -> int:
        expired = uow.queue.expired(now, BATCH)
        for item in expired:
            assign.free(uow, uow.contacts.get(item.contact_id), item, now, actor="Onthaal", why="lease")
        return len(expired)

    freed = await hub.store.write(work)
    if freed:
        log.info("leases_expired", extra={"count": freed})
    return freed


async def rescue_stranded(hub: hub_module.Hub) -> int:
    """Give questions to a person that the bot owns for too long, whatever the reason."""
    now = hub.clock.now()
    found = await hub.store.read(lambda uow: uow.contacts.stranded(now - hub.policy.stranded, BATCH))
    for of in found:
        item_id, message_id = ids.QueueItemId(hub.ids.new()), ids.MessageId(hub.ids.new())

        def work(
            uow: ports.UnitOfWork,
            of: contact.Contact = of,
            item_id: ids.QueueItemId = item_id,
            message_id: ids.MessageId = message_id,
        ) -> None:
            present = uow.contacts.get(of.id)
            inbound = [m for m in uow.messages.of_contact(of.id) if m.direction is message.Direction.IN]
            if present.owner is not contact.Owner.BOT or present.epoch != of.epoch or not inbound:
                return
            decision = answering.Decision(
                step=answering.Step.HAND_OVER, reason=answering.Reason.STRANDED, kind=present.kind
            )
            answer.hand_over(hub, uow, present, inbound[-1], decision, item_id, message_id, now)

        try:
            await hub.store.write(work)
        except errors.StoreFull:
            raise
        except Exception:  # the others are rescued all the same
            log.exception("rescue_failed", extra={"contact": of.id})
        else:
            log.warning("rescued", extra={"contact": of.id})
    if found:
        hub.wake()
    return len(found)


async def close_silent(hub: hub_module.Hub) -> int:
    """Close answered questions after the configured silence; reports, complaints and formal messages never."""
    now = hub.clock.now()

    def work(uow: ports.UnitOfWork) -> tuple[int, int]:
        closed = by_bot = 0
        for of in uow.contacts.waiting_for_citizen_since(now - hub.policy.silence, CLOSES_BY_SILENCE, BATCH):
            changed = uow.contacts.save(
                dataclasses.replace(
                    of,
                    owner=contact.Owner.CLOSED,
                    epoch=of.epoch + 1,
                    closed_at=now,
                    close_reason=contact.CloseReason.NO_REPLY,
                    updated_at=now,
                )
            )
            uow.contacts.add_history(of.id, now, "closed", "Onthaal", {"reason": contact.CloseReason.NO_REPLY})
            hub_module.tell_contact(uow, changed)
            closed += 1
            by_bot += not of.human and of.group_id is None
        return closed, by_bot

    closed, by_bot = await hub.store.write(work)
    for _ in range(by_bot):
        hub.meters.first_contact("bot")
    return closed
