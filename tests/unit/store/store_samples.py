"""Small records for the tests of the store."""

import itertools
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import sqlalchemy as sa

from intake.domain import catalogue, contact, handler_group, ids, message, party
from intake.store import tables

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
_count = itertools.count(1)


class FixedClock:
    """A clock that stands still until a test moves it."""

    def __init__(self):
        self.at = NOON

    def now(self):
        return self.at

    def move(self, **span):
        self.at += timedelta(**span)


def fresh(prefix="id"):
    return f"{prefix}-{next(_count):08d}"


def receipt(wire_id=None, raw=b"Dag", **more):
    return message.RawReceipt(channel="email", account="info@", wire_id=wire_id or fresh("wire"), raw=raw, **more)


def add_receipt(name):
    """Work that writes one receipt and returns its id."""
    came = receipt(name)
    return lambda uow: uow.receipts.add(name, came, NOON)


async def receipts_of(store):
    """The ids of all receipts."""
    chosen = sa.select(tables.receipt.c.id).order_by("id")
    return await store.read(lambda uow: list(uow.receipts._in.connection.execute(chosen).scalars()))


def a_party(**more):
    return party.Party(**{"id": ids.PartyId(fresh("party")), "name": "Noor Hendrickx", "created_at": NOON} | more)


def address(owner, value="noor@mail.example", **more):
    standard = {"kind": message.AddressKind.EMAIL, "source": party.Source.SENDER, "created_at": NOON}
    return party.DigitalAddress(**{"id": fresh("address"), "party_id": owner.id, "value": value} | standard | more)


def a_contact(party_of, /, **more):
    standard = {"channel": "email", "created_at": NOON, "updated_at": NOON, "number": 0, "subject": "Paspoort verlopen"}
    return contact.Contact(**{"id": ids.ContactId(fresh("contact")), "party_id": party_of.id} | standard | more)


def a_message(of, **more):
    standard = {"direction": message.Direction.IN, "author": message.Author.CITIZEN, "at": NOON, "text": "Dag"}
    return message.Message(**{"id": fresh("message"), "contact_id": of.id, "channel": of.channel} | standard | more)


def group(group_id="burgerzaken", **more):
    week = (((time(9), time(12, 30)), (time(13, 30), time(17))),) * 5 + ((), ())
    calendar = handler_group.Calendar(week=week, holidays=frozenset({date(2026, 12, 25)}))
    standard = {"id": ids.GroupId(group_id), "name": group_id.title(), "calendar": calendar, "answer_within_hours": 8}
    return handler_group.HandlerGroup(**standard | more)


def employee(employee_id="karin", **more):
    standard = {"name": "Karin de Wit", "email": f"{employee_id}@stad.example", "groups": ("burgerzaken",)}
    return handler_group.Employee(**{"id": ids.EmployeeId(employee_id)} | standard | more)


def item(of, group_id="burgerzaken", **more):
    standard = {"reason": "bot", "created_at": NOON, "waiting_since": NOON, "due_at": NOON + timedelta(hours=8)}
    return handler_group.QueueItem(
        **{"id": ids.QueueItemId(fresh("item")), "contact_id": of.id, "group_id": group_id} | standard | more
    )


def product(product_id="paspoort", **more):
    standard = {
        "title": {"nl": "Paspoort aanvragen"},
        "unit_id": "balie",
        "theme": "Identiteit",
        "audience": ("burger",),
        "keywords": {"nl": ("reispas",)},
        "sections": catalogue.Sections(description="U komt langs.", procedure=("Maak een afspraak.",), cost="€ 75"),
        "changed": date(2026, 11, 3),
    }
    return catalogue.Product(**{"id": ids.ProductId(product_id)} | standard | more)


def queued(unit_of_work, number=26048127, *, party_of=None, group_id="burgerzaken", **more):
    """A contact with its open item, as an escalation makes them; the group must exist."""
    owner = party_of
    if owner is None:
        owner = a_party()
        unit_of_work.parties.add(owner)
    asked = a_contact(owner, owner=contact.Owner.QUEUE, group_id=group_id, **more)
    waiting = item(asked, group_id)
    added = unit_of_work.contacts.add(replace(asked, open_item_id=waiting.id), [number])
    unit_of_work.queue.add(waiting)
    return added, waiting
