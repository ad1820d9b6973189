"""Puts a hub together from its settings; every part can be replaced by a test."""

import dataclasses
import enum
import logging
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from aiohttp import web

from channels.email import sandbox
from intake import errors, ports, prometheus, system
from intake.app import bots, keys, measuring, operating, parsing, refusals, registry
from intake.bot_client import client, process
from intake.catalogue import snapshot
from intake.flow import access, assign, clocks, conversations, doubt, presence, receive, reply, work
from intake.flow import hub as hub_module
from intake.settings import Settings
from intake.store import blobs, database, opening, schema, store
from intake.web import addresses, passwords, server, services

log = logging.getLogger(__name__)


DATA_DIR_MODE = 0o700
"""Citizens' questions are in it: nobody else on the machine reads along."""


@dataclasses.dataclass(kw_only=True)
class Parts:
    """A hub that is put together and not yet running. `close` lets go of what `build` opened."""

    settings: Settings
    store: store.Store
    hub: hub_module.Hub
    worker: work.Worker
    receiver: receive.Receiver
    conversations: conversations.LiveConversations
    channels: Mapping[str, ports.Channel]
    sandboxes: Mapping[str, ports.Sandbox]
    bot: client.RasaClient
    bot_process: process.BotProcess | None
    access: access.Access
    presence: presence.Presence
    clocks: clocks.Clocks
    listening: dict[str, bool]
    operation: operating.Operation
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
                health=self.operation.health,
                metrics=self.operation.metrics,
                metrics_door=services.MetricsDoor(
                    allowed=addresses.networks(self.settings.metrics.allowed),
                    token=self.settings.metrics.token.get_secret_value(),
                ),
                trusted_proxies=addresses.networks(self.settings.web.trusted_proxies),
                silent=lambda: self.operation.listener.silent,
                node_modules=self.settings.web.node_modules,
                is_secure=self.settings.public_url.startswith("https://"),
                channel_routes=routes,
                demo=self.demo,
            )
        )


def make_data_dir(settings: Settings) -> None:
    """Make the data folder. Raises BadSettings when that cannot be, or when the hub may not write in it."""
    folder = settings.data_dir
    try:
        folder.mkdir(mode=DATA_DIR_MODE, parents=True, exist_ok=True)
    except OSError as error:
        reason = refusals.why(error, folder.parent)
        raise errors.BadSettings(f"ONTHAAL_DATA_DIR: {folder} kan niet gemaakt worden: {reason}.") from error
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        raise errors.BadSettings(
            f"ONTHAAL_DATA_DIR: in {folder} kan de hub niet schrijven; geef de map aan de gebruiker van de hub."
        )


def database_of(settings: Settings) -> database.Database:
    """The database of these settings. Raises BadSettings."""
    url, password = settings.database_url.get_secret_value(), settings.database_password.get_secret_value()
    return opening.database_at(url, settings.embedded_database, password)


class Entry(enum.Enum):
    """How a program comes to the data, and so whether it may change the schema."""

    SERVE = enum.auto()
    """A hub: it brings the schema to its own version."""
    FILL = enum.auto()
    """A command that writes: it makes a first schema, but never changes one under a hub that may be running."""
    LOOK = enum.auto()
    """A command that looks: it makes and changes nothing."""


def build(settings: Settings, *, bot: client.RasaClient | None = None, entry: Entry = Entry.SERVE) -> Parts:
    """Open the store and put everything together; must run inside an event loop.

    Args:
        settings: the settings.
        bot: another bot than the one in the settings; a test brings its own.
        entry: what for.

    Raises:
        BadSettings: another hub serves this data, the bot has no model, or a command finds another schema. Nothing
            stays open then.
    """
    clock, files = system.SystemClock(), blobs.FileBlobs(settings.data_dir)
    opened = _open_store(settings, clock, files, entry)
    try:
        return _put_together(settings, opened, clock, files, bot, entry)
    except BaseException:
        opened.close_now()
        raise


def _put_together(
    settings: Settings,
    opened: store.Store,
    clock: ports.Clock,
    files: ports.Blobs,
    bot: client.RasaClient | None,
    entry: Entry,
) -> Parts:
    """Everything around an open store."""
    fresh = system.SystemIds()
    meters = prometheus.Meters()
    opened.observe(meters.committed)
    live, in_doubt = conversations.LiveConversations(), doubt.OneInDoubt()
    channels = _channels(settings, _surroundings(settings, clock, fresh, live, in_doubt))
    boxes = _sandboxes(settings, channels, meters)
    bot_process: process.BotProcess | None = None
    if bot is None:
        bot, bot_process = bots.bot_of(settings) if entry is Entry.SERVE or settings.bot.url else (bots.no_bot(), None)
    worker = work.Worker(lambda: hub)
    hub = hub_module.Hub(
        me=fresh.new(),
        store=opened,
        blobs=files,
        clock=clock,
        ids=fresh,
        bot=measuring.MeasuredBot(bot, meters),
        parser=measuring.MeasuredParser(parsing.ChannelParser(channels, boxes), meters),
        channels=channels,
        city=settings.desk_city(),
        policy=settings.desk_policy(),
        secret=keys.key(settings.data_dir / "secrets", "hub.key"),
        is_on_screen=live.is_on_screen,
        wake=worker.wake,
        meters=meters,
        in_doubt=in_doubt,
    )
    live.bind(hub)
    return _parts(settings, hub, opened, worker, live, boxes, meters, bot, bot_process)


def _open_store(settings: Settings, clock: ports.Clock, files: blobs.FileBlobs, entry: Entry) -> store.Store:
    """The store with the schema of this version; a hub that serves locks others out."""
    of = database_of(settings)
    may_migrate = entry is Entry.SERVE or (entry is Entry.FILL and schema.is_fresh(of))
    if not may_migrate:
        schema.require(of)
    make_data_dir(settings)
    unlock = of.lock_for_hub() if entry is Entry.SERVE else None  # before the schema changes under a hub that runs
    try:
        if may_migrate:
            schema.migrate(of)
        return store.Store.open(of, clock=clock, files=files, unlock=unlock)
    except errors.IntakeError:
        if unlock is not None:
            unlock()
        raise


def _surroundings(
    settings: Settings,
    clock: ports.Clock,
    fresh: ports.Ids,
    live: conversations.LiveConversations,
    in_doubt: doubt.OneInDoubt,
) -> ports.Surroundings:
    return ports.Surroundings(
        clock=clock,
        ids=fresh,
        conversations=live,
        data_dir=str(settings.data_dir),
        city_name=settings.city.name,
        public_url=settings.public_url,
        in_doubt=in_doubt,
    )


def _channels(settings: Settings, surroundings: ports.Surroundings) -> dict[str, ports.Channel]:
    """The channels that are switched on, by name."""
    return {
        name: registry.kind(name).build(of_channel, surroundings)
        for name, of_channel in registry.switched_on(settings).items()
    }


def _sandboxes(
    settings: Settings, channels: Mapping[str, ports.Channel], meters: prometheus.Meters
) -> dict[str, ports.Sandbox]:
    """A sandbox for every channel that reads what anybody can send."""
    return {
        name: sandbox.Sandbox(
            size=settings.parse_workers, wall_seconds=settings.parse_seconds, killed=meters.worker_killed
        )
        for name, channel in channels.items()
        if channel.abilities.untrusted
    }


def _parts(
    settings: Settings,
    hub: hub_module.Hub,
    opened: store.Store,
    worker: work.Worker,
    live: conversations.LiveConversations,
    boxes: Mapping[str, ports.Sandbox],
    meters: prometheus.Meters,
    bot: client.RasaClient,
    bot_process: process.BotProcess | None,
) -> Parts:
    """What runs around the hub."""
    listening = dict.fromkeys(hub.channels, False)
    return Parts(
        settings=settings,
        store=opened,
        hub=hub,
        worker=worker,
        receiver=receive.Receiver(hub),
        conversations=live,
        channels=hub.channels,
        sandboxes=boxes,
        bot=bot,
        bot_process=bot_process,
        presence=presence.Presence(hub, live),
        clocks=clocks.Clocks(hub),
        access=access.Access(hub, passwords.Argon2()),
        listening=listening,
        operation=operating.Operation(
            settings=settings,
            hub=hub,
            meters=meters,
            listening=listening,
            conversations=live,
            bot=bot,
            bot_process=bot_process,
        ),
    )
