"""What the project wrote itself: how citizens say each uniform name, and questions with their answers."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ruamel.yaml import YAML

from onthaal_bot.ranking import catalogue

GLOSS_WEIGHT: Final = 3.0


@dataclass(frozen=True, slots=True)
class Phrase:
    """A text that means the uniform name."""

    name: str
    text: str
    weight: float = GLOSS_WEIGHT


@dataclass(frozen=True, slots=True)
class Own:
    """Everything of our own that is learned from."""

    gloss: tuple[Phrase, ...] = ()
    products: tuple[catalogue.Product, ...] = ()
    """Of a city that was written with examples and key words, as a good editor does."""
    asked: tuple[tuple[str, frozenset[str]], ...] = ()
    """Everyday questions about those, with the ids that answer them."""
    foreign: tuple[str, ...] = ()
    """Texts that no product answers."""

    @property
    def names(self) -> set[str]:
        """The uniform names that are glossed."""
        return {one.name for one in self.gloss}

    @property
    def everyday(self) -> list[tuple[str, frozenset[str]]]:
        """The everyday questions with the uniform names of their products, where they have one."""
        names = {product.id: product.names for product in self.products}
        found = [(text, frozenset(name for one in ids for name in names.get(one, ()))) for text, ids in self.asked]
        return [(text, meant) for text, meant in found if meant]


def read(folder: Path | None) -> Own:
    """From `upl/gloss.tsv` and `questions/*_dev.jsonl` of a folder such as nlu_data, and the demo city beside it.

    Raises:
        OSError: a file cannot be read.
    """
    if folder is None:
        return Own()
    gloss = folder / "upl" / "gloss.tsv"
    everyday = folder / "upl" / "everyday.tsv"
    foreign = folder / "questions" / "refuse_dev.jsonl"
    asked = folder / "questions" / "colloquial_dev.jsonl"
    city = folder.parent / "demo" / "voorbeeldstad" / "products"
    return Own(
        products=tuple(_products(city)),
        asked=tuple((str(one["text"]), frozenset(one["expected"])) for one in _lines(asked)) if asked.is_file() else (),
        gloss=tuple(phrase for path in (gloss, everyday) if path.is_file() for phrase in _gloss(path)),
        foreign=tuple(str(one["text"]) for one in _lines(foreign)) if foreign.is_file() else (),
    )


def _products(folder: Path) -> Iterator[catalogue.Product]:
    reader = YAML(typ="safe")
    for path in sorted(folder.glob("*.yaml")):
        for given in reader.load(path.read_text(encoding="utf-8")):
            sections = given["sections"]
            parts = [sections["description"], *(sections.get("condition") or ()), *(sections.get("procedure") or ())]
            yield catalogue.Product(
                id=given["id"],
                names=(given["upl"],) if given.get("upl") else (),
                wordings={
                    "nl": catalogue.Wording(
                        title=given["title"]["nl"],
                        keywords=tuple((given.get("keywords") or {}).get("nl") or ()),
                        examples=tuple((given.get("examples") or {}).get("nl") or ()),
                        text="\n".join(parts),
                    )
                },
            )


def _gloss(path: Path) -> Iterator[Phrase]:
    for line in path.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            name, *parts = line.split("\t")
            for part in parts:
                yield from (Phrase(name, phrase.strip()) for phrase in part.split("; ") if phrase.strip())


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    yield from (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip())
