"""`onthaal check`: opens every wire and says what works, and what to do where it does not."""

import asyncio
import dataclasses
import functools
import os
import shutil
import stat
from collections.abc import Awaitable, Callable
from enum import StrEnum
from pathlib import Path
from typing import Any

from intake import errors, ports
from intake.app import composition, operating, registry, wires
from intake.flow import clocks, ledger, silence
from intake.settings import Settings
from intake.store import schema
from intake.web import words

SCARCE_FREE_BYTES = 1_000_000_000
"""With less free space it is time to make room; with less than `operating.LEAST_FREE_BYTES` the hub takes nothing."""


class State(StrEnum):
    """How a check ended."""

    OK = "ok"
    LOOK = "look"
    """It works, but somebody should look."""
    FAILED = "failed"
    SKIPPED = "skipped"
    """It was not looked at, because it needs something that failed."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What one check found, in a Dutch line that says what to do."""

    name: str
    state: State
    says: str

    @property
    def is_ok(self) -> bool:
        """Whether the hub can work like this."""
        return self.state is not State.FAILED


class LookAtThis(Exception):
    """It works, but somebody should look; the text says at what."""


Check = Callable[[], Awaitable[str]]


async def run(settings: Settings, *, is_demo: bool = False) -> list[Result]:
    """Every check, also when an earlier one failed; but for those that need what failed.

    Args:
        settings: of the hub.
        is_demo: whether they are those of a demo that runs now, which is told first.
    """
    results = [Result(name="demo", state=State.OK, says="de demo draait; gekeken is met haar instellingen")]
    if not is_demo:
        results.clear()
    for name, check, needs in _checks(settings):
        missing = [result.name for result in results if result.name in needs and result.state in _NOTHING]
        if missing:
            results.append(Result(name=name, state=State.SKIPPED, says=f"niet bekeken: eerst {missing[0]}"))
        else:
            results.append(await _one(name, check))
    return results


_NOTHING = frozenset({State.FAILED, State.SKIPPED})


def _checks(settings: Settings) -> list[tuple[str, Check, tuple[str, ...]]]:
    """Name, check, and the checks without which it would only say the same again."""

    def of(check: Callable[[Settings], Awaitable[str]]) -> Check:
        return functools.partial(check, settings)

    email = registry.switched_on(settings).get("email")
    return [
        ("map", of(_folder), ()),
        ("schijf", of(_disk), ("map",)),
        ("rechten", of(_rights), ("map",)),
        ("database", of(_database), ("map",)),
        ("groepen", of(_groups), ("database",)),
        ("inhoud", of(_contents), ("database",)),
        ("bot", of(wires.bot), () if settings.bot.url else ("map",)),
        ("werkplek", of(_faces), ()),
        ("web", of(wires.web), ()),
        ("adres", of(wires.public_url), ()),
        *((name, functools.partial(check, email), ()) for name, check in _MAIL if email is not None),
    ]


async def _one(name: str, check: Callable[[], Awaitable[str]]) -> Result:
    try:
        return Result(name=name, state=State.OK, says=await check())
    except LookAtThis as found:
        return Result(name=name, state=State.LOOK, says=str(found))
    except (errors.IntakeError, OSError) as error:
        return Result(name=name, state=State.FAILED, says=str(error))


async def _folder(settings: Settings) -> str:
    """The data folder is there, and the hub may work in it. Looking makes nothing."""
    folder = settings.data_dir
    if folder.is_dir():
        if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
            raise errors.BadSettings(f"in {folder} kan de hub niet schrijven; geef de map aan de gebruiker van de hub")
        return f"{folder} is er"
    above = next(each for each in (folder, *folder.absolute().parents) if each.exists())
    if not above.is_dir():
        raise errors.BadSettings(f"{above} is geen map; zet ONTHAAL_DATA_DIR op een andere")
    if not os.access(above, os.W_OK | os.X_OK):
        raise errors.BadSettings(
            f"{folder} is er niet, en in {above} kan de hub niets maken; maak de map en geef ze aan de gebruiker van "
            "de hub"
        )
    raise errors.BadSettings(f"{folder} is er nog niet; draai `onthaal migrate`")


async def _disk(settings: Settings) -> str:
    free = shutil.disk_usage(settings.data_dir).free
    scarce = f"nog {free // 1_000_000} MB vrij in {settings.data_dir}; maak ruimte"
    if free <= operating.LEAST_FREE_BYTES:
        raise errors.BadSettings(scarce)
    if free < SCARCE_FREE_BYTES:
        raise LookAtThis(scarce)
    return f"{free // 1_000_000_000} GB vrij in {settings.data_dir}"


async def _rights(settings: Settings) -> str:
    """The data is nobody else's to read; secrets are ours alone."""
    folder = settings.data_dir
    secrets = folder / "secrets"
    if secrets.is_dir():
        for file in sorted(secrets.iterdir()):
            if _mode(file) & 0o077:
                raise errors.BadSettings(f"anderen kunnen {file} lezen; draai `chmod 600 {file}`")
        if _mode(secrets) & 0o077:
            raise errors.BadSettings(f"anderen kunnen in {secrets} kijken; draai `chmod 700 {secrets}`")
    if _mode(folder) & 0o007:
        raise LookAtThis(f"andere gebruikers van deze machine kunnen in {folder} kijken; draai `chmod o-rwx {folder}`")
    return f"{folder} en de geheimen zijn alleen van de hub"


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


async def _database(settings: Settings) -> str:
    """The schema is that of this version, a write gets its turn, and both clocks agree."""
    _current(settings)
    parts = composition.build(settings, entry=composition.Entry.LOOK)
    try:
        ahead = abs(await parts.clocks.look())
        if ahead > clocks.AGREE:
            raise errors.BadSettings(
                f"de klokken van hub en database schelen {ahead.total_seconds():.0f} seconden; zet op beide de tijd "
                "gelijk (NTP)"
            )
        await _try_writing(parts)
        products = await parts.store.read(lambda uow: uow.products.all())
    finally:
        await parts.close()
    forgets = await asyncio.to_thread(composition.database_of(settings).forgets)
    if forgets:
        raise LookAtThis(
            f"op de databaseserver staat {' en '.join(forgets)} uit: na stroomuitval kan weg zijn wat bevestigd was; "
            "zet het aan"
        )
    return f"schema is van deze versie, schrijven lukt; {len(products)} producten"


async def _try_writing(parts: composition.Parts) -> None:
    """A row that means nothing is written and taken away again. Raises StoreFull."""
    hub = parts.hub
    name, now = f"check:{hub.me}", hub.clock.now()

    def write(uow: ports.UnitOfWork) -> None:
        uow.hubs.hold(name, hub.me, now, now)

    await parts.store.write(write)
    await parts.store.write(lambda uow: uow.hubs.let_go(name, hub.me))


async def _groups(settings: Settings) -> str:
    """Exactly one group is the front desk."""
    parts = composition.build(settings, entry=composition.Entry.LOOK)
    try:
        groups = await parts.store.read(lambda uow: uow.directory.groups())
    finally:
        await parts.close()
    if not groups:
        raise errors.BadSettings("er zijn nog geen groepen; voeg er een toe met `onthaal group add --front-desk`")
    desks = [group for group in groups if group.is_front_desk]
    first = groups[0].id
    if not desks:
        raise errors.BadSettings(
            f"geen groep is het onthaal; kies er één met `onthaal group add --id {first} --front-desk`"
        )
    if len(desks) > 1:
        named = ", ".join(group.id for group in desks)
        raise errors.BadSettings(
            f"meer dan één groep is het onthaal ({named}); kies er één met "
            f"`onthaal group add --id {first} --front-desk`"
        )
    return f"{len(groups)} groepen; het onthaal is {desks[0].name} ({desks[0].id})"


def _current(settings: Settings) -> None:
    of = composition.database_of(settings)
    if not schema.is_current(of):
        raise errors.BadSettings(
            "het schema is niet van deze versie; draai `onthaal migrate`, of de versie van Onthaal die erbij hoort"
        )


async def _contents(settings: Settings) -> str:
    """Nothing waits for a person to repair it: open receipts, dead letters, channels that are too silent."""
    parts = composition.build(settings, entry=composition.Entry.LOOK)
    try:
        now = parts.hub.clock.now()

        def look(uow: ports.UnitOfWork) -> tuple[int, int]:
            overdue = uow.ledger.open_since(uow.ledger.database_time() - ledger.OPEN_TOO_LONG, ledger.NAMED)
            return len(overdue), len(uow.jobs.dead(ledger.NAMED))

        overdue, dead = await parts.store.read(look)
        silent = await silence.Listener(parts.hub).look()
    finally:
        await parts.close()
    times = words.Times(now, settings.city.time_zone)
    found = [words.silent(name, one, times) for name, one in silent.items()]
    if overdue:
        found.append(f"{overdue} ontvangsten zonder uitkomst; zie `onthaal ledger`")
    if dead:
        found.append(f"{dead} mislukte taken; een leidinggevende ziet ze in de werkplek onder Mislukt")
    if found:
        raise LookAtThis(" · ".join(found))
    return "alles wat binnenkwam is gelezen, geen kanaal is te lang stil"


async def _faces(settings: Settings) -> str:
    htmx = settings.web.node_modules / "htmx.org" / "dist" / "htmx.min.js"
    if not htmx.is_file():
        raise errors.BadSettings(f"{htmx} ontbreekt; draai `npm ci --omit=dev`")
    return "htmx staat klaar"


_MAIL: tuple[tuple[str, Callable[[Any], Awaitable[str]]], ...] = (
    ("mail in", wires.mail_in),
    ("mail uit", wires.mail_out),
)
