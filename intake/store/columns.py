"""Column types that keep the domain's promises: times are aware and in UTC, closed sets come back as enums."""

import json
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Dialect

E = TypeVar("E", bound=StrEnum)


class UtcTime(sa.TypeDecorator[datetime]):
    """A moment. Takes only times with a zone, gives them back in UTC; text order is time order on SQLite."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To UTC; SQLite has no zones, so there it is left out.

        Raises:
            ValueError: the time has no zone.
        """
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("A time without a zone may not be stored: take it from the Clock.")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Aware, in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class EnumText(sa.TypeDecorator[StrEnum]):
    """A closed set, kept as its text."""

    impl = sa.Text
    cache_ok = True

    def __init__(self, members: type[StrEnum]) -> None:
        super().__init__()
        self.members = members

    def process_bind_param(self, value: StrEnum | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """The text; refuses a value that is not in the set."""
        return None if value is None else self.members(value).value

    def process_result_value(self, value: Any | None, dialect: Dialect) -> StrEnum | None:  # noqa: ARG002
        """The member."""
        return None if value is None else self.members(value)


def json_column() -> sa.JSON:
    """A JSON value; None is SQL's NULL."""
    return sa.JSON(none_as_null=True)


def to_json(value: Any) -> str:
    """How JSON is written, in the same way on every database."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
