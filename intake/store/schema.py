"""Brings the schema of a database up to date; the steps are in `migrations/versions`."""

from importlib import resources

import sqlalchemy as sa
from alembic import command, config, script
from alembic.runtime import migration

from intake.store import engine


def migrate(database_url: str) -> str:
    """Create the tables, or bring those of an older version up, in one transaction; returns the version.

    `engine.sqlite_url` makes the URL of a file. Runs beside other programs: they wait for each other.
    """
    settings = _settings()
    connecting = engine.writer(database_url)
    try:
        with connecting.connect() as connection:
            settings.attributes["connection"] = connection
            command.upgrade(settings, "head")
            return _version(connection) or ""
    finally:
        connecting.dispose()


def is_current(database_url: str) -> bool:
    """Whether the database has the schema that this program expects."""
    connecting = engine.reader(database_url)
    try:
        with connecting.connect() as connection:
            return _version(connection) == script.ScriptDirectory.from_config(_settings()).get_current_head()
    finally:
        connecting.dispose()


def _version(connection: sa.Connection) -> str | None:
    return migration.MigrationContext.configure(connection).get_current_revision()


def _settings() -> config.Config:
    settings = config.Config()
    settings.set_main_option("script_location", str(resources.files("intake.store") / "migrations").replace("%", "%%"))
    return settings
