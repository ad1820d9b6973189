import re
import sqlite3

import sqlalchemy as sa
from alembic import autogenerate
from alembic.runtime import migration
from sqlalchemy.dialects import postgresql

from intake.store import schema, sqlite, tables


def described(connection):
    """Every table and index as SQLite keeps it, without differences of writing; table constraints in any order."""
    found = {}
    names = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")
    for name, sql in names:
        if name.startswith(("alembic", "sqlite_")):
            continue
        head, _, body = re.sub(r"\s+", " ", sql.replace('"', "")).partition("(")
        parts = re.split(r", (?![^(]*\))", body.rpartition(")")[0]) if head.startswith("CREATE TABLE") else [body]
        found[name] = (head.strip(), sorted(part.strip() for part in parts))
    return found


def test_the_migrated_schema_is_the_one_in_the_tables(migrated):
    made = sqlite.writer(None)
    tables.metadata.create_all(made)
    grown = sqlite.reader(migrated)
    with grown.connect() as connection:
        context = migration.MigrationContext.configure(connection, opts={"compare_type": True})
        assert autogenerate.compare_metadata(context, tables.metadata) == []
        by_migration = described(connection)
    with made.connect() as connection:
        by_metadata = described(connection)
    assert by_migration == by_metadata
    assert any("CHECK" in part for _, parts in by_metadata.values() for part in parts)
    assert len([name for name in by_metadata if name.startswith("ix_job")]) == 4
    made.dispose()
    grown.dispose()


def test_migrating_twice_changes_nothing(tmp_path):
    url = sqlite.SqliteDatabase(tmp_path / "new.db")
    assert schema.migrate(url) == schema.migrate(url)
    assert schema.is_current(url)


def test_a_database_without_tables_is_not_current(tmp_path):
    assert not schema.is_current(sqlite.SqliteDatabase(tmp_path / "empty.db"))


def test_a_migrated_database_is_in_wal_mode(migrated):
    connection = sqlite3.connect(migrated)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()


def test_the_schema_can_be_written_for_postgresql():
    for table in tables.metadata.sorted_tables:
        sa.schema.CreateTable(table).compile(dialect=postgresql.dialect())
        for index in table.indexes:
            sa.schema.CreateIndex(index).compile(dialect=postgresql.dialect())
