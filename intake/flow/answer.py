"""message → bot → answer, suggestion or a person. A bot turn that comes too late for its epoch is refused."""

import dataclasses
import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from intake import errors, ports
from intake.domain import answering, catalogue, contact, ids, message, wording
from intake.flow import asking, assign, deliver, identity
from intake.flow import hub as hub_module

log = logging.getLogger(__name__)

ANSWER = "answer"
BOT_NAME = "bot"
SHORT_CHARS = 80
"""A longer mail after an answer is more than thanks."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class _Turn:
    """One turn of the citizen with all that the decision and the reply need."""

    contact: contact.Contact
    inbound: message.Message
    act: message.Act
    choice: str | None
    earlier: tuple[message.Message, ...]
    is_live: bool
    way_back: tuple[str, str] | None
    """Channel and address that the bot may answer on; None: only people answer this one."""
    understanding: ports.Understanding | None = None

    @property
    def from_bot(self) -> list[message.Message]:
        """What the bot said in this contact."""
        return [m for m in self.earlier if m.author is message.Author.BOT]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class _Drawn:
    now: datetime
    message: ids.MessageId
    item: ids.QueueItemId


async def answer(hub: hub_module.Hub, payload: Mapping[str, Any]) -> None:
    """Understand a citizen's message; answer it when the bot owns the contact, else only keep the ranking."""
    deadline = asking.deadline()
    turn = await hub.store.read(lambda uow: _read(hub, uow, payload))
    if turn.act not in {message.Act.CHOICE, message.Act.HUMAN}:
        turn = dataclasses.replace(turn, understanding=await asking.understand(hub, turn.inbound, deadline))
    decision = answering.decide(_heard(turn))
    if turn.way_back is None and decision.step is not answering.Step.HAND_OVER:
        decision = answering.Decision(
            step=answering.Step.HAND_OVER, reason=answering.Reason.NO_ADDRESS, product=decision.product
        )
    talk = (
        await asking.talk(hub, turn.contact, turn.inbound, _language(turn), deadline)
        if decision.step is answering.Step.TALK
        else ""
    )
    if decision.step is answering.Step.TALK and not talk:
        decision = answering.Decision(step=answering.Step.HAND_OVER, reason=answering.Reason.BOT_UNAVAILABLE)
    drawn = _Drawn(now=hub.clock.now(), message=reply_id(turn.inbound.id), item=ids.QueueItemId(hub.ids.new()))
    owner = await hub.store.write(lambda uow: _apply(hub, uow, turn, decision, talk, drawn))
    if owner is not None:
        hub.meters.bot_turn(decision.step, decision.reason or "")
    if owner is contact.Owner.CLOSED:
        hub.meters.first_contact("bot")
    log.info(
        "answered" if owner is not None else "bot_reply_refused",
        extra={"contact": turn.contact.id, "step": decision.step, "reason": decision.reason},
    )
    hub.wake()


def reply_id(inbound_id: ids.MessageId) -> ids.MessageId:
    """The id of the bot's reply to a message: the same when the job runs again, and it sorts right behind."""
    return ids.MessageId(f"{inbound_id}r")


def _has_reply(uow: ports.UnitOfWork, inbound_id: ids.MessageId) -> bool:
    try:
        uow.messages.get(reply_id(inbound_id))
    except errors.NotFound:
        return False
    return True


def _read(hub: hub_module.Hub, uow: ports.UnitOfWork, payload: Mapping[str, Any]) -> _Turn:
    of = uow.contacts.get(ids.ContactId(payload["contact"]))
    inbound = uow.messages.get(ids.MessageId(payload["message"]))
    if payload.get("language"):
        of = dataclasses.replace(of, language=str(payload["language"]))
    everything = uow.messages.of_contact(of.id)
    return _Turn(
        contact=of,
        inbound=inbound,
        act=message.Act(payload["act"]),
        choice=payload.get("choice"),
        earlier=tuple(m for m in everything if m.id < inbound.id or m.author is not message.Author.CITIZEN),
        is_live=hub_module.channel_is_live(hub, inbound.channel),
        way_back=_way_back(hub, uow, of, inbound, hub.clock.now()),
    )


def _language(turn: _Turn) -> str:
    """Chat: what the citizen chose. Elsewhere: what the text is in, kept for the whole contact."""
    if turn.is_live or turn.understanding is None or turn.from_bot:
        return turn.contact.language
    return turn.understanding.language


def _heard(turn: _Turn) -> answering.Heard:
    understood = turn.understanding
    from_bot = turn.from_bot
    return answering.Heard(
        act=turn.act,
        choice=turn.choice,
        intent=understood.intent if understood else None,
        ranking=[(r.product_id, r.score) for r in understood.ranking] if understood else (),
        is_live=turn.is_live,
        is_first=not from_bot,
        offered=[choice.id for m in from_bot for choice in m.choices],
        last_offered=[choice.id for choice in from_bot[-1].choices] if from_bot else (),
        kind=turn.contact.kind,
        is_short=len(turn.inbound.text) <= SHORT_CHARS,
    )


def _apply(
    hub: hub_module.Hub,
    uow: ports.UnitOfWork,
    turn: _Turn,
    decision: answering.Decision,
    talk: str,
    drawn: _Drawn,
) -> contact.Owner | None:
    """Write what the bot decided; returns whose it is now, or None when it was somebody else's already."""
    if turn.understanding is not None:
        ranked = [
            {"product": r.product_id, "score": round(r.score, 4), "words": list(r.words)}
            for r in turn.understanding.ranking
        ]
        uow.messages.set_ranking(turn.inbound.id, ranked)
    present = uow.contacts.get(turn.contact.id)
    is_late = present.owner is not contact.Owner.BOT or present.epoch != turn.contact.epoch or present.human
    if is_late or _has_reply(uow, turn.inbound.id):
        hub_module.tell_contact(uow, present)
        return None
    present = dataclasses.replace(present, language=_language(turn))
    if decision.step is answering.Step.HAND_OVER:
        hand_over(hub, uow, present, turn.inbound, decision, drawn.item, drawn.message, drawn.now)
        return contact.Owner.QUEUE
    is_closing = decision.step is answering.Step.CLOSE
    if turn.is_live or not is_closing:  # a mail that says thanks needs no mail back
        reply = dataclasses.replace(_reply(hub, uow, turn, decision, talk, present), id=drawn.message, at=drawn.now)
        deliver.post(hub, uow, reply, mail_subject=turn.inbound.subject)
    return _pass_on(uow, turn, decision, present, drawn.now)


def _pass_on(
    uow: ports.UnitOfWork, turn: _Turn, decision: answering.Decision, present: contact.Contact, now: datetime
) -> contact.Owner:
    """After a bot turn it is the citizen's, unless they said more in the meantime: then it stays the bot's."""
    said_more = any(
        m.direction is message.Direction.IN and m.id > turn.inbound.id for m in uow.messages.of_contact(present.id)
    )
    is_closing = decision.step is answering.Step.CLOSE and not said_more
    owner = contact.Owner.CLOSED if is_closing else contact.Owner.CITIZEN
    changed = uow.contacts.save(
        dataclasses.replace(
            present,
            owner=contact.Owner.BOT if said_more else owner,
            epoch=present.epoch + 1,
            product_id=decision.product or present.product_id,
            waiting_since=present.waiting_since if said_more else None,
            closed_at=now if is_closing else None,
            close_reason=contact.CloseReason.AGREED if is_closing else None,
            updated_at=now,
        )
    )
    if is_closing:
        uow.contacts.add_history(changed.id, now, "closed", "burger", {"reason": contact.CloseReason.AGREED})
    hub_module.tell_contact(uow, changed)
    return changed.owner


def _reply(
    hub: hub_module.Hub,
    uow: ports.UnitOfWork,
    turn: _Turn,
    decision: answering.Decision,
    talk: str,
    present: contact.Contact,
) -> message.Message:
    """The bot's message for every step but handing over."""
    language = present.language
    assert turn.way_back is not None  # noqa: S101 - without a way back the contact was handed over
    base = _bot_message(present, turn.inbound, language, turn.way_back)
    match decision.step:
        case answering.Step.ANSWER:
            assert decision.product is not None  # noqa: S101 - every ANSWER names its product
            product = uow.products.get(decision.product)
            base = dataclasses.replace(
                base,
                text=_answer_text(turn, present, language),
                card=_card(hub, product, language),
                choices=_solved(language) if turn.is_live else (),
                product_id=product.id,
                product_version=product.version,
                confidence=_score(turn, product.id),
            )
        case answering.Step.SUGGEST:
            base = dataclasses.replace(
                base, text=wording.text("suggest", language), choices=_choices(uow, turn, language)
            )
        case answering.Step.TALK:
            base = dataclasses.replace(base, text=talk)
        case answering.Step.HELP:
            base = dataclasses.replace(base, text=wording.text("help", language))
        case answering.Step.CLOSE:
            base = dataclasses.replace(base, text=wording.text("closed", language))
        case answering.Step.HAND_OVER:
            raise AssertionError("handing over has its own way")
    return _honest(base, turn, language)


def _honest(reply: message.Message, turn: _Turn, language: str) -> message.Message:
    """The bot says at its first turn that it is a computer. Source: Regulation (EU) 2024/1689, art. 50."""
    if turn.from_bot or not turn.is_live or "computer" in reply.text.lower():
        return reply
    return dataclasses.replace(reply, text=f"{wording.text('bot_first', language)} {reply.text}")


def _bot_message(
    of: contact.Contact, inbound: message.Message, language: str, way_back: tuple[str, str]
) -> message.Message:
    channel, address = way_back
    return message.Message(
        id=ids.MessageId(""),
        contact_id=of.id,
        conversation_id=inbound.conversation_id,
        direction=message.Direction.OUT,
        channel=channel,
        author=message.Author.BOT,
        author_id=BOT_NAME,
        author_name=wording.text("bot_name", language),
        at=inbound.at,
        address=address,
        automatic=True,
    )


def _answer_text(turn: _Turn, present: contact.Contact, language: str) -> str:
    if turn.is_live:
        return f"{wording.text('answer', language)} {wording.text('solved', language)}"
    number = wording.text("number", language, number=ids.shown(present.number))
    parts = ("auto_head", "received_mail")
    head = " ".join(wording.text(part, language) for part in parts)
    return f"{head} {number}\n\n{wording.text('answer', language)} {wording.text('auto_foot', language)}"


def _card(hub: hub_module.Hub, product: catalogue.Product, language: str) -> dict[str, Any]:
    """The card with an address that also works outside the city's site."""
    card = catalogue.card(product, language)
    if card["source"]["url"].startswith("/"):
        card["source"]["url"] = hub.city.public_url.rstrip("/") + card["source"]["url"]
    return card


def _solved(language: str) -> tuple[message.Choice, ...]:
    return (
        message.Choice(id=answering.CHOICE_SOLVED, text=wording.text("yes", language)),
        message.Choice(id=answering.CHOICE_NOT_SOLVED, text=wording.text("no", language)),
    )


def _choices(uow: ports.UnitOfWork, turn: _Turn, language: str) -> tuple[message.Choice, ...]:
    ranking = turn.understanding.ranking if turn.understanding else ()
    found = [uow.products.get(r.product_id) for r in ranking[: answering.SUGGESTIONS]]
    return (
        *(message.Choice(id=answering.CHOICE_PRODUCT + p.id, text=p.title_in(language)) for p in found),
        message.Choice(id=answering.CHOICE_NONE, text=wording.text("none", language)),
    )


def _score(turn: _Turn, product_id: ids.ProductId) -> float | None:
    ranking = turn.understanding.ranking if turn.understanding else ()
    return next((r.score for r in ranking if r.product_id == product_id), None)


def hand_over(
    hub: hub_module.Hub,
    uow: ports.UnitOfWork,
    present: contact.Contact,
    inbound: message.Message,
    decision: answering.Decision,
    item_id: ids.QueueItemId,
    message_id: ids.MessageId,
    now: datetime,
) -> None:
    """Put the contact on a queue and tell the citizen its number, who, and when: all in one commit."""
    group = assign.group_for(uow, decision.product or present.product_id)
    present = dataclasses.replace(present, kind=decision.kind, product_id=decision.product or present.product_id)
    reason = decision.reason or answering.Reason.STRANDED
    changed, item = assign.to_queue(
        uow, present, group, item_id=item_id, reason=reason, actor="Digitale assistent", now=now
    )
    way_back = _way_back(hub, uow, changed, inbound, now)
    if way_back is not None:
        text = wording.handed_over(
            kind=changed.kind, group=group, number=changed.number, due=item.due_at, now=now, language=changed.language
        )
        deliver.post(
            hub,
            uow,
            _hand_over_message(
                hub,
                uow,
                changed,
                inbound,
                text + _maybe(hub, uow, decision, inbound, changed),
                message_id,
                now,
                way_back,
            ),
            mail_subject=inbound.subject,
        )


def _hand_over_message(
    hub: hub_module.Hub,
    uow: ports.UnitOfWork,
    of: contact.Contact,
    inbound: message.Message,
    text: str,
    message_id: ids.MessageId,
    now: datetime,
    way_back: tuple[str, str],
) -> message.Message:
    is_live = hub_module.channel_is_live(hub, inbound.channel)
    wants_address = is_live and identity.mail_address_of(uow, of.party_id) is None
    if wants_address:
        text = f"{text}\n{wording.text('details', of.language)}"
    if not is_live:
        text = f"{wording.text('auto_head', of.language)}\n\n{text}"
    said_before = any(m.author is message.Author.BOT for m in uow.messages.of_contact(of.id))
    if is_live and not said_before:
        text = f"{wording.text('bot_first', of.language)} {text}"
    return dataclasses.replace(
        _bot_message(of, inbound, of.language, way_back),
        id=message_id,
        at=now,
        text=text,
        form="details" if wants_address else None,
    )


def _maybe(
    hub: hub_module.Hub,
    uow: ports.UnitOfWork,
    decision: answering.Decision,
    inbound: message.Message,
    of: contact.Contact,
) -> str:
    """When the bot was not sure of a mail: the pages that may help while the citizen waits."""
    if decision.reason is not answering.Reason.NOT_SURE or hub_module.channel_is_live(hub, inbound.channel):
        return ""
    ranking = uow.messages.get(inbound.id).ranking[: answering.SUGGESTIONS]
    found = [uow.products.get(ids.ProductId(ranked["product"])) for ranked in ranking]
    lines = [f"- {p.title_in(of.language)}: {hub.city.public_url.rstrip('/')}{p.url}" for p in found]
    return "\n\n" + "\n".join([wording.text("maybe", of.language), *lines]) if lines else ""


def _way_back(
    hub: hub_module.Hub, uow: ports.UnitOfWork, of: contact.Contact, inbound: message.Message, now: datetime
) -> tuple[str, str] | None:
    """Channel and address for an automatic answer, with the brakes on machines that answer each other.

    Source: RFC 3834, section 2.
    """
    if hub_module.channel_is_live(hub, inbound.channel):
        return inbound.channel, inbound.address
    if inbound.automatic:
        return None
    channel = hub.channels.get(inbound.channel)
    address = inbound.address
    if channel is None or not channel.abilities.can_send:
        known = identity.mail_address_of(uow, of.party_id)
        address = known.value if known else ""
    if not address or address == hub.city.mail_address or "email" not in hub.channels:
        return None
    sent = uow.messages.automatic_since(address, now - timedelta(hours=24))
    return ("email", address) if sent < hub.policy.auto_replies_per_day else None
