"""Column types that keep the domain's promises: times are aware and in UTC, closed sets come back as enums."""

import functools
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar

import pydantic_core
import sqlalchemy as sa
from sqlalchemy.engine import Dialect

E = TypeVar("E", bound=StrEnum)

TIME_CHARS = 26
"""`2026-11-22 09:00:00.000000`, without the zone that follows it."""


class UtcTime(sa.TypeDecorator[datetime]):
    """A moment. Takes only times with a zone, gives them back in UTC; text order is time order on SQLite."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """To UTC.

        Raises:
            ValueError: the time has no zone.
        """
        if value is None or value.tzinfo is UTC:
            return value
        if value.tzinfo is None:
            raise ValueError("A time without a zone may not be stored: take it from the Clock.")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Aware, in UTC."""
        return None if value is None else value.astimezone(UTC)

    def bind_processor(self, dialect: Dialect) -> Any:
        """SQLite has no times: there it is text, in UTC, without the zone (the same as SQLAlchemy's, but quicker)."""
        if dialect.name != "sqlite":
            return super().bind_processor(dialect)

        def to_text(value: datetime | None) -> str | None:
            if value is not None and value.tzinfo is not UTC:
                value = self.process_bind_param(value, dialect)
            return None if value is None else _text(value)

        return to_text

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:
        """The text of `bind_processor` as a time again."""
        if dialect.name != "sqlite":
            return super().result_processor(dialect, coltype)

        def to_time(value: str | None) -> datetime | None:
            return None if value is None else datetime.fromisoformat(value).replace(tzinfo=UTC)

        return to_time


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


def to_json(value: object) -> str:
    """How JSON is written, in the same way on every database.

    Raises:
        ValueError: something is in it that JSON or UTF-8 has not.
    """
    return pydantic_core.to_json(value, inf_nan_mode="constants").decode()


@functools.lru_cache(maxsize=256)
def _text(value: datetime) -> str:
    """One moment stands in several columns and rows of a commit."""
    return value.isoformat(" ", "microseconds")[:TIME_CHARS]
