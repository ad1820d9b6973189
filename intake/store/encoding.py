"""Domain values to rows and back. Columns have the names of the fields, so most of it is a copy."""

import dataclasses
from collections.abc import Callable, Mapping
from datetime import date, time
from functools import cache
from typing import Any, TypeVar

import sqlalchemy as sa

from intake.domain import catalogue, handler_group, ids, message

V = TypeVar("V")

AnyRow = sa.Row[*tuple[Any, ...]]
"""A row of any statement."""


@cache
def _names(value_class: type[Any]) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(value_class))


def columns(table: sa.Table, value_class: type[Any]) -> list[sa.Column[Any]]:
    """The columns of `table` that hold the fields of `value_class`."""
    return [table.c[name] for name in _names(value_class)]


def to_row(value: Any) -> dict[str, Any]:
    """A dataclass as a row."""
    return {name: getattr(value, name) for name in _names(type(value))}


def fields(row: AnyRow) -> dict[str, Any]:
    """A row by the names of its columns."""
    return dict(row._mapping)  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] - the documented name


def from_row(value_class: Callable[..., V], row: AnyRow) -> V:
    """A row (of exactly `columns`) as a dataclass."""
    return value_class(**fields(row))


def message_row(new: message.Message) -> dict[str, Any]:
    """A message as a row."""
    row = to_row(new)
    row["choices"] = [[choice.id, choice.text] for choice in new.choices]
    row["ranking"] = list(new.ranking)
    return row


def message_of(row: AnyRow) -> message.Message:
    """A row as a message."""
    values = fields(row)
    values["choices"] = tuple(message.Choice(id=key, text=text) for key, text in values["choices"])
    values["ranking"] = tuple(values["ranking"])
    return message.Message(**values)


def calendar_json(calendar: handler_group.Calendar) -> dict[str, Any]:
    """Opening hours as JSON: times as HH:MM[:SS], days as ISO dates."""
    return {
        "week": [[[start.isoformat(), end.isoformat()] for start, end in day] for day in calendar.week],
        "holidays": sorted(day.isoformat() for day in calendar.holidays),
        "time_zone": calendar.time_zone,
    }


def calendar_of(stored: Mapping[str, Any]) -> handler_group.Calendar:
    """JSON as opening hours."""
    return handler_group.Calendar(
        week=tuple(
            tuple((time.fromisoformat(start), time.fromisoformat(end)) for start, end in day) for day in stored["week"]
        ),
        holidays=frozenset(date.fromisoformat(day) for day in stored["holidays"]),
        time_zone=stored["time_zone"],
    )


def group_of(row: AnyRow) -> handler_group.HandlerGroup:
    """A row as a handler group."""
    values = fields(row)
    values["calendar"] = calendar_of(values["calendar"])
    return handler_group.HandlerGroup(**values)


_LISTS = ("condition", "procedure", "evidence", "exception", "objection")


def product_json(product: catalogue.Product) -> dict[str, Any]:
    """The content of a product as JSON, without its version and its withdrawal: equal content is equal JSON."""
    sections = {name: getattr(product.sections, name) for name in _names(catalogue.Sections)}
    return {
        "title": dict(product.title),
        "upl": product.upl,
        "unit_id": product.unit_id,
        "theme": product.theme,
        "audience": list(product.audience),
        "keywords": {language: list(words) for language, words in product.keywords.items()},
        "examples": {language: list(words) for language, words in product.examples.items()},
        "sections": {name: list(value) if name in _LISTS else value for name, value in sections.items()},
        "url": product.url,
        "changed": product.changed.isoformat(),
        "source": product.source,
        "source_id": product.source_id,
    }


def product_now(stored: Mapping[str, Any]) -> dict[str, Any]:
    """Stored content as `product_json` writes it today: what older versions did not have yet is added."""
    return {
        "source": catalogue.WRITTEN,
        "source_id": "",
        **stored,
        "sections": {"objection": [], **stored["sections"]},
    }


def product_of(row: AnyRow) -> catalogue.Product:
    """A row with id, version, withdrawn_at and content as a product."""
    content = product_now(row.content)
    sections: dict[str, Any] = {
        name: tuple(value) if name in _LISTS else value for name, value in content["sections"].items()
    }
    content |= {
        "unit_id": ids.UnitId(content["unit_id"]),
        "audience": tuple(content["audience"]),
        "keywords": {language: tuple(words) for language, words in content["keywords"].items()},
        "examples": {language: tuple(words) for language, words in content["examples"].items()},
        "sections": catalogue.Sections(**sections),
        "changed": date.fromisoformat(content["changed"]),
    }
    return catalogue.Product(id=row.id, version=row.version, withdrawn_at=row.withdrawn_at, **content)
