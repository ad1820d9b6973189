"""The demo city: loaded at first start, with log-ins of this installation and a catcher for all mail it sends."""

import contextlib
import dataclasses
import fcntl
import json
import logging
import os
from collections.abc import AsyncGenerator, Generator, Mapping
from pathlib import Path
from typing import Any

from channels.email import catcher
from intake import errors, ports
from intake.app import composition, keys, registry
from intake.catalogue import yaml_city
from intake.flow import access, catalogue, groups
from intake.settings import Settings
from intake.web import services

log = logging.getLogger(__name__)

CITY_FOLDER = Path("demo/voorbeeldstad")
LOGINS = "demo-logins.json"
GIVEN = "demo-settings.json"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """The settings of a running demo, and its catcher's folder."""

    settings: Settings
    city: yaml_city.WrittenCity
    folder: Path


@contextlib.asynccontextmanager
async def prepare(folder: Path = CITY_FOLDER) -> AsyncGenerator[Running]:
    """Read the city, start the catcher, and make the settings that bring both together.

    Raises:
        BadSettings: the demo would be open to others, or the settings are wrong.
    """
    city = yaml_city.read_city(folder)
    first = registry.load_settings()
    if not first.is_loopback and not first.demo.public:
        raise errors.BadSettings(
            f"De demo toont haar wachtwoorden en luistert alleen op deze machine, niet op {first.web.host}. "
            "Zet ONTHAAL_DEMO__PUBLIC=true als u dat toch wilt."
        )
    composition.make_data_dir(first)
    caught = first.data_dir / "demo-mail"
    server, port = await catcher.start(caught)
    try:
        given = {
            "city": {
                "name": city.name,
                "domain": city.domain,
                "mail_address": city.mail_addresses[0],
                "phone": city.phone,
                "time_zone": city.time_zone,
            },
            "channels": {
                "email": {
                    "addresses": city.mail_addresses,
                    "relay_host": "127.0.0.1",
                    "relay_port": port,
                    "relay_tls": "none",
                    "relay_username": "",
                }
            },
        }
        settings = registry.load_settings(**given)
        with _told(first.data_dir / GIVEN, given):
            yield Running(settings=settings, city=city, folder=caught)
    finally:
        await server.close()


@contextlib.contextmanager
def _told(file: Path, given: Mapping[str, Any]) -> Generator[None]:
    """Keep what the demo sets itself where `settings_now` finds it; the lock says that the demo still runs.

    A second hub of the same demo (on PostgreSQL) leaves that to the first.
    """
    with os.fdopen(os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600), "r+", encoding="utf-8") as written:
        try:
            fcntl.flock(written, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield
            return
        written.truncate()
        json.dump(given, written)
        written.flush()
        try:
            yield
        finally:
            file.unlink(missing_ok=True)


def settings_now(data_dir: Path) -> dict[str, Any]:
    """What the demo that runs on this data set itself; empty when none runs, also after one that was killed."""
    try:
        with (data_dir / GIVEN).open(encoding="utf-8") as written:
            try:
                fcntl.flock(written, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return json.load(written)
    except (OSError, ValueError):  # none, or one that is just starting
        pass
    return {}


async def load(parts: composition.Parts, running: Running) -> services.Demo:
    """Bring the city into the store; a second start changes only what changed in its files."""
    city = running.city
    await groups.load_organisation(parts.hub, city.groups, city.units)
    done = await catalogue.refresh(parts.hub, city.products, withdraw_others=True, withdraw_most=True)
    counts = {"added": done.added, "changed": done.changed, "same": done.same, "withdrawn": done.withdrawn}
    log.info("demo_loaded", extra=counts)
    logins = await _logins(parts, city)
    return services.Demo(
        logins=logins,
        mails=lambda limit: catcher.newest(running.folder, limit),
        mail=lambda name: _mail(running.folder, name),
    )


async def _logins(parts: composition.Parts, city: yaml_city.WrittenCity) -> list[tuple[str, str, str]]:
    """Log-ins with a random password of this installation, kept for the next start."""
    path = parts.settings.data_dir / "secrets" / LOGINS
    kept = _kept(path)
    passwords = {e.email: kept.get(e.email) or _password(parts.hub.ids) for e in city.employees}
    keys.write_private(path, json.dumps(passwords, indent=1))
    for employee in city.employees:
        known = await parts.store.read(lambda uow, email=employee.email: uow.directory.login(email))
        is_new = known is None or employee.email not in kept
        if is_new or known is None or known[0] != employee:
            await parts.access.put_employee(employee, passwords[employee.email] if is_new else None)
    names = {group.id: group.name for group in city.groups}
    return [(e.email, passwords[e.email], ", ".join(names[group] for group in e.groups)) for e in city.employees]


def _kept(path: Path) -> dict[str, str]:
    """The log-ins of an earlier start; a damaged file means new passwords."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def _password(fresh: ports.Ids) -> str:
    return access.fingerprint(fresh.secret())[:16]


def _mail(folder: Path, name: str) -> dict[str, Any] | None:
    try:
        return catcher.read(folder, name)
    except errors.NotFound:
        return None
