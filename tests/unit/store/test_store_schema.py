import contextlib
import re
import sqlite3
from concurrent import futures

import pytest
from alembic import autogenerate
from alembic.runtime import migration

from intake import errors
from intake.store import opening, schema, sqlite, tables


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


def in_postgresql(server, url):
    """Columns, constraints and indexes as PostgreSQL itself writes them."""
    questions = {
        "columns": "SELECT table_name, column_name, data_type, is_nullable, collation_name, column_default "
        "FROM information_schema.columns WHERE table_schema = 'public'",
        "constraints": "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint "
        "WHERE connamespace = 'public'::regnamespace",
        "indexes": "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    }
    name = url.rpartition("/")[2]
    return {
        what: sorted(str(tuple(row)) for row in server.execute(name, asked) if "alembic" not in str(tuple(row)))
        for what, asked in questions.items()
    }


def test_on_postgresql_too_the_migrated_schema_is_the_one_in_the_tables(postgres_server, tmp_path):
    grown, made = postgres_server.fresh(), postgres_server.fresh(is_migrated=False)
    door = opening.database_at(made, tmp_path).writer()

    def create(connection):
        with connection.begin():
            tables.metadata.create_all(connection)

    schema.through(door, create, "made")

    def compare(connection):
        context = migration.MigrationContext.configure(connection, opts={"compare_type": True})
        return autogenerate.compare_metadata(context, tables.metadata)

    assert schema.through(opening.database_at(grown, tmp_path).reader(), compare, "grown") == []
    by_migration, by_metadata = in_postgresql(postgres_server, grown), in_postgresql(postgres_server, made)
    assert by_migration == by_metadata
    assert any("uq_queue_item_open" in index for index in by_metadata["indexes"])
    assert any("'C'" in column for column in by_metadata["columns"] if "contact_word" in column)
    for url in (grown, made):
        postgres_server.drop(url)


def test_hubs_that_start_at_the_same_moment_migrate_once(postgres_server, tmp_path):
    url = postgres_server.fresh(is_migrated=False)
    with futures.ThreadPoolExecutor(3) as pool:
        versions = set(pool.map(lambda _: schema.migrate(opening.database_at(url, tmp_path)), range(3)))
    assert len(versions) == 1
    assert schema.is_current(opening.database_at(url, tmp_path))
    postgres_server.drop(url)


def test_a_newer_database_is_refused_with_what_to_do(tmp_path):
    path = tmp_path / "later.db"
    schema.migrate(sqlite.SqliteDatabase(path))
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(errors.BadSettings, match="nieuwere versie"):
        schema.migrate(sqlite.SqliteDatabase(path))


def test_a_file_that_is_no_database_is_refused_with_what_to_do(tmp_path):
    path = tmp_path / "broken.db"
    path.write_bytes(b"geen database " * 1000)
    with pytest.raises(errors.BadSettings, match="beschadigd"):
        schema.migrate(sqlite.SqliteDatabase(path))
