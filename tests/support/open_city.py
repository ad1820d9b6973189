"""A city that is open to a browser: the busy desk with a live chat, a demo mailbox, and levers that move it along.

Run it to look around: `python -m tests.support.open_city`, then log in as karin@stad.example.
"""

import asyncio
import contextlib
import dataclasses
import tempfile
from collections.abc import AsyncIterator, Sequence
from datetime import date, time
from pathlib import Path
from typing import Any

from aiohttp import web

from intake import errors, ports
from intake.domain import catalogue, contact, handler_group
from intake.web import services
from tests.support import busy_desk, fakes, site

MAIL = {
    "name": "20261123-0123456789ab.eml",
    "date": fakes.MONDAY,
    "from": "Teststad <info@stad.example>",
    "to": "johan@example.org",
    "reply_to": "info+c.abc@stad.example",
    "subject": "Uw vraag over het fietspad",
    "text": "Dag Johan,\n\nWe herstellen het fietspad op donderdag.\n\nhttps://stad.example/wegen",
}
LETTER = (
    "<h2>Gat in het fietspad</h2><p>Zie <a href='https://www.example.org/kaart' rel='noopener noreferrer nofollow'>"
    "de kaart</a>.</p><table><tr><th scope='row'>Straat</th><td>Molenstraat</td></tr></table>"
)


@dataclasses.dataclass(kw_only=True)
class OpenCity:
    """The site, the number of its longest story, and a question in English that nobody took."""

    site: site.Site
    story: int
    english: int
    message_with_markup: str


@contextlib.asynccontextmanager
async def open_city(folder: Path) -> AsyncIterator[OpenCity]:
    """A busy desk whose jobs run and whose chat is open, until the block ends."""
    demo = services.Demo(
        logins=[("karin@stad.example", site.PASSWORD, "Onthaal, Burgerzaken")],
        mails=lambda _limit: [MAIL],
        mail=lambda name: MAIL if name == MAIL["name"] else None,
    )
    async with site.running(folder, demo=demo, more_routes=levers) as running:
        story = await busy_desk.fill(running)
        await furnish(running.desk)
        english = await busy_desk.mail(running, "Emma Smith", "New passport", "I want a person.", language="en")
        markup = await busy_desk.mail(running, "Piet Maes", "Kaart", "Ik wil een medewerker.", html=LETTER)
        found = await running.desk.messages(await busy_desk.id_of(running, markup))
        async with asyncio.TaskGroup() as tasks:
            own = [
                tasks.create_task(running.desk.worker.run(), name="open-city:work"),
                tasks.create_task(running.desk.live.run(), name="open-city:live"),
            ]
            try:
                await Chats.of(running.desk).open(tasks)
                yield OpenCity(site=running, story=story, english=english, message_with_markup=found[0].id)
            finally:
                Chats.of(running.desk).close()
                for task in own:
                    task.cancel()


async def furnish(desk: fakes.Desk) -> None:
    """Opening hours with a break, products with every section, and words that the bot understands."""
    halves = ((time(9), time(12, 30)), (time(13, 30), time(17)))
    late = (*halves, (time(17, 30), time(19)))
    front = dataclasses.replace(
        fakes.group("onthaal", front_desk=True),
        calendar=handler_group.Calendar(week=(halves, halves, late, halves, halves[:1], (), ())),
    )
    full = dataclasses.replace(
        fakes.product("rijbewijs"),
        title={"nl": "Rijbewijs", "en": "Driving licence"},
        sections=catalogue.Sections(
            description="U vraagt uw rijbewijs aan in het stadhuis.",
            condition=("U bent 18 jaar of ouder.", "U woont in Teststad."),
            procedure=("Maak een afspraak.", "Breng een pasfoto mee.", "Betaal bij de balie."),
            evidence=("Uw identiteitskaart", "Een pasfoto van nu"),
            cost="€ 28",
            term="5 werkdagen",
            validity="10 jaar",
            exception=("Bent u het kwijt? Ga eerst naar de politie.",),
            contact="Balie Burgerzaken",
        ),
        changed=date(2026, 11, 3),
    )

    def seed(uow: ports.UnitOfWork) -> None:
        uow.directory.put_group(front)
        uow.products.put(full, desk.clock.now())

    await desk.store.write(seed)
    taught = desk.bot.taught
    desk.bot.taught = {}
    desk.bot.teach("rijbewijs kwijt", "ask_product_unsure", ("rijbewijs", 0.5), ("identiteitskaart", 0.45))
    desk.bot.teach("rijbewijs", "ask_product", ("rijbewijs", 0.9), ("identiteitskaart", 0.4))
    desk.bot.teach("lost my licence", "ask_product_unsure", ("rijbewijs", 0.5), ("paspoort", 0.4), language="en")
    desk.bot.teach("driving licence", "ask_product", ("rijbewijs", 0.9), language="en")
    desk.bot.taught |= taught


class Chats:
    """The door of the chat, that a test may close to see what a lost connection looks like."""

    _all: dict[int, "Chats"] = {}  # noqa: RUF012 - one per desk, for the levers that only know the desk

    def __init__(self, desk: fakes.Desk) -> None:
        self._desk = desk
        self._listening: asyncio.Task[None] | None = None
        self._tasks: asyncio.TaskGroup | None = None

    @classmethod
    def of(cls, desk: fakes.Desk) -> "Chats":
        return cls._all.setdefault(id(desk), cls(desk))

    async def open(self, tasks: asyncio.TaskGroup | None = None) -> None:
        self._tasks = tasks or self._tasks
        assert self._tasks is not None
        ready = asyncio.Event()
        listen = self._desk.hub.channels["webchat"].listen(self._desk.receive, ready.set)
        self._listening = self._tasks.create_task(listen, name="open-city:chat")
        await ready.wait()

    def close(self) -> None:
        assert self._listening is not None
        self._listening.cancel()


def levers(desk: fakes.Desk) -> Sequence[tuple[str, str, services.Handler]]:
    """What a test makes happen: colleagues who act, a chat that breaks, pages that fail."""
    return [
        ("POST", "/haken/hefboom", _lever(desk)),
        ("GET", "/haken/fout/{kind}", _fail),
        ("GET", "/werkplek/fout/{kind}", _fail),
    ]


_FAULTS = {
    "403": errors.NotAllowed("Alleen een teamleider mag dit. Vraag het uw teamleider."),
    "409": errors.Conflict("Bart had deze vraag net iets eerder. Neem een andere."),
    "422": errors.Invalid("Vul een reden in."),
    "500": RuntimeError("broken on purpose"),
    "503": errors.StoreFull("De schijf is vol. Er is niets bewaard."),
}


async def _fail(request: web.Request) -> web.StreamResponse:
    raise _FAULTS[request.match_info["kind"]]


def _lever(desk: fakes.Desk) -> services.Handler:
    people = {"karin": desk.karin, "tom": desk.tom}

    async def pull(request: web.Request) -> web.StreamResponse:
        body: dict[str, Any] = await request.json()
        match body["do"]:
            case "chat down":
                Chats.of(desk).close()
            case "chat up":
                await Chats.of(desk).open()
            case "typing":
                of = await _contact(desk, body)
                await desk.live.typing(of.conversation_id, desk.tom)
            case "claim":
                of = await _contact(desk, body)
                await desk.desk.claim(people[body.get("who", "tom")], of.open_item_id)
            case "reply":
                of = await _contact(desk, body)
                then = contact.Owner(body.get("then", "employee"))
                await desk.writer.reply(people[body.get("who", "tom")], of.id, body["text"], then=then)
            case "question":
                return web.json_response({"number": await _question(desk, body)})
            case "finish":
                of = await _contact(desk, body)
                await desk.writer.finish(people[body.get("who", "tom")], of.id, contact.Owner(body["then"]))
            case other:
                raise errors.Invalid(f"no such lever: {other}")
        return web.json_response({})

    return pull


async def _question(desk: fakes.Desk, body: dict[str, Any]) -> int:
    """A mail that needs a person comes in; the jobs that run make a contact of it."""
    known = {each.number for each in await desk.contacts()}
    async with asyncio.timeout(30), desk.store.events() as events:
        await desk.mail(body["text"], subject=body["subject"], sender=body["sender"], settle=False)
        async for _ in events:
            fresh = [each for each in await desk.contacts() if each.number not in known and each.open_item_id]
            if fresh:
                return fresh[0].number
    raise AssertionError("the events ended")


async def _contact(desk: fakes.Desk, body: dict[str, Any]) -> contact.Contact:
    return next(each for each in await desk.contacts() if each.number == int(body["number"]))


async def main() -> None:
    """Serve until interrupted."""
    with tempfile.TemporaryDirectory() as folder:
        async with open_city(Path(folder)) as city:
            print(city.site.url, city.story, city.english, city.message_with_markup, flush=True)  # noqa: T201
            await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
