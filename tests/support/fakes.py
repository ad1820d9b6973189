"""Stand-ins of our own for what is outside the hub's rules: time, bot, mail wire. The store is the real one."""

import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from intake import errors, ports, system
from intake.domain import catalogue, handler_group, ids, message, policy
from intake.flow import assign, conversations, receive, reply, work
from intake.flow import hub as hub_module
from intake.store import blobs, schema, sqlite, store
from intake.store import database as stores

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)  # 10:00 in Brussels, a working day


class FakeClock:
    def __init__(self, at: datetime = MONDAY) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def pass_time(self, **amount: float) -> None:
        self.at += timedelta(**amount)


class ScriptedBot:
    """Understands the texts that a test taught it; everything else is out of the catalogue."""

    def __init__(self) -> None:
        self.taught: dict[str, ports.Understanding] = {}
        self.is_down = False
        self.asked: list[str] = []

    def teach(self, text: str, intent: str, *products: tuple[str, float], language: str = "nl") -> None:
        self.taught[text] = ports.Understanding(
            intent=intent,
            confidence=0.9,
            ranking=tuple(
                ports.Ranked(product_id=ids.ProductId(name), score=score, words=("woord",)) for name, score in products
            ),
            language=language,
        )

    async def understand(self, text: str) -> ports.Understanding:
        self.asked.append(text)
        if self.is_down:
            raise errors.BotUnavailable("the test switched the bot off")
        for known, understanding in self.taught.items():
            if known in text:
                return understanding
        return ports.Understanding(intent="nlu_fallback", confidence=0.3, ranking=(), language="nl")

    async def say(self, sender: str, text: str, language: str) -> str:
        if self.is_down:
            raise errors.BotUnavailable("the test switched the bot off")
        return "Hallo, waarmee kan ik helpen?"


class MailWire:
    """A mail channel whose wire is a list; `fail_with` makes the next sends fail."""

    name = "email"
    abilities = ports.Abilities(untrusted=False, attachments=True, may_repeat=True)

    def __init__(self) -> None:
        self.sent: list[message.OutboundMessage] = []
        self.fail_with: Exception | None = None
        self.inbound: dict[str, message.InboundMessage | Exception] = {}

    async def listen(self, sink: ports.Sink, ready: Callable[[], None]) -> None:
        ready()

    def parse(self, raw: message.RawReceipt) -> message.InboundMessage:
        found = self.inbound[raw.wire_id]
        if isinstance(found, Exception):
            raise found
        return found

    async def send(self, outgoing: message.OutboundMessage) -> message.SendResult:
        if self.fail_with is not None:
            raise self.fail_with
        self.sent.append(outgoing)
        return message.SendResult(wire_id=outgoing.message_id)


@dataclasses.dataclass(kw_only=True)
class Desk:
    """A whole hub with scripted edges, and the words that tests speak in."""

    hub: hub_module.Hub
    store: store.Store
    clock: FakeClock
    bot: ScriptedBot
    wire: MailWire
    worker: work.Worker
    live: conversations.LiveConversations
    karin: handler_group.Employee
    conny: handler_group.Employee
    tom: handler_group.Employee
    hilde: handler_group.Employee

    def __post_init__(self) -> None:
        self.receive = receive.Receiver(self.hub)
        self.desk = assign.Desk(self.hub)
        self.writer = reply.Writer(self.hub)
        self._count = 0
        self._language = "nl"

    async def mail(
        self, text: str, *, sender: str = "jan@example.org", subject: str = "Vraag", settle: bool = True, **more: object
    ) -> str:
        """A mail comes in; returns its receipt."""
        self._count += 1
        wire_id = f"mail-{self._count}"
        fields: dict[str, object] = {
            "channel": "email",
            "sender": message.Address(kind=message.AddressKind.EMAIL, value=sender, name="Jan") if sender else None,
            "text": text,
            "subject": subject,
            "message_id": f"{wire_id}@example.org",
            "dedupe_key": f"mail:{wire_id}",
        }
        self.wire.inbound[wire_id] = message.InboundMessage(**(fields | more))
        return await self._take("email", wire_id, b"raw", {"mail_from": sender}, settle=settle)

    async def broken_mail(self, error: Exception) -> str:
        self._count += 1
        wire_id = f"mail-{self._count}"
        self.wire.inbound[wire_id] = error
        return await self._take("email", wire_id, b"\x00broken", {"mail_from": "kapot@example.org"}, settle=True)

    async def open_chat(self, language: str = "nl") -> ports.ConversationState:
        self._language = language
        return await self.live.open(None)

    async def chat(self, conversation: str, text: str, *, settle: bool = True, **frame: object) -> str:
        """The citizen types; returns the receipt."""
        from channels.webchat import frames

        self._count += 1
        body = {"type": "message", "client_id": f"client-{self._count:08d}", "text": text} | frame
        raw = frames.to_receipt(frames.FRAME.validate_python(body), ids.ConversationId(conversation), self._language)
        kept = await self.receive(raw)
        if settle:
            await self.worker.drain()
        return kept

    async def _take(self, channel: str, wire_id: str, raw: bytes, envelope: dict[str, object], *, settle: bool) -> str:
        kept = await self.receive(
            message.RawReceipt(channel=channel, account="info", wire_id=wire_id, raw=raw, envelope=envelope)
        )
        if settle:
            await self.worker.drain()
        return kept

    async def contacts(self) -> list:
        found, _ = await self.store.read(lambda uow: uow.views.contacts(None, 100))
        return sorted(found, key=lambda each: each.id)

    async def contact(self):
        """The one contact that there is."""
        found = await self.contacts()
        assert len(found) == 1, [each.subject for each in found]
        return found[0]

    async def messages(self, contact_id: str) -> list[message.Message]:
        return list(await self.store.read(lambda uow: uow.messages.of_contact(contact_id)))

    async def last(self, contact_id: str) -> message.Message:
        return (await self.messages(contact_id))[-1]

    async def item(self, contact_id: str):
        def look(uow: ports.UnitOfWork):
            open_item = uow.contacts.get(contact_id).open_item_id
            return uow.queue.get(open_item) if open_item else None

        return await self.store.read(look)

    async def open_receipts(self) -> list[str]:
        """Receipts that were not read yet, by their waiting jobs."""
        import sqlalchemy as sa

        from intake.store import tables

        unread = sa.select(tables.receipt.c.id).where(tables.receipt.c.outcome.is_(None))
        return list(await self.store.read(lambda uow: uow.receipts._in.connection.execute(unread).scalars().all()))

    async def ledger(self) -> dict[str, int]:
        found = await self.store.read(lambda uow: uow.views.ledger())
        return {name: count for name, count in found.items() if count}


class DirectParser:
    """Reads every channel in this process: the tests' mails are values already."""

    def __init__(self, channels: dict[str, ports.Channel]) -> None:
        self._channels = channels

    async def parse(self, raw: message.RawReceipt) -> message.InboundMessage:
        return self._channels[raw.channel].parse(raw)


def week(start: str = "09:00", end: str = "17:00") -> tuple:
    from datetime import time

    span = (time.fromisoformat(start), time.fromisoformat(end))
    return ((span,),) * 5 + ((), ())


def group(name: str, *, front_desk: bool = False, hours: float = 8) -> handler_group.HandlerGroup:
    return handler_group.HandlerGroup(
        id=ids.GroupId(name),
        name=name.capitalize(),
        is_front_desk=front_desk,
        calendar=handler_group.Calendar(week=week()),
        answer_within_hours=hours,
    )


def product(name: str, unit: str = "balie", **more: object) -> catalogue.Product:
    from datetime import date

    return catalogue.Product(
        id=ids.ProductId(name),
        title={"nl": name.replace("-", " ").capitalize(), "en": f"{name} in English"},
        unit_id=ids.UnitId(unit),
        theme="Identiteit",
        sections=catalogue.Sections(
            description="U vraagt het aan in het stadhuis.",
            procedure=("Maak een afspraak.", "Kom langs."),
            cost="€ 75",
            term="5 werkdagen",
            internal="GEHEIM: bel Erik",
        ),
        url=f"/producten/{name}",
        changed=date(2026, 11, 3),
        **more,
    )


def employee(name: str, *groups: str, role: str = "employee") -> handler_group.Employee:
    return handler_group.Employee(
        id=ids.EmployeeId(name.split(maxsplit=1)[0].lower()),
        name=name,
        email=f"{name.split(maxsplit=1)[0].lower()}@stad.example",
        role=handler_group.Role(role),
        groups=tuple(ids.GroupId(g) for g in groups),
    )


async def open_desk(folder: Path, on: stores.Database | None = None) -> Desk:
    """A hub on a fresh database (None: a SQLite file) with three groups, four employees and three products."""
    from channels import webchat

    clock, fresh, bot, wire = FakeClock(), system.SystemIds(), ScriptedBot(), MailWire()
    files = blobs.FileBlobs(folder)
    database = on or sqlite.SqliteDatabase(folder / "onthaal.sqlite3")
    schema.migrate(database)
    opened = store.Store.open(database, clock=clock, files=files)
    live = conversations.LiveConversations()
    surroundings = ports.Surroundings(
        clock=clock, ids=fresh, conversations=live, data_dir=str(folder), city_name="Teststad", public_url="http://stad"
    )
    channels: dict[str, ports.Channel] = {
        "email": wire,
        "webchat": webchat.WebChat(webchat.Settings(), surroundings),
    }
    worker = work.Worker(lambda: hub)
    hub = hub_module.Hub(
        me=fresh.new(),
        store=opened,
        blobs=files,
        clock=clock,
        ids=fresh,
        bot=bot,
        parser=DirectParser(channels),
        channels=channels,
        city=policy.City(
            name="Teststad",
            domain="stad.example",
            mail_address="info@stad.example",
            phone="012 00 00 00",
            public_url="http://stad",
        ),
        policy=policy.Policy(),
        secret=b"s" * 32,
        is_on_screen=live.is_on_screen,
        wake=worker.wake,
    )
    live.bind(hub)
    karin, conny = employee("Karin de Wit", "onthaal", "burgerzaken"), employee("Conny Maes", "burgerzaken")
    tom, hilde = employee("Tom Baert", "onthaal", role="lead"), employee("Hilde Janssens", "wegen", role="lead")

    def seed(uow: ports.UnitOfWork) -> None:
        for new in (group("onthaal", front_desk=True), group("burgerzaken"), group("wegen", hours=16)):
            uow.directory.put_group(new)
        uow.directory.put_unit(ids.UnitId("balie"), "Balie", ids.GroupId("burgerzaken"))
        uow.directory.put_unit(ids.UnitId("wegendienst"), "Wegen", ids.GroupId("wegen"))
        for new in (karin, conny, tom, hilde):
            uow.directory.put_employee(new, "geen-wachtwoord")
        for new in (product("paspoort"), product("identiteitskaart"), product("gat-in-de-weg", "wegendienst")):
            uow.products.put(new, clock.now())

    await opened.write(seed)
    bot.teach("paspoort", "ask_product", ("paspoort", 0.9), ("identiteitskaart", 0.4))
    bot.teach("pas kwijt", "ask_product_unsure", ("paspoort", 0.5), ("identiteitskaart", 0.45))
    bot.teach("gat in de weg", "report", ("gat-in-de-weg", 0.8))
    bot.teach("schandalig", "complaint")
    bot.teach("hallo", "greet")
    bot.teach("ja hoor", "affirm")
    bot.teach("medewerker", "speak_to_human")
    return Desk(
        hub=hub, store=opened, clock=clock, bot=bot, wire=wire, worker=worker, live=live,
        karin=karin, conny=conny, tom=tom, hilde=hilde,
    )  # fmt: skip
