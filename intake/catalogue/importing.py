"""What all importers share: what they read, what is asked of them, and how records become products."""

import contextlib
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, Literal

from intake.catalogue import texts
from intake.domain import catalogue, feed, ids

MAX_TITLE_CHARS: Final = 300
MAX_SECTION_CHARS: Final = 20_000
_LANGUAGES: Final = ("nl", "en", "fr")
_AUDIENCES: Final[Mapping[str, str]] = {
    "burger": "burger",
    "particulier": "burger",
    "eu-burger": "burger",
    "onderneming": "onderneming",
    "ondernemer": "onderneming",
    "bedrijf": "onderneming",
    "eu-bedrijf": "onderneming",
    "vereniging": "vereniging",
}
"""Our three audiences by the words of IPDC (doelgroepen), Samenwerkende Catalogi (Doelgroep) and SDG (doelgroep)."""

Address = Literal["u", "je"]
"""How the city speaks to its citizens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One file or one page of a feed. `name` is its file name or its address."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What who imports asks.

    Attributes:
        source: the name of the feed.
        today: the date in the city; stands in for a date of change that a feed does not tell.
        unit: the unit of products that name none; empty: none.
        address: which of two Dutch texts is taken, where a feed has both.
        columns: our fields by the names that a table gives its columns.
    """

    source: str
    today: date
    unit: str = ""
    address: Address = "u"
    columns: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One form of feed.

    Attributes:
        name: as `--format` takes it.
        endings: of its files in a folder.
        read: all products of the documents. Raises Invalid for a document that is not of this form at all.
        next_pages: the addresses of other pages that a page names; none by itself, for most forms are one document.
    """

    name: str
    endings: tuple[str, ...]
    read: Callable[[Sequence[Document], Wishes], feed.Reading]
    next_pages: Callable[[Document], Sequence[str]] = lambda _: ()


class Refusal(Exception):
    """A record cannot be taken in; the message says why, in Dutch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What stands in one record, in plain text; empty where it tells nothing.

    `upl` holds all uniform names it has: the first is the product's, the others become words to find it by.
    """

    source_id: str
    title: Mapping[str, str]
    sections: catalogue.Sections
    unit: str = ""
    upl: Sequence[str] = ()
    theme: str = ""
    audience: Sequence[str] = ()
    keywords: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])
    examples: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])
    url: str = ""
    changed: date | None = None
    product_id: ids.ProductId | None = None
    """None: made of source and source_id."""


class Collector:
    """Takes the records of one reading, one after the other."""

    def __init__(self, wishes: Wishes) -> None:
        self._wishes = wishes
        self._products: dict[ids.ProductId, catalogue.Product] = {}
        self._refused: list[feed.Refused] = []
        self._ended: set[ids.ProductId] = set()
        self._undated: set[ids.ProductId] = set()

    @contextlib.contextmanager
    def record(self, place: str, product_id: ids.ProductId | None) -> Generator[None]:
        """Around the reading of one record: a `Refusal` is kept with its place, and the next record goes on."""
        try:
            yield
        except Refusal as refused:
            self._refused.append(feed.Refused(place=place, why=str(refused), product_id=product_id))

    def id_of(self, source_id: str) -> ids.ProductId:
        """The id of the product that the feed calls so."""
        return feed.product_id(self._wishes.source, source_id)

    def end(self, product_id: ids.ProductId) -> None:
        """Remember that the feed calls this product archived, ended or not published."""
        self._ended.add(product_id)

    def put(self, found: Found) -> None:
        """Make a product of what was found. Raises Refusal."""
        product_id = found.product_id or self.id_of(found.source_id)
        if product_id in self._products:
            raise Refusal(f"id {found.source_id or product_id} bestaat al")
        self._products[product_id] = _product(found, product_id, self._wishes)
        if found.changed is None:
            self._undated.add(product_id)

    def reading(self, *, missing: str = "") -> feed.Reading:
        """All that was taken in."""
        return feed.Reading(
            source=self._wishes.source,
            products=tuple(self._products.values()),
            refused=tuple(self._refused),
            ended=frozenset(self._ended - self._products.keys()),
            undated=frozenset(self._undated),
            missing=missing,
        )


def _product(found: Found, product_id: ids.ProductId, wishes: Wishes) -> catalogue.Product:
    title = {language: found.title[language] for language in _LANGUAGES if found.title.get(language)}
    if "nl" not in title:
        raise Refusal("geen Nederlandse titel")
    if any(len(text) > MAX_TITLE_CHARS for text in title.values()):
        raise Refusal(f"de titel is langer dan {MAX_TITLE_CHARS} tekens")
    url = texts.web_address(found.url)
    upl, *more_upl = _distinct(found.upl) or [""]
    keywords = {language: tuple(_distinct(found.keywords.get(language, ()))) for language in _LANGUAGES}
    keywords["nl"] = tuple(_distinct([*keywords["nl"], *more_upl]))
    return catalogue.Product(
        id=product_id,
        title=title,
        upl=upl or None,
        unit_id=ids.UnitId(found.unit or wishes.unit),
        theme=found.theme,
        audience=tuple(_distinct([_AUDIENCES.get(word.lower(), "") for word in found.audience])),
        keywords={language: words for language, words in keywords.items() if words},
        examples={language: tuple(_distinct(said)) for language, said in found.examples.items() if said},
        sections=_checked(found.sections, url),
        url=url or f"/producten/{product_id}",
        changed=found.changed or wishes.today,
        source=wishes.source,
        source_id=found.source_id,
    )


def _checked(sections: catalogue.Sections, url: str) -> catalogue.Sections:
    shown: dict[str, Any] = {name: getattr(sections, name) for name in catalogue.Sections.__dataclass_fields__}
    for name, value in shown.items():
        if len(value if isinstance(value, str) else "\n".join(value)) > MAX_SECTION_CHARS:
            raise Refusal(f"{name}: langer dan {MAX_SECTION_CHARS} tekens")
    if shown["description"]:
        return sections
    public = [value for name, value in shown.items() if name not in {"internal", "contact"} and value]
    if not public and not url:
        raise Refusal("geen tekst voor de burger, en geen webadres waar die staat")
    shown["description"] = "" if public else f"De uitleg staat op {url}"
    return catalogue.Sections(**shown)


def _distinct(words: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(word for word in words if word))
