"""`onthaal check`: opens every wire and says what works, and what to do where it does not."""

import asyncio
import dataclasses
import shutil
from collections.abc import Awaitable, Callable

from intake import errors
from intake.app import composition, registry
from intake.settings import Settings

CONNECT_SECONDS = 5.0
LEAST_FREE_BYTES = 1_000_000_000


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What one check found."""

    name: str
    is_ok: bool
    says: str


async def run(settings: Settings) -> list[Result]:
    """Every check, also when an earlier one failed."""
    found = [await _one(name, check, settings) for name, check in _CHECKS]
    email = registry.switched_on(settings).get("email")
    if email is not None:
        found.append(
            await _connect("mail uit", email.relay_host, email.relay_port, "ONTHAAL_CHANNELS__EMAIL__RELAY_HOST")
        )
        found.append(_addresses(email.addresses))
    return found


async def _one(name: str, check: Callable[[Settings], Awaitable[str]], settings: Settings) -> Result:
    try:
        return Result(name=name, is_ok=True, says=await check(settings))
    except (errors.IntakeError, OSError) as error:
        return Result(name=name, is_ok=False, says=str(error))


async def _disk(settings: Settings) -> str:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(settings.data_dir).free
    if free < LEAST_FREE_BYTES:
        raise errors.BadSettings(f"nog {free // 1_000_000} MB vrij in {settings.data_dir}; maak ruimte")
    return f"{free // 1_000_000_000} GB vrij in {settings.data_dir}"


async def _store(settings: Settings) -> str:
    parts = composition.build(settings, owns_data=False)
    try:
        groups = await parts.store.read(lambda uow: uow.directory.groups())
        products = await parts.store.read(lambda uow: uow.products.all())
    finally:
        await parts.close()
    if not groups:
        raise errors.BadSettings("er zijn nog geen groepen; voeg er een toe met `onthaal group add --front-desk`")
    return f"{len(groups)} groepen, {len(products)} producten"


async def _bot(settings: Settings) -> str:
    if settings.bot.url is None:
        model = composition.model_of(settings)
        python = settings.bot.folder / ".venv" / "bin" / "python"
        if not python.exists():
            raise errors.BadSettings(f"{python} ontbreekt; draai `make setup`")
        return f"start met de hub mee, model {model.name}"
    bot, _ = composition.bot_of(settings)
    try:
        if not await bot.is_ready():
            raise errors.BadSettings(f"{settings.bot.url} antwoordt niet; kijk of Rasa draait en het token klopt")
    finally:
        await bot.close()
    return f"{settings.bot.url} antwoordt"


async def _faces(settings: Settings) -> str:
    htmx = settings.web.node_modules / "htmx.org" / "dist" / "htmx.min.js"
    if not htmx.is_file():
        raise errors.BadSettings(f"{htmx} ontbreekt; draai `npm ci --omit=dev`")
    return "htmx staat klaar"


async def _connect(name: str, host: str, port: int, setting: str) -> Result:
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            _, writer = await asyncio.open_connection(host, port)
    except OSError as error:
        return Result(name=name, is_ok=False, says=f"{host}:{port} neemt niet op ({error}); kijk naar {setting}")
    writer.close()
    await writer.wait_closed()
    return Result(name=name, is_ok=True, says=f"{host}:{port} neemt op")


def _addresses(addresses: tuple[str, ...]) -> Result:
    if not addresses:
        return Result(name="mail in", is_ok=False, says="geen adressen; zet ONTHAAL_CHANNELS__EMAIL__ADDRESSES")
    return Result(name="mail in", is_ok=True, says=", ".join(addresses))


_CHECKS: tuple[tuple[str, Callable[[Settings], Awaitable[str]]], ...] = (
    ("schijf", _disk),
    ("database", _store),
    ("bot", _bot),
    ("werkplek", _faces),
)
