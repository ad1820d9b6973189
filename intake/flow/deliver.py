"""outbox → wire: every outgoing message that is not live goes through a job, at least once, with a stable id."""

import dataclasses
import logging
from datetime import datetime

from intake import errors, ports
from intake.domain import answering, contact, handler_group, ids, message, wording
from intake.flow import assign, identity
from intake.flow import hub as hub_module

log = logging.getLogger(__name__)

DELIVER = "deliver"
FOLLOW_CHAT = "follow_chat"
IN_DOUBT = "Niemand weet of dit bericht aankwam. Vraag het de burger, of stuur het opnieuw."
UNSETTLED = (message.Delivery.WAITING, message.Delivery.UNCERTAIN)
NOT_SEEN = "De burger heeft dit nog niet gezien, voor zover wij weten."


def post(
    hub: hub_module.Hub, uow: ports.UnitOfWork, new: message.Message, *, mail_subject: str = ""
) -> message.Message:
    """Write an outgoing message and, in the same commit, the job that sends it."""
    if hub_module.channel_is_live(hub, new.channel):
        sent = hub_module.add_message(uow, dataclasses.replace(new, delivery=message.Delivery.SENT))
        if sent.author in {message.Author.EMPLOYEE, message.Author.BOT}:
            uow.jobs.add(
                FOLLOW_CHAT,
                {"message": sent.id},
                key=f"follow:{sent.id}",
                run_at=sent.at + hub.policy.chat_gone,
            )
        uow.tell("chat", contact_id=sent.contact_id, conversation_id=sent.conversation_id)
        return sent
    wire_id = hub.mail_id(new.id)
    waiting = dataclasses.replace(
        new,
        conversation_id=None,
        delivery=message.Delivery.WAITING,
        wire_message_id=wire_id,
        subject=mail_subject or new.subject,
    )
    uow.messages.add(waiting)
    uow.messages.remember_mail_id(wire_id, new.contact_id)
    uow.jobs.add(DELIVER, {"message": new.id}, key=f"deliver:{new.id}", lane=f"out:{new.contact_id}")
    return waiting


async def deliver(hub: hub_module.Hub, message_id: ids.MessageId, job: ports.Job | None = None) -> None:
    """Send one message, unless another hub has it by now. Every end is written down and seen by people.

    `job`: the claim under which it is sent; None: nobody else can have it.

    Raises:
        RetryLater, StoreFull: it was not sent; try again later.
    """
    item_id, now = ids.QueueItemId(hub.ids.new()), hub.clock.now()
    waiting, outgoing = await hub.store.read(lambda uow: _outgoing(hub, uow, message_id))
    if waiting.delivery is not message.Delivery.WAITING:
        return

    async def is_ours() -> bool:
        now = hub.clock.now()
        return await hub.store.read(lambda uow: _is_ours(uow, message_id, job, now))

    with hub.in_doubt.settled(is_ours):
        try:
            came_to = await _hand_over(hub, waiting, outgoing, job)
        except errors.Conflict as lost:
            log.info("delivery_not_ours", extra={"message_id": message_id, "channel": waiting.channel})
            present = await hub.store.read(lambda uow: uow.messages.get(message_id))
            if present.delivery is message.Delivery.WAITING:  # when the job is still ours it must not count as done
                raise errors.RetryLater("Een andere hub heeft dit bericht, of deze stond lang stil.") from lost
            return
        if not await hub.store.write(lambda uow: _settle(uow, waiting, came_to, item_id, now)):
            log.info("delivery_not_ours", extra={"message_id": message_id, "channel": waiting.channel})
            return
    hub.meters.delivery(waiting.channel, came_to.state)
    if came_to.state is message.Delivery.FAILED:
        log.warning("not_delivered", extra={"message_id": message_id, "channel": waiting.channel})
    elif came_to.state is not message.Delivery.UNCERTAIN:
        log.info("delivered", extra={"message_id": message_id, "channel": waiting.channel})


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class _CameTo:
    """What became of a message that was handed to its wire; `detail` is the reason, or the wire's own id."""

    state: message.Delivery
    detail: str


async def _hand_over(
    hub: hub_module.Hub, waiting: message.Message, outgoing: message.OutboundMessage, job: ports.Job | None
) -> _CameTo:
    """Give it to the wire. Raises RetryLater, StoreFull, and Conflict when another hub has it."""
    channel = hub.channels.get(waiting.channel)
    if channel is None:
        return _CameTo(state=message.Delivery.FAILED, detail=f"Het kanaal {waiting.channel} staat uit.")
    try:
        result = await _once(hub, channel, outgoing, job)
    except errors.GaveUp as error:
        return _CameTo(state=message.Delivery.FAILED, detail=str(error))
    except errors.Uncertain as error:
        return _CameTo(state=message.Delivery.UNCERTAIN, detail=str(error))
    state = message.Delivery.DELIVERED if result.delivered else message.Delivery.SENT
    return _CameTo(state=state, detail=result.wire_id or "")


def _settle(
    uow: ports.UnitOfWork, waiting: message.Message, came_to: _CameTo, item_id: ids.QueueItemId, now: datetime
) -> bool:
    """Write what became of it; False when that was written already: another hub was quicker, or it bounced."""
    if uow.messages.get(waiting.id).delivery not in UNSETTLED:
        return False
    if came_to.state is message.Delivery.FAILED:
        _failed(uow, waiting.id, came_to.detail, item_id, now)
    else:
        uow.messages.set_delivery(waiting.id, came_to.state, came_to.detail)
        hub_module.tell_contact(uow, uow.contacts.get(waiting.contact_id))
    return True


async def _once(
    hub: hub_module.Hub, channel: ports.Channel, outgoing: message.OutboundMessage, job: ports.Job | None
) -> message.SendResult:
    """Send. Where a repeat would be a second message, first write down that it is in doubt: a crash leaves it so.

    When the claim was lost meanwhile, it stays in doubt for people to see: the other hub left it alone because of that.
    """
    if channel.abilities.may_repeat:
        return await channel.send(outgoing)
    message_id, now = outgoing.id, hub.clock.now()

    def begin(uow: ports.UnitOfWork) -> None:
        if not _is_ours(uow, message_id, job, now):
            raise errors.Conflict("Een andere hub heeft dit bericht.")
        uow.messages.set_delivery(message_id, message.Delivery.UNCERTAIN, IN_DOUBT)

    await hub.store.write(begin)
    try:
        return await channel.send(outgoing)
    except (errors.RetryLater, errors.StoreFull):

        def wait_again(uow: ports.UnitOfWork) -> None:
            if job is None or uow.jobs.is_held(job):
                uow.messages.set_delivery(message_id, message.Delivery.WAITING, "")

        await hub.store.write(wait_again)
        raise


def _is_ours(uow: ports.UnitOfWork, message_id: ids.MessageId, job: ports.Job | None, now: datetime) -> bool:
    """Whether it waits, and no other hub has its job."""
    if uow.messages.get(message_id).delivery is not message.Delivery.WAITING:
        return False
    return job is None or uow.jobs.is_held(job, now)


def _outgoing(
    hub: hub_module.Hub, uow: ports.UnitOfWork, message_id: ids.MessageId
) -> tuple[message.Message, message.OutboundMessage]:
    waiting = uow.messages.get(message_id)
    of = uow.contacts.get(waiting.contact_id)
    mails = [m.wire_message_id for m in uow.messages.of_contact(of.id) if m.wire_message_id and m.channel == "email"]
    earlier = tuple(mail for mail in mails if mail != waiting.wire_message_id)
    party = uow.parties.get(of.party_id)
    return waiting, message.OutboundMessage(
        id=waiting.id,
        channel=waiting.channel,
        message_id=waiting.wire_message_id or hub.mail_id(waiting.id),
        to=message.Address(kind=message.AddressKind.EMAIL, value=waiting.address, name=party.name),
        subject=waiting.subject or of.subject or wording.text("no_subject", of.language),
        text=waiting.text,
        card=waiting.card,
        language=of.language,
        number=of.number,
        token=hub.contact_token(of.number),
        in_reply_to=earlier[-1] if earlier else None,
        references=earlier[-20:],
        automatic=waiting.automatic,
        author_name=waiting.author_name,
    )


def _failed(
    uow: ports.UnitOfWork, message_id: ids.MessageId, reason: str, item_id: ids.QueueItemId, now: datetime
) -> None:
    failed = uow.messages.get(message_id)
    not_arrived(uow, uow.contacts.get(failed.contact_id), failed, reason, item_id, now)


def not_arrived(
    uow: ports.UnitOfWork,
    of: contact.Contact,
    failed: message.Message,
    reason: str,
    item_id: ids.QueueItemId,
    now: datetime,
) -> None:
    """Our message did not reach the citizen: show it, and put the contact back on its queue."""
    uow.messages.set_delivery(failed.id, message.Delivery.FAILED, reason)
    uow.contacts.add_history(of.id, now, "not_arrived", "Onthaal", {"reason": reason, "message": failed.id})
    present = uow.contacts.get(of.id)
    if present.open_item_id is not None:
        hub_module.tell_contact(uow, present)
        return
    group: handler_group.HandlerGroup = (
        uow.directory.group(present.group_id) if present.group_id else hub_module.front_desk(uow)
    )
    assign.to_queue(uow, present, group, item_id=item_id, reason=answering.Reason.NOT_ARRIVED, actor="Onthaal", now=now)


def _is_there(uow: ports.UnitOfWork, message_id: ids.MessageId) -> bool:
    try:
        uow.messages.get(message_id)
    except errors.NotFound:
        return False
    return True


async def gave_up(hub: hub_module.Hub, message_id: ids.MessageId, reason: str, job: ports.Job) -> None:
    """A message that could not be sent for so long that we stopped trying: people see it and act.

    Does nothing when another hub has the job by now.
    """
    item_id, now = ids.QueueItemId(hub.ids.new()), hub.clock.now()

    def work(uow: ports.UnitOfWork) -> message.Message | None:
        waiting = uow.messages.get(message_id)
        if waiting.delivery is not message.Delivery.WAITING or not uow.jobs.is_held(job):
            return None
        _failed(uow, message_id, reason, item_id, now)
        return waiting

    given_up = await hub.store.write(work)
    if given_up is not None:
        hub.meters.delivery(given_up.channel, message.Delivery.FAILED)


async def follow_chat(hub: hub_module.Hub, message_id: ids.MessageId) -> None:
    """A chat message that no browser confirmed is uncertain; an employee's goes by mail too, where there is an address.

    The citizen who comes back gets it after all, and it is seen then: a browser asks for every number it has not shown.
    """
    mail_id, now = ids.MessageId(f"{message_id}m"), hub.clock.now()

    def work(uow: ports.UnitOfWork) -> None:
        unseen = uow.messages.get(message_id)
        if unseen.delivery is message.Delivery.DELIVERED or _is_there(uow, mail_id):
            return
        of = uow.contacts.get(unseen.contact_id)
        uow.messages.set_delivery(unseen.id, message.Delivery.UNCERTAIN, NOT_SEEN)
        hub_module.tell_contact(uow, of)
        address = identity.mail_address_of(uow, of.party_id)
        if address is None or unseen.author is not message.Author.EMPLOYEE:
            return
        post(
            hub,
            uow,
            message.Message(
                id=mail_id,
                contact_id=of.id,
                direction=message.Direction.OUT,
                channel="email",
                author=unseen.author,
                author_id=unseen.author_id,
                author_name=unseen.author_name,
                at=now,
                text=f"{wording.text('chat_copy', of.language)}\n\n{unseen.text}",
                card=unseen.card,
                product_id=unseen.product_id,
                product_version=unseen.product_version,
                address=address.value,
            ),
        )
        uow.contacts.add_history(of.id, now, "chat_copied", "Onthaal", {"message": unseen.id})
        hub_module.tell_contact(uow, of)

    await hub.store.write(work)
    hub.wake()
