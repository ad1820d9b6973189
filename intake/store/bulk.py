"""Many rows in one go: the statement is made once, and values are bound column by column.

SQLAlchemy's own way looks at every value of every row by name; on the path of every receipt that was a third of the
cost of keeping it (docs/performance.md).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect


class Plan:
    """One insert of rows with always the same keys, for one database."""

    def __init__(self, insert: sa.Insert, dialect: Dialect, keys: Sequence[str]) -> None:
        compiled: Any = insert.compile(dialect=dialect, column_keys=list(keys))
        defaults = {name: bind.value for name, bind in compiled.binds.items()}
        binding = compiled._bind_processors  # noqa: SLF001 - how values become what the driver takes
        self.sql = str(compiled)
        self._cells = [(name, binding.get(name), defaults.get(name)) for name in compiled.positiontup]

    def cells(self, rows: Sequence[Mapping[str, Any]]) -> list[tuple[Any, ...]]:
        """The rows as the driver takes them."""
        columns: list[list[Any]] = []
        for name, bind, default in self._cells:
            values = [row.get(name, default) for row in rows]
            columns.append([bind(value) for value in values] if bind else values)
        return list(zip(*columns, strict=True))


def insert(connection: sa.Connection, statement: sa.Insert, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert `rows`, which all have the same keys.

    The plan stays with the connection of the driver, under the identity of the statement: use a statement that is made
    one time for the whole program.
    """
    plans: dict[Any, Plan] = connection.info.setdefault("plans", {})
    name = (statement, tuple(rows[0]))
    plan = plans.get(name)
    if plan is None:
        plan = plans[name] = Plan(statement, connection.dialect, name[1])
    connection.exec_driver_sql(plan.sql, plan.cells(rows))
