"""What the bot is asked in one turn, and how long all of it may take."""

import asyncio
import dataclasses
import logging

from intake import errors, ports
from intake.domain import answering, contact, ids, message, question
from intake.flow import hub as hub_module

log = logging.getLogger(__name__)

TURN_SECONDS = 8.0
"""For everything asked in one turn: then a person has the question well within 15 seconds."""
QUESTION_CHARS = 10_000
"""The question of a mail is looked for in its first part."""
MOST_RANKED = 20
"""More products say nothing more."""


def deadline() -> float:
    """When a turn that begins now has to have its answers, on the clock of the running loop."""
    return asyncio.get_running_loop().time() + TURN_SECONDS


async def understand(hub: hub_module.Hub, inbound: message.Message, until: float) -> ports.Understanding | None:
    """The bot's view of the text; None when it is unavailable or there is nothing to read.

    A mail is read twice: as a whole, and its question alone, without courtesies. What is no question (a complaint, the
    wish for a person) counts from either; a product counts from the reading that is surer of it.
    """
    whole = question_text(inbound, hub.policy.bot_text_chars)
    if not whole:
        return None
    core = question.core(inbound.text[:QUESTION_CHARS])[: hub.policy.bot_text_chars].lstrip("/ ").strip()
    try:
        async with asyncio.timeout_at(until):
            readings = [await hub.bot.understand(text) for text in dict.fromkeys(t for t in (core, whole) if t)]
    except (errors.BotUnavailable, TimeoutError) as error:
        log.warning("bot_unavailable", extra={"contact": inbound.contact_id, "why": str(error)})
        return None
    best = max(readings, key=answering.weight)
    return await hub.store.read(lambda uow: _of_our_catalogue(uow, best)) if best.ranking else best


async def talk(hub: hub_module.Hub, of: contact.Contact, inbound: message.Message, language: str, until: float) -> str:
    """What the bot says in small talk; empty when it is unavailable."""
    sender = f"{of.id}:{of.epoch}"
    try:
        async with asyncio.timeout_at(until):
            return await hub.bot.say(sender, question_text(inbound, hub.policy.bot_text_chars), language)
    except (errors.BotUnavailable, TimeoutError) as error:
        log.warning("bot_unavailable", extra={"contact": of.id, "why": str(error)})
        return ""


def question_text(inbound: message.Message, limit: int) -> str:
    """What the bot reads: subject and text, without a leading slash (Rasa would execute it), cut to `limit`."""
    subject = inbound.subject.strip() if inbound.channel == "email" else ""
    text = f"{subject}. {inbound.text}" if subject and subject.lower() not in inbound.text.lower() else inbound.text
    return text.lstrip("/ \t\r\n")[:limit].strip()


def _of_our_catalogue(uow: ports.UnitOfWork, understood: ports.Understanding) -> ports.Understanding:
    """Without products that the hub does not know: a bot elsewhere may have another catalogue."""
    known = [r for r in understood.ranking[:MOST_RANKED] if _is_product(uow, r.product_id)]
    return dataclasses.replace(understood, ranking=tuple(known))


def _is_product(uow: ports.UnitOfWork, product_id: ids.ProductId) -> bool:
    try:
        uow.products.get(product_id)
    except errors.NotFound:
        return False
    return True
