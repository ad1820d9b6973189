"""A city written down in YAML: groups, units, employees and products. See demo/voorbeeldstad."""

import dataclasses
from collections.abc import Sequence
from datetime import date, time
from pathlib import Path
from typing import Any, Literal

import pydantic
import yaml

from intake import errors, refused_values
from intake.catalogue import files, importing
from intake.domain import catalogue, feed, handler_group, ids

_Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


ENDINGS = (".yaml", ".yml")


class _Strict(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="forbid", frozen=True)


class _Sections(_Strict):
    description: str = pydantic.Field(min_length=1)
    condition: tuple[str, ...] = ()
    procedure: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    cost: str = ""
    term: str = ""
    validity: str = ""
    exception: tuple[str, ...] = ()
    objection: tuple[str, ...] = ()
    contact: str = ""
    internal: str = ""


class _Titles(_Strict):
    nl: str = pydantic.Field(min_length=1)
    en: str | None = None
    fr: str | None = None


class _Product(_Strict):
    id: str = pydantic.Field(pattern=r"^[a-z0-9-]{2,80}$")
    title: _Titles
    upl: str | None = None
    unit: str
    audience: tuple[Literal["burger", "onderneming", "vereniging"], ...] = ()
    theme: str = ""
    keywords: dict[str, tuple[str, ...]] = {}
    examples: dict[str, tuple[str, ...]] = {}
    changed: date
    url: str = ""
    sections: _Sections


class _Unit(_Strict):
    id: str
    name: str
    group: str


class _Group(_Strict):
    id: str
    name: str
    front_desk: bool = False
    description: str = ""
    hours: dict[_Day, tuple[str, ...]]
    answer_within_hours: float = pydantic.Field(gt=0)


class _Employee(_Strict):
    id: str
    name: str
    email: str
    role: handler_group.Role = handler_group.Role.EMPLOYEE
    groups: tuple[str, ...]


class _City(_Strict):
    name: str
    domain: str
    mail_addresses: tuple[str, ...] = pydantic.Field(min_length=1)
    phone: str
    time_zone: str = "Europe/Brussels"
    public_holidays: tuple[date, ...] = ()
    units: tuple[_Unit, ...]
    groups: tuple[_Group, ...] = pydantic.Field(min_length=1)
    employees: tuple[_Employee, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class WrittenCity:
    """A whole city as domain values. `units` are (id, name, group)."""

    name: str
    domain: str
    mail_addresses: tuple[str, ...]
    phone: str
    time_zone: str
    groups: tuple[handler_group.HandlerGroup, ...]
    units: tuple[tuple[ids.UnitId, str, ids.GroupId], ...]
    employees: tuple[handler_group.Employee, ...]
    products: feed.Reading


def read_city(folder: Path) -> WrittenCity:
    """Read `city.yaml` and `products/*.yaml` of a folder. Raises Invalid with file and place of every fault."""
    city = _parse(folder / "city.yaml", _City)
    front_desks = [group.id for group in city.groups if group.front_desk]
    if len(front_desks) != 1:
        now = ", ".join(front_desks) or "geen"
        raise errors.Invalid(f"{folder / 'city.yaml'}: precies één groep heeft `front_desk: true`; nu: {now}.")
    holidays = frozenset(city.public_holidays)
    return WrittenCity(
        name=city.name,
        domain=city.domain,
        mail_addresses=city.mail_addresses,
        phone=city.phone,
        time_zone=city.time_zone,
        groups=tuple(_group(group, holidays, city.time_zone) for group in city.groups),
        units=tuple((ids.UnitId(u.id), u.name, ids.GroupId(u.group)) for u in city.units),
        employees=tuple(
            handler_group.Employee(
                id=ids.EmployeeId(e.id),
                name=e.name,
                email=e.email.lower(),
                role=e.role,
                groups=tuple(ids.GroupId(g) for g in e.groups),
            )
            for e in city.employees
        ),
        products=read_products(folder / "products"),
    )


def read_products(folder: Path) -> feed.Reading:
    """The products in the YAML files of a folder. Raises Invalid."""
    return read(files.documents(folder, ENDINGS), source=catalogue.WRITTEN)


def read(documents: Sequence[importing.Document], *, source: str, unit: str = "") -> feed.Reading:
    """The products of YAML documents; `unit` is that of products that name none.

    A broken record never blocks the others. Raises Invalid for a document that is no YAML.
    """
    products: dict[str, catalogue.Product] = {}
    refused: list[feed.Refused] = []
    for document in documents:
        records = _parsed(document)
        if not isinstance(records, list):
            raise errors.Invalid(f"{document.name}: verwacht een lijst van producten.")
        for number, record in enumerate(records, 1):
            place = f"{document.name} nr. {number}"
            try:
                product = _product(_Product.model_validate(_with_unit(record, unit)), source)
            except pydantic.ValidationError as error:
                refused.append(feed.Refused(place=place, why=_why(error), product_id=_id_of(record)))
                continue
            if product.id in products:
                why = f"id {product.id} bestaat al"
                refused.append(feed.Refused(place=place, why=why, product_id=product.id))
                continue
            products[product.id] = product
    return feed.Reading(source=source, products=tuple(products.values()), refused=tuple(refused))


def _with_unit(record: Any, unit: str) -> Any:
    return {"unit": unit, **record} if unit and isinstance(record, dict) else record


def _id_of(record: Any) -> ids.ProductId | None:
    said = record.get("id") if isinstance(record, dict) else None
    return ids.ProductId(said) if isinstance(said, str) and feed.is_id(said) else None


def _yaml(file: Path) -> Any:
    return _parsed(importing.Document(name=str(file), content=files.content(file)))


def _parsed(document: importing.Document) -> Any:
    file = document.name
    try:
        return yaml.safe_load(document.content.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise errors.Invalid(f"{file} is geen tekst in UTF-8.") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f" op regel {mark.line + 1}, teken {mark.column + 1}" if mark else ""
        raise errors.Invalid(f"{file} is geen YAML: kijk{place}.") from error
    except (yaml.YAMLError, ValueError) as error:  # a sign that no YAML has, or a date that no calendar has
        raise errors.Invalid(f"{file} bevat een teken of een datum die niet bestaat.") from error


def _parse(file: Path, kind: type[_City]) -> _City:
    try:
        return kind.model_validate(_yaml(file))
    except pydantic.ValidationError as error:
        raise errors.Invalid(f"{file}: {_why(error)}") from error


def _why(error: pydantic.ValidationError) -> str:
    return "; ".join(refused_values.line(fault) for fault in error.errors())


def _group(group: _Group, holidays: frozenset[date], time_zone: str) -> handler_group.HandlerGroup:
    hours: dict[str, tuple[str, ...]] = {str(day): spans for day, spans in group.hours.items()}
    return handler_group.HandlerGroup(
        id=ids.GroupId(group.id),
        name=group.name,
        description=group.description,
        is_front_desk=group.front_desk,
        calendar=handler_group.Calendar(
            week=tuple(
                tuple(span(hours_of_day, group.id) for hours_of_day in hours.get(day, ()))
                for day in handler_group.WEEKDAYS
            ),
            holidays=holidays,
            time_zone=time_zone,
        ),
        answer_within_hours=group.answer_within_hours,
    )


def span(text: str, group: str) -> tuple[time, time]:
    """Opening hours of one day such as 09:00-12:30. Raises Invalid."""
    try:
        start, end = (time.fromisoformat(part.strip()) for part in text.split("-"))
    except ValueError as error:
        raise errors.Invalid(f"Groep {group}: {text!r} is geen tijd zoals 09:00-12:30.") from error
    if start >= end:
        raise errors.Invalid(f"Groep {group}: {text!r} eindigt voor het begint.")
    return start, end


def _product(record: _Product, source: str) -> catalogue.Product:
    return catalogue.Product(
        id=ids.ProductId(record.id),
        title={key: value for key, value in record.title.model_dump().items() if value},
        upl=record.upl,
        unit_id=ids.UnitId(record.unit),
        theme=record.theme,
        audience=record.audience,
        keywords=record.keywords,
        examples=record.examples,
        sections=catalogue.Sections(**record.sections.model_dump()),
        url=record.url or f"/producten/{record.id}",
        changed=record.changed,
        source=source,
    )
