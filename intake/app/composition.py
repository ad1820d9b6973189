"""Puts a hub together from its settings; every part can be replaced by a test."""

import dataclasses
import logging
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from aiohttp import web

from channels.email import sandbox
from intake import errors, ports, system
from intake.app import keys, parsing, registry
from intake.bot_client import client, process
from intake.catalogue import snapshot
from intake.flow import access, assign, conversations, receive, reply, work
from intake.flow import hub as hub_module
from intake.settings import Settings
from intake.store import blobs, engine, schema, store
from intake.web import passwords, server, services

log = logging.getLogger(__name__)

LEAST_FREE_BYTES = 50_000_000
"""With less free space the store is about to refuse."""


@dataclasses.dataclass(kw_only=True)
class Parts:
    """A hub that is put together and not yet running. `close` lets go of what `build` opened."""

    settings: Settings
    store: store.SqliteStore
    hub: hub_module.Hub
    worker: work.Worker
    receiver: receive.Receiver
    conversations: conversations.LiveConversations
    channels: Mapping[str, ports.Channel]
    sandboxes: Mapping[str, ports.Sandbox]
    bot: client.RasaClient
    bot_process: process.BotProcess | None
    access: access.Access
    listening: dict[str, bool]
    demo: services.Demo | None = None

    @property
    def snapshot_path(self) -> Path:
        """Where the bot reads the catalogue."""
        return self.settings.data_dir / "catalogue.json"

    async def refresh_snapshot(self) -> str:
        """Write the catalogue for the bot; returns its version."""
        products = await self.store.read(lambda uow: uow.products.all())
        return snapshot.write(self.snapshot_path, products)

    async def close(self) -> None:
        """Close the bot's connections, the parse workers and the store."""
        await self.bot.close()
        for box in self.sandboxes.values():
            await box.close()
        await self.store.close()

    async def health(self) -> Mapping[str, Any]:
        """See `services.Services.health`."""
        try:
            dead = len(await self.store.read(lambda uow: uow.jobs.dead(1)))
            is_store_ok = shutil.disk_usage(self.settings.data_dir).free > LEAST_FREE_BYTES
        except errors.IntakeError:
            dead, is_store_ok = 0, False
        is_bot_ok = self.bot_process.ready.is_set() if self.bot_process else await self.bot.is_ready()
        parts = {
            "store": "ok" if is_store_ok else "failed",
            "bot": "ok" if is_bot_ok else "failed",
            "dead_letters": "ok" if not dead else "waiting",
            **{f"channel_{name}": "ok" if self.listening.get(name) else "failed" for name in self.channels},
        }
        is_ok = all(state == "ok" for name, state in parts.items() if name != "dead_letters")
        return {"status": "ok" if is_ok else "degraded", "parts": parts}

    def web_application(self) -> web.Application:
        """The web server with everything behind it."""
        routes: list[tuple[str, str, services.Handler]] = []
        for channel in self.channels.values():
            of_channel: Callable[[], Sequence[tuple[str, str, services.Handler]]] | None = getattr(
                channel, "routes", None
            )
            if of_channel is not None:
                routes.extend(of_channel())
        return server.build(
            services.Services(
                hub=self.hub,
                desk=assign.Desk(self.hub),
                writer=reply.Writer(self.hub),
                access=self.access,
                conversations=self.conversations,
                health=self.health,
                node_modules=self.settings.web.node_modules,
                is_secure=self.settings.public_url.startswith("https://"),
                channel_routes=routes,
                trusted_proxies=self.settings.web.trusted_proxies,
                demo=self.demo,
            )
        )


def make_data_dir(settings: Settings) -> None:
    """Make the data folder. Raises BadSettings when that cannot be."""
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise errors.BadSettings(
            f"ONTHAAL_DATA_DIR: {settings.data_dir} is geen bruikbare map ({error.strerror})."
        ) from error


def build(settings: Settings, *, bot: client.RasaClient | None = None, owns_data: bool = True) -> Parts:
    """Open the store and put everything together; must run inside an event loop.

    Args:
        settings: the settings.
        bot: another bot than the one in the settings; a test brings its own.
        owns_data: whether this process serves the data; the command line only visits.

    Raises:
        BadSettings: another hub serves this data, or the bot has no model.
    """
    make_data_dir(settings)
    clock, fresh = system.SystemClock(), system.SystemIds()
    files = blobs.FileBlobs(settings.data_dir)
    schema.migrate(engine.sqlite_url(settings.database))
    opened = store.SqliteStore.open(settings.database, clock=clock, files=files)
    if owns_data:
        opened.lock_for_hub()
    live = conversations.LiveConversations()
    surroundings = ports.Surroundings(
        clock=clock,
        ids=fresh,
        conversations=live,
        data_dir=str(settings.data_dir),
        city_name=settings.city.name,
        public_url=settings.public_url,
    )
    on = {
        name: registry.kind(name).build(of_channel, surroundings)
        for name, of_channel in registry.switched_on(settings).items()
    }
    boxes: dict[str, ports.Sandbox] = {
        name: sandbox.Sandbox(size=settings.parse_workers, wall_seconds=settings.parse_seconds)
        for name, channel in on.items()
        if channel.abilities.untrusted
    }
    bot_process: process.BotProcess | None = None
    if bot is None:
        bot, bot_process = bot_of(settings) if owns_data or settings.bot.url else (_no_bot(), None)
    worker = work.Worker(lambda: hub)
    hub = hub_module.Hub(
        store=opened,
        blobs=files,
        clock=clock,
        ids=fresh,
        bot=bot,
        parser=parsing.ChannelParser(on, boxes),
        channels=on,
        city=settings.desk_city(),
        policy=settings.desk_policy(),
        secret=keys.key(settings.data_dir / "secrets", "hub.key"),
        is_on_screen=live.is_on_screen,
        wake=worker.wake,
    )
    live.bind(hub)
    return Parts(
        settings=settings,
        store=opened,
        hub=hub,
        worker=worker,
        receiver=receive.Receiver(hub),
        conversations=live,
        channels=on,
        sandboxes=boxes,
        bot=bot,
        bot_process=bot_process,
        access=access.Access(hub, passwords.Argon2()),
        listening=dict.fromkeys(on, False),
    )


def bot_of(settings: Settings) -> tuple[client.RasaClient, process.BotProcess | None]:
    """The bot of these settings, and its process when the hub starts it. Raises BadSettings without a model."""
    of = settings.bot
    if of.url is not None:
        return client.RasaClient(of.url, of.token.get_secret_value(), timeout_seconds=of.timeout_seconds), None
    token, port = system.SystemIds().secret(), process.free_port()
    bot = client.RasaClient(f"http://127.0.0.1:{port}", token, timeout_seconds=of.timeout_seconds)
    recipe = process.Recipe(
        python=(of.folder / ".venv" / "bin" / "python").absolute(),
        folder=of.folder,
        model=model_of(settings),
        snapshot=settings.data_dir / "catalogue.json",
        log_file=settings.data_dir / "log" / "bot.log",
        port=port,
        token=token,
    )
    return bot, process.BotProcess(recipe, bot)


def _no_bot() -> client.RasaClient:
    """For commands that only visit the data and ask the bot nothing."""
    return client.RasaClient("http://127.0.0.1:1", "")


def model_of(settings: Settings) -> Path:
    """The trained model that is used. Raises BadSettings."""
    named = settings.bot.model
    if named is not None and not named.exists():
        raise errors.BadSettings(f"ONTHAAL_BOT__MODEL: {named} bestaat niet.")
    if named is not None and named.is_file():
        return named
    folder = named or settings.data_dir / "models"
    models = sorted(folder.glob("*.tar.gz"), key=lambda path: path.stat().st_mtime)
    if not models:
        raise errors.BadSettings(f"Er is geen botmodel in {folder}. Draai `make setup`, of zet ONTHAAL_BOT__MODEL.")
    return models[-1]
