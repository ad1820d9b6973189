"""Mail that a machine wrote: it is kept, never answered, and what it says of our own mail reaches people."""

import dataclasses
from zoneinfo import ZoneInfo

from intake import ports
from intake.domain import answering, message
from intake.flow import assign, deliver, keeping, threading
from intake.flow import hub as hub_module

REPORTS_SUBJECT = "Bezorgmeldingen die bij geen bericht van ons passen"
REPORTS_PER_DAY = 20
"""So many of these reports are shown on one day. Spam in the name of the city can bring thousands (backscatter)."""


def place(hub: hub_module.Hub, uow: ports.UnitOfWork, came: keeping.Arrival, match: threading.Match) -> str:
    """Give the receipt its outcome, and return it. A bounce of our answer brings the contact back to its queue."""
    inbound, drawn = came.inbound, came.drawn
    is_bounce = inbound.automatic is message.Automatic.BOUNCE
    kept: message.Message | None = None
    if inbound.automatic is message.Automatic.OWN:
        pass
    elif match.contact is None and is_bounce:
        kept = _with_reports_of_today(hub, uow, came, match)
    elif match.contact is not None:
        kept = keeping.keep(uow, match.contact, came, match.rule)
        present = uow.contacts.get(match.contact.id)
        failed = [m for m in uow.messages.of_contact(present.id) if m.direction is message.Direction.OUT]
        if not is_bounce:
            keeping.touch(uow, present, drawn.now)
        elif failed:
            deliver.not_arrived(
                uow, present, failed[-1], "De mailserver van de burger weigerde het.", drawn.item_id, drawn.now
            )
    outcome = "bounce" if is_bounce else "loop"
    uow.receipts.settle(came.stored.id, outcome, kept.id if kept else None)
    return outcome


def _with_reports_of_today(
    hub: hub_module.Hub, uow: ports.UnitOfWork, came: keeping.Arrival, match: threading.Match
) -> message.Message | None:
    """Show a delivery report that fits no message of ours to the front desk: all of one day in one contact.

    Returns:
        The message; None when enough of them are shown today: then only the ledger counts it.
    """
    drawn = came.drawn
    day = drawn.now.astimezone(ZoneInfo(hub.city.time_zone)).date()
    mark = hub.mail_id(f"bezorgmeldingen-{day}")
    found = uow.messages.contacts_of_mail_ids([mark]).get(mark)
    if found is None:
        nobody = dataclasses.replace(came.inbound, sender=None, subject=REPORTS_SUBJECT, language="nl")
        of = keeping.new_contact(hub, uow, dataclasses.replace(came, inbound=nobody))
        uow.messages.remember_mail_id(mark, of.id)
        before = 0
    else:
        of = uow.contacts.get(found)
        before = sum(m.direction is message.Direction.IN for m in uow.messages.of_contact(of.id))
    if before == REPORTS_PER_DAY:
        return None
    kept = keeping.keep(uow, of, came, "new")
    if match.possibly_related is not None:
        uow.contacts.add_history(of.id, drawn.now, "possibly_related", "Onthaal", {"number": match.possibly_related})
    if before + 1 == REPORTS_PER_DAY:
        uow.contacts.add_history(of.id, drawn.now, "reports_full", "Onthaal", {})
    present = uow.contacts.get(of.id)
    if present.open_item_id is not None:
        keeping.touch(uow, present, drawn.now)
    else:
        assign.to_queue(
            uow,
            present,
            hub_module.front_desk(uow),
            item_id=drawn.item_id,
            reason=answering.Reason.UNKNOWN_REPORT,
            actor="Onthaal",
            now=drawn.now,
        )
    return kept
