"""A desk in the middle of a working day: what the pictures and the browser tests look at.

Run it to look around: `python -m tests.support.busy_desk`, then log in as karin@stad.example.
"""

import asyncio
import dataclasses
import tempfile
from pathlib import Path

from intake import errors
from intake.domain import contact, message
from tests.support import fakes, site


async def fill(running: site.Site) -> int:
    """Questions of every kind; returns the number of the one with the longest story."""
    desk = running.desk
    desk.karin, desk.tom = (dataclasses.replace(who, groups=(*who.groups, "wegen")) for who in (desk.karin, desk.tom))
    for who in (desk.karin, desk.tom):
        await running.doors.put_employee(who, None)
    desk.bot.teach("fietspad", "speak_to_human", ("gat-in-de-weg", 0.94), ("paspoort", 0.41))
    desk.bot.teach("spoed", "speak_to_human", ("paspoort", 0.8))
    desk.clock.pass_time(days=-4)
    number = await _story(running)
    desk.clock.pass_time(days=4)
    await mail(running, "Fatima El Amrani", "Kan ik mijn paspoort met spoed krijgen?", "Met spoed graag.")
    desk.clock.pass_time(hours=1, minutes=20)
    await mail(running, "Bakkerij De Korenaar bv", "Premie voor dakisolatie", "Waar vraag ik de premie aan?")
    chat = await desk.open_chat()
    await desk.chat(chat.conversation_id, "Ik wil een medewerker over mijn terras op de Grote Markt")
    desk.clock.pass_time(minutes=38)
    await mail(running, "Tom Wouters", "Klacht over wachttijd", "Schandalig hoe lang dit duurt.")
    answered = await mail(
        running, "Scouts Sint-Joris vzw", "Straat afsluiten voor winterfeest", "Ik wil een medewerker."
    )
    await take(running, answered)
    await desk.writer.finish(desk.karin, await id_of(running, answered), contact.Owner.CITIZEN)
    await desk.broken_mail(errors.Unreadable("Geen geldige mail."))
    await take(running, number)
    desk.clock.pass_time(minutes=4)
    return number


async def _story(running: site.Site) -> int:
    """A report by mail: transferred, noted, answered in vain, and asked again."""
    desk = running.desk
    subject = "Gat in het fietspad, Molenstraat 14"
    file = message.InboundAttachment(name="gat-fietspad.jpg", media_type="image/jpeg", content=b"x" * 1_800_000)
    number = await mail(
        running, "Johan Peeters", subject,
        "Er zit een groot gat in het fietspad voor Molenstraat 14.\n\nMijn dochter is bijna gevallen.",
        attachments=(file,), html="<p>Er zit een <b>groot gat</b> in het fietspad.</p>", quoted="-- \nJohan Peeters",
    )  # fmt: skip
    of = await id_of(running, number)
    await take(running, number, desk.tom)
    await desk.writer.note(desk.tom, of, "Ploeg 3 komt donderdag. Het asfalt was op. Hek staat er al.")
    desk.wire.fail_with = errors.GaveUp("De mailbox van Johan is vol (5.2.2).")
    await desk.writer.reply(
        desk.tom, of, "Dag Johan, we herstellen het fietspad op donderdag. Er staat nu een hek.",
        product_id=fakes.product("gat-in-de-weg").id, then=contact.Owner.CITIZEN,
    )  # fmt: skip
    await desk.worker.drain()
    desk.wire.fail_with = None
    desk.clock.pass_time(days=3, hours=23)
    await mail(
        running, "Johan Peeters", f"Re: {subject}", "Dag, ik heb nog niets gehoord. Het gat is er nog altijd.",
        thread=message.ThreadHints(token=desk.hub.contact_token(number)),
    )  # fmt: skip
    desk.clock.pass_time(days=-3, hours=-23)
    return number


async def mail(running: site.Site, name: str, subject: str, text: str, **more: object) -> int:
    """A mail of this person comes in; returns the number of its contact."""
    desk = running.desk
    before = {each.id: each.version for each in await desk.contacts()}
    address = f"{name.split(maxsplit=1)[0].lower()}@example.org"
    wire_id = f"busy-{len(desk.wire.inbound)}"
    fields: dict[str, object] = {
        "channel": "email",
        "sender": message.Address(kind=message.AddressKind.EMAIL, value=address, name=name),
        "text": text,
        "subject": subject,
        "message_id": f"{wire_id}@example.org",
    }
    desk.wire.inbound[wire_id] = message.InboundMessage(**(fields | more))
    await desk.receive(
        message.RawReceipt(
            channel="email", account="info", wire_id=wire_id, raw=b"From: raw", envelope={"mail_from": address}
        )
    )
    await desk.worker.drain()
    changed = [each for each in await desk.contacts() if before.get(each.id) != each.version]
    return changed[-1].number


async def id_of(running: site.Site, number: int) -> str:
    return next(each.id for each in await running.desk.contacts() if each.number == number)


async def take(running: site.Site, number: int, who: object = None) -> None:
    item = await running.desk.item(await id_of(running, number))
    await running.desk.desk.claim(who or running.desk.karin, item.id)


async def main() -> None:
    """Serve until interrupted."""
    with tempfile.TemporaryDirectory() as folder:
        async with site.running(Path(folder)) as running:
            number = await fill(running)
            print(f"{running.url} {number} {running.desk.karin.email} {site.PASSWORD}", flush=True)  # noqa: T201
            await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
