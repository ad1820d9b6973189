"""The course of a contact: messages and events in one row, with a line for every day."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from intake.domain import contact, ids, message
from intake.flow import desk_view
from intake.web import words


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A message, ready to be shown."""

    id: str
    look: str
    """citizen, bot, employee or note: the class that colours it."""
    who: str
    initials: str
    icon: str
    via: str
    at: str
    iso: str
    text: str
    quoted: str = ""
    subject: str = ""
    has_html: bool = False
    source: str | None = None
    """The receipt whose raw bytes can be read."""
    card: Mapping[str, Any] | None = None
    choices: tuple[str, ...] = ()
    product: Mapping[str, str] | None = None
    files: tuple[message.Attachment, ...] = ()
    chip: words.Chip | None = None
    failure: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """An event: `actor` did `what` with `target`, for a reason."""

    icon: str
    actor: str
    what: str
    target: str = ""
    number: int | None = None
    reason: str = ""
    at: str
    iso: str


_Row = tuple[datetime, int, Said | Happened]


@dataclass(slots=True, kw_only=True)
class Day:
    """One day with what was said and done."""

    title: str
    key: str
    entries: list[Said | Happened] = field(default_factory=list[Said | Happened])


def days(opened: desk_view.Opened, times: words.Times) -> list[Day]:
    """Everything of this contact, oldest first; a message goes before an event of the same moment."""
    rows: list[_Row] = [(m.at, 0, _said(m, opened, times)) for m in opened.messages]
    for line in opened.history:
        shown = _happened(line, times)
        if shown is not None:
            rows.append((line.at, 1, shown))
    found: list[Day] = []
    for at, _, entry in sorted(rows, key=lambda row: (row[0], row[1])):
        key = times.iso(at)[:10]
        if not found or found[-1].key != key:
            found.append(Day(title=times.day(at), key=key))
        found[-1].entries.append(entry)
    return found


def _said(m: message.Message, opened: desk_view.Opened, times: words.Times) -> Said:
    look, who = _author(m, opened)
    icon, channel = words.channel(m.channel)
    failed = m.delivery is message.Delivery.FAILED
    return Said(
        id=m.id,
        look=look,
        who=who,
        initials=words.initials(who),
        icon=icon,
        via=_via(m, channel),
        at=times.clock(m.at),
        iso=times.iso(m.at),
        text=m.text,
        quoted=m.quoted,
        subject=_new_subject(m, opened),
        has_html=m.html is not None,
        source=m.receipt_id if m.channel == "email" else None,
        card=m.card,
        choices=tuple(choice.text for choice in m.choices),
        product=_product(m, opened),
        files=opened.attachments.get(m.id, ()),
        chip=words.delivery(m) if m.direction is message.Direction.OUT else None,
        failure=(m.delivery_detail or "De reden is niet bekend.") if failed else None,
    )


_REPLY = re.compile(r"^\s*((re|fw|fwd|aw|antw|doorst)\s*:\s*)+", re.IGNORECASE)


def _new_subject(m: message.Message, opened: desk_view.Opened) -> str:
    """The subject of a mail, when it says something else than the contact's."""
    if m.direction is not message.Direction.IN:
        return ""
    bare = _REPLY.sub("", m.subject).strip()
    return "" if bare.casefold() == _REPLY.sub("", opened.contact.subject).strip().casefold() else m.subject


def _author(m: message.Message, opened: desk_view.Opened) -> tuple[str, str]:
    if m.direction is message.Direction.NOTE:
        return "note", m.author_name
    match m.author:
        case message.Author.CITIZEN:
            return "citizen", words.party_name(m.author_name or opened.party.name, opened.addresses)
        case message.Author.BOT:
            return "bot", "Digitale assistent"
        case message.Author.EMPLOYEE:
            return "employee", m.author_name
        case message.Author.SYSTEM:
            return "bot", m.author_name or "Onthaal"


def _via(m: message.Message, channel: str) -> str:
    if m.direction is message.Direction.OUT:
        to = f"{channel} aan {m.address}" if m.address and m.channel == "email" else channel
        return f"{to} · automatisch" if m.automatic else to
    rule = words.THREADING.get(m.threading)
    parts = [channel, *([rule] if rule else []), *(["automatisch verstuurd"] if m.automatic else [])]
    return " · ".join(parts)


def _product(m: message.Message, opened: desk_view.Opened) -> Mapping[str, str] | None:
    """The product that the message cites, with the version it had and how sure the bot was."""
    if m.product_id is None:
        return None
    product = opened.products.get(m.product_id)
    parts = [f"versie {m.product_version}"]
    if m.confidence is not None:
        parts.append(f"zekerheid {m.confidence * 100:.0f} %")
    if product is not None and m.product_version is not None and product.version > m.product_version:
        parts.append(f"nu versie {product.version}")
    title = product.title_in("nl") if product else str(m.product_id)
    return {"title": title, "url": product.url if product else "", "detail": " · ".join(parts)}


def _happened(line: contact.HistoryLine, times: words.Times) -> Happened | None:
    """An event in words; None for one that another event tells already."""
    detail = line.detail
    reason, name = str(detail.get("reason") or ""), str(detail.get("name") or "")
    actor, target, why, number = line.actor, "", "", None
    icon, what = _EVENTS.get(line.kind, ("info", line.kind))
    match line.kind:
        case "queued":
            if reason == "transferred":
                return None
            target, why = name, words.reason(reason)
        case "transferred":
            target, why = name, f"“{reason}”"
        case "put_back" if reason == "lease":
            actor, what = "", "De vraag ging terug naar de lijst, omdat er een tijd niets mee gebeurde"
        case "put_back" if reason == "deactivated":
            actor, what = "", "De vraag ging terug naar de lijst, omdat de medewerker er niet meer werkt"
        case "put_back":
            why = reason
        case "closed" if reason in _CLOSED:
            actor, what = "", _CLOSED[reason]
        case "not_arrived" | "possibly_related" | "reports_full":
            actor, number = "", detail.get("number")
        case _:
            pass
    return Happened(
        icon=icon,
        actor=actor,
        what=what,
        target=target,
        number=number,
        reason=why,
        at=times.clock(line.at),
        iso=times.iso(line.at),
    )


_EVENTS: Final = {
    "queued": ("transfer", "gaf door aan"),
    "claimed": ("person", "nam deze vraag"),
    "put_back": ("undo", "legde de vraag terug op de lijst"),
    "transferred": ("transfer", "stuurde door naar"),
    "closed": ("ok", "rondde de vraag af"),
    "waits_for_citizen": ("clock", "wacht op de burger"),
    "not_arrived": ("warning", "Ons antwoord kwam niet aan. De vraag staat weer op de lijst"),
    "chat_copied": ("mail", "stuurde het antwoord ook per e-mail, want de chat was gesloten"),
    "possibly_related": ("tag", "Hoort misschien bij"),
    "reports_full": ("info", "Wat vandaag nog aan zulke meldingen komt, wordt geteld maar niet meer getoond"),
}
"""Icon and words of each kind of history line."""
_CLOSED: Final[Mapping[str, str]] = {
    contact.CloseReason.AGREED: "De burger vond het antwoord goed. De vraag is afgerond",
    contact.CloseReason.NO_REPLY: "De burger antwoordde niet meer. De vraag is gesloten",
}


def answered(opened: desk_view.Opened, times: words.Times) -> list[str]:
    """What the citizen already heard, for the hand-over card: products and first lines, newest last."""
    lines: list[str] = []
    for m in opened.messages:
        if m.direction is not message.Direction.OUT or m.author is message.Author.SYSTEM:
            continue
        said = _what_was_said(m, opened)
        if said:
            by = "bot" if m.author is message.Author.BOT else m.author_name
            lines.append(f"{said} ({by}, {times.stamp(m.at)})")
    return lines[-3:]


def _what_was_said(m: message.Message, opened: desk_view.Opened) -> str:
    product = opened.products.get(m.product_id) if m.product_id else None
    if product is not None:
        return product.title_in("nl")
    if m.author is message.Author.BOT:
        return ""
    return contact.subject_of("", m.text)[:120]


QUESTION_CHARS = 280
"""How much of the citizen's first message the hand-over card shows: about four lines."""


def question(opened: desk_view.Opened) -> list[str]:
    """The citizen's question in their own words, short: the subject, and the beginning of what they wrote under it."""
    first = next((m for m in opened.messages if m.author is message.Author.CITIZEN and m.text), None)
    subject = " ".join(opened.contact.subject.split())
    text = " ".join(first.text.split()) if first else ""
    if text.startswith(subject.removesuffix("…")):
        subject = ""  # it was taken from the text
    short = text if len(text) <= QUESTION_CHARS else text[: QUESTION_CHARS - 1].rstrip() + "…"
    return [line for line in (subject, short) if line]


def last_from_citizen(opened: desk_view.Opened) -> ids.MessageId | None:
    """The citizen's newest message."""
    return next((m.id for m in reversed(opened.messages) if m.direction is message.Direction.IN), None)
