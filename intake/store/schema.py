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

    def work(connection: sa.Connection) -> str:
        with connection.begin():
            of.take_turn(connection)
            return upgrade(of, connection, to)

    return through(of.writer(is_patient=True), work, of.name)


def is_current(of: database.Database) -> bool:
    """Whether the database has the schema that this program expects; looking makes no database.

    Raises:
        StoreFull: it cannot be read.
    """
    return _look(of) == _head()


def require(of: database.Database) -> None:
    """For who only visits: nothing is changed.

    Raises:
        BadSettings: the database is not there, or of another version than this program.
        StoreFull: it cannot be read.
    """
    found, expected = _look(of), _head()
    if found is None:
        raise errors.BadSettings(f"Er is nog geen database in {of.name}. Draai eerst `onthaal migrate`.")
    if found != expected:
        raise errors.BadSettings(
            f"De database {of.name} heeft schema {found}; deze versie van Onthaal werkt met {expected}. Draai "
            "`onthaal migrate`, of gebruik de versie die erbij hoort."
        )


def is_fresh(of: database.Database) -> bool:
    """Whether nothing of ours was ever there."""
    return _look(of) is None


def _look(of: database.Database) -> str | None:
    return through(of.reader(), version_of, of.name) if of.is_there() else None


def _head() -> str | None:
    return script.ScriptDirectory.from_config(_settings()).get_current_head()


def upgrade(of: database.Database, connection: sa.Connection, to: str = "head") -> str:
    """As `migrate`, in an open transaction that has its turn. A schema that is past `to` stays as it is."""
    settings = _settings()
    settings.attributes["connection"] = connection
    try:
        command.upgrade(settings, to)
    except util.CommandError as error:
        raise errors.BadSettings(
            f"De database {of.name} is van een nieuwere versie van Onthaal. Start die versie, of zet de "
            "reservekopie van voor de overgang terug."
        ) from error
    return version_of(connection) or ""


def is_known(version: str) -> bool:
    """Whether this program has the steps up to that version."""
    try:
        script.ScriptDirectory.from_config(_settings()).get_revision(version)
    except util.CommandError:
        return False
    return True


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
    told = faults.meaning(problem)
    return errors.BadSettings(str(told)) if isinstance(problem, faults.RefusedError) else told
