"""Products, questions and foreign texts of an evaluation, as JSON Lines.

Fields of a product: `id`, `title`, `description` and, where there, `upl` (list of uniform product names), `keywords`
and further texts. Of a question: `text`, `lang`, `expected` (ids of products, or uniform names), `accept` (names that
count too). Of a foreign text, which no product answers: `text`, `lang`, `kind`, `borderline`.
"""

import dataclasses
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from intake import errors
from intake.catalogue import snapshot, yaml_city
from intake.domain import catalogue

_TEXTS = ("description", "conditions", "procedure", "how_to_apply")
_LANGUAGE = "nl"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """A product to be found."""

    id: str
    title: str
    text: str = ""
    keywords: tuple[str, ...] = ()
    names: frozenset[str] = frozenset()
    """Its uniform product names."""
    written: Mapping[str, Any] | None = None
    """The entry of the snapshot, where the product has more than these fields."""

    def entry(self) -> dict[str, Any]:
        """The product in the form of the snapshot that the bot reads."""
        if self.written is not None:
            return dict(self.written)
        return {
            "id": self.id,
            "version": 1,
            "upl": sorted(self.names),
            "title": {_LANGUAGE: self.title},
            "keywords": {_LANGUAGE: list(self.keywords)},
            "examples": {},
            "text": {_LANGUAGE: self.text},
        }


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A text with what answers it. `accepted` is empty for a foreign text."""

    text: str
    language: str
    accepted: frozenset[str] = frozenset()
    kind: str = ""
    is_borderline: bool = False

    def is_answered_by(self, product: Product) -> bool:
        """A hit: the id is expected, or one of the names is accepted."""
        return product.id in self.accepted or not self.accepted.isdisjoint(product.names)


def products(path: Path) -> list[Product]:
    """The products of JSON Lines, or of a folder with a city's YAML. Raises Invalid with the line that is none."""
    if path.is_dir():
        return [_written(product) for product in yaml_city.read_products(path).products]
    found = [_product(record) for record in _records(path, ("id", "title"))]
    if len({product.id for product in found}) < len(found):
        raise errors.Invalid(f"{path}: een id komt meer dan één keer voor.")
    return found


def _product(record: Mapping[str, Any]) -> Product:
    return Product(
        id=str(record["id"]),
        title=str(record["title"]),
        text="\n".join(str(record[name]) for name in _TEXTS if record.get(name)),
        keywords=tuple(_words(record.get("keywords"))),
        names=frozenset(name.lower() for name in _words(record.get("upl"))),
    )


def _written(product: catalogue.Product) -> Product:
    (entry,) = snapshot.content([product])["products"]
    return Product(
        id=product.id,
        title=product.title_in(_LANGUAGE),
        names=frozenset([product.upl] if product.upl else ()),
        written=entry,
    )


def questions(paths: Sequence[Path]) -> list[Question]:
    """The questions of files. Raises Invalid."""
    return [
        Question(
            text=str(record["text"]),
            language=str(record.get("lang") or _LANGUAGE),
            accepted=frozenset([*_words(record["expected"]), *_words(record.get("accept"))]),
            kind=str(record.get("kind") or ""),
        )
        for path in paths
        for record in _records(path, ("text", "expected"))
    ]


def foreign(paths: Sequence[Path]) -> list[Question]:
    """The texts that no product answers. Raises Invalid."""
    return [
        Question(
            text=str(record["text"]),
            language=str(record.get("lang") or _LANGUAGE),
            kind=str(record.get("kind") or "").partition(":")[0],
            is_borderline=bool(record.get("borderline")) or record.get("kind") == "borderline",
        )
        for path in paths
        for record in _records(path, ("text",))
    ]


def _words(value: object) -> list[str]:
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return [str(part) for part in value] if isinstance(value, list) else []


def _records(path: Path, needed: Sequence[str]) -> Iterator[Mapping[str, Any]]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise errors.Invalid(f"{path} is niet te lezen als tekst in UTF-8.") from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except ValueError as error:
            raise errors.Invalid(f"{path}: regel {number} is geen JSON.") from error
        if not isinstance(record, dict) or any(not record.get(name) for name in needed):
            raise errors.Invalid(f"{path}: regel {number} mist een van de velden {', '.join(needed)}.")
        yield record
