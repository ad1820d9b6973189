"""Copies the content of a database as lines of JSON, and back into an empty one, also of the other kind."""

import base64
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event

from intake import errors
from intake.store import columns, database, schema, tables

ROWS = 500
"""So many rows are read or written at a time."""

PASSING = frozenset({"lease", "open_chat", "login_session"})
"""What means nothing later: who is there now."""

Progress = Callable[[int], None]
"""Called with a number of rows that were done since the call before."""

_NAMES_FILE = {"receipt": "blob_sha256", "attachment": "sha256"}
"""The column that names a kept file, per table."""


def kept() -> list[sa.Table]:
    """The tables of an archive, each after those that it points at."""
    return [table for table in tables.metadata.sorted_tables if table.name not in PASSING]


def file_named(table: str, line: str) -> str | None:
    """The kept file that a line of `dump` names; None for most lines."""
    column = _NAMES_FILE.get(table)
    return None if column is None else json.loads(line)[column]


def dump(of: database.Database, take: Callable[[str, Iterator[str]], None], counted: Callable[[int], None]) -> str:
    """Give every table to `take` as its name and its rows as lines, all of one moment; returns the schema version.

    Args:
        of: the database; hubs may go on working in it.
        take: called for each table in turn; it reads the lines before it returns.
        counted: called first, with the number of all rows.

    Raises:
        BadSettings: the database has another schema than this program: migrate it first.
        StoreFull: it cannot be read.
    """
    if not schema.is_current(of):
        raise errors.BadSettings(f"De database {of.name} heeft een ander schema. Draai eerst `onthaal migrate`.")

    def work(connection: sa.Connection) -> str:
        with connection.begin():
            counted(sum(connection.execute(sa.select(sa.func.count()).select_from(t)).scalar_one() for t in kept()))
            for table in kept():
                take(table.name, _lines(connection, table))
            return schema.version_of(connection) or ""

    return schema.through(of.reader(is_patient=True), work, of.name)


def load(
    of: database.Database,
    version: str,
    names: Sequence[str],
    read: Callable[[str], Iterable[str]],
    progress: Progress,
) -> None:
    """Fill an empty database with what `dump` gave, and bring it to the present schema, in one transaction.

    The rows go into tables of the archive's own version, whatever today's look like; then the steps that came after it
    are done to them, as they were to every database of that version.

    Args:
        of: the database; an empty one may have any schema of ours.
        version: the schema version of the archive.
        names: the tables of the archive, each after those that it points at.
        read: gives the lines of a table.
        progress: hears of the rows that were written.

    Raises:
        BadSettings: the database is not empty, or the archive is of a newer version or does not fit its own.
        StoreFull: it cannot be written.
    """
    if not schema.is_known(version):
        raise errors.BadSettings("Deze reservekopie is van een nieuwere versie van Onthaal.")

    def work(connection: sa.Connection) -> None:
        with connection.begin():
            of.take_turn(connection)
            _refuse_filled(of, connection)
            _make_tables(of, connection, version)
            there = _tables_of(connection)
            for name in names:
                _fill(connection, there.tables[name], read(name), progress)
            if connection.dialect.name == "postgresql":  # it changes no table with checks that still have to be done
                connection.execute(sa.text("SET CONSTRAINTS ALL IMMEDIATE"))
            schema.upgrade(of, connection)
            connection.execute(
                sa.update(tables.job).where(tables.DOING).values(state="todo", claim=None, lease_until=None)
            )

    try:
        schema.through(of.writer(is_patient=True), work, of.name)
    except (errors.Conflict, errors.Invalid) as error:
        raise errors.BadSettings(
            f"De rijen van de kopie passen niet bij elkaar of bij schema {version}. Er is niets teruggezet. Neem een "
            "andere kopie."
        ) from error


def _refuse_filled(of: database.Database, connection: sa.Connection) -> None:
    there = _tables_of(connection)
    ours = [there.tables[table.name] for table in reversed(kept()) if table.name in there.tables]
    for table in ours:
        if connection.execute(sa.select(sa.literal(1)).select_from(table).limit(1)).first() is not None:
            raise errors.BadSettings(
                f"De database {of.name} is niet leeg ({table.name}). Zet de kopie terug in een lege database."
            )


def _make_tables(of: database.Database, connection: sa.Connection, version: str) -> None:
    """Make the tables of `version` in an empty database; a schema that is past it is made again, as none goes back."""
    if schema.upgrade(of, connection, version) == version:
        return
    schema.upgrade(of, connection)
    tables.metadata.drop_all(connection)
    connection.execute(sa.text("DROP TABLE alembic_version"))
    schema.upgrade(of, connection, version)


def _tables_of(connection: sa.Connection) -> sa.MetaData:
    """The tables as they are now, with the types that keep what JSON does not tell apart."""
    there = sa.MetaData()

    @event.listens_for(there, "column_reflect")
    def give_type(_inspector: object, _table: object, column: Any) -> None:  # pyright: ignore[reportUnusedFunction]
        if isinstance(column["type"], sa.DateTime):
            column["type"] = columns.UtcTime()
        elif isinstance(column["type"], sa.JSON):
            column["type"] = columns.json_column()

    there.reflect(connection)
    return there


def _lines(connection: sa.Connection, table: sa.Table) -> Iterator[str]:
    chosen = sa.select(table).order_by(*table.primary_key.columns)
    rows = connection.execution_options(yield_per=ROWS).execute(chosen)
    for row in rows:
        values = zip(table.columns, row, strict=True)
        yield columns.to_json({column.name: _plain(value) for column, value in values})


def _fill(connection: sa.Connection, table: sa.Table, lines: Iterable[str], progress: Progress) -> None:
    """Insert the rows; what points at the same table is set when all of them are there."""
    own = [key.parent for key in table.foreign_keys if key.column.table is table]
    later: list[Mapping[str, Any]] = []
    batch: list[dict[str, Any]] = []

    def put() -> None:
        if batch:
            connection.execute(sa.insert(table), batch)
            progress(len(batch))
            batch.clear()

    for line in lines:
        row = {name: _valued(table.columns[name], value) for name, value in json.loads(line).items()}
        later += [{"row_id": row["id"], "value": row[column.name]} for column in own if row[column.name] is not None]
        batch.append(row | {column.name: None for column in own})
        if len(batch) == ROWS:
            put()
    put()
    for column in own:
        if later:
            same = sa.update(table).where(table.c.id == sa.bindparam("row_id"))
            connection.execute(same.values({column.name: sa.bindparam("value")}), later)
    _count_on(connection, table)


def _count_on(connection: sa.Connection, table: sa.Table) -> None:
    """PostgreSQL numbers rows by a sequence that does not look at the table: move it behind the last."""
    number = table.autoincrement_column
    if number is None or connection.dialect.name != "postgresql":
        return
    last = sa.select(sa.func.coalesce(sa.func.max(number), 0) + 1).scalar_subquery()
    sequence = sa.func.pg_get_serial_sequence(table.name, number.name)
    connection.execute(sa.select(sa.func.setval(sequence, last, sa.false())))


def _plain(value: Any) -> Any:
    """A value as JSON has it."""
    match value:
        case datetime():
            return value.astimezone(UTC).isoformat()
        case bytes():
            return base64.b64encode(value).decode("ascii")
        case _:
            return value


def _valued(column: sa.Column[Any], value: Any) -> Any:
    """The value again, by the type of its column."""
    if value is None:
        return None
    match column.type:
        case columns.UtcTime():
            return datetime.fromisoformat(value)
        case sa.LargeBinary():
            return base64.b64decode(value)
        case _:
            return value
