"""Brings the schema of a database up to date; the steps are in `migrations/versions`."""

import threading
from collections.abc import Callable
from importlib import resources
from typing import TypeVar

import sqlalchemy as sa
from alembic import command, config, script, util
from alembic.runtime import migration
from sqlalchemy import exc

from intake import errors
from intake.store import database, faults

T = TypeVar("T")


def migrate(of: database.Database, to: str = "head") -> str:
    """Create the tables, or bring those of an older version up to `to`, in one transaction; returns the version.

    Runs beside other programs: they wait for each other.

    Raises:
        BadSettings: the database is newer than this program, or is no database.
        StoreFull: it cannot be opened.
    """
    return through(of.writer(is_patient=True), lambda connection: _upgrade(of, connection, to), of.name)


def is_current(of: database.Database) -> bool:
    """Whether the database has the schema that this program expects.

    Raises:
        StoreFull: it cannot be read.
    """
    expected = script.ScriptDirectory.from_config(_settings()).get_current_head()
    return through(of.reader(), version_of, of.name) == expected


def _upgrade(of: database.Database, connection: sa.Connection, to: str) -> str:
    settings = _settings()
    with connection.begin():
        of.take_turn(connection)
        settings.attributes["connection"] = connection
        try:
            command.upgrade(settings, to)
        except util.CommandError as error:
            raise errors.BadSettings(
                f"De database {of.name} is van een nieuwere versie van Onthaal. Start die versie, of zet de "
                "reservekopie van voor de overgang terug."
            ) from error
        return version_of(connection) or ""


def version_of(connection: sa.Connection) -> str | None:
    """The version of the schema behind this connection; None without tables."""
    return migration.MigrationContext.configure(connection).get_current_revision()


def _settings() -> config.Config:
    settings = config.Config()
    settings.set_main_option("script_location", str(resources.files("intake.store") / "migrations").replace("%", "%%"))
    return settings


def through(door: database.Door, work: Callable[[sa.Connection], T], name: str) -> T:
    """Run `work` in a thread of its own, as a door may have an event loop and the caller may be in one; then close.

    Raises:
        BadSettings: `name` is no database of ours, or a damaged one.
        StoreFull: it cannot be opened.
    """
    result: list[T] = []
    problems: list[Exception] = []

    def run() -> None:
        try:
            result.append(door.run(work))
        except Exception as error:  # noqa: BLE001 - raised by the caller below
            problems.append(error)
        finally:
            door.close()

    thread = threading.Thread(target=run, name="store-schema")
    thread.start()
    thread.join()
    if problems:
        raise _meaning(problems[0], name) from problems[0]
    return result[0]


def _meaning(problem: Exception, name: str) -> Exception:
    if isinstance(problem, exc.DatabaseError) and faults.is_no_database(problem):
        return errors.BadSettings(f"{name} is geen database van Onthaal, of is beschadigd. Zet een reservekopie terug.")
    return faults.meaning(problem)
