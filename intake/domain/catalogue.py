"""The product catalogue: what the city offers, and the one way in which an answer is made from it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from intake.domain import ids, wording


@dataclass(frozen=True, slots=True, kw_only=True)
class Sections:
    """The text of a product in one language; a missing part is empty. `internal` never leaves the hub."""

    description: str = ""
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


WRITTEN: Final = "yaml"
"""The source of products that the city writes down itself, and of all that were stored before sources had names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """One catalogue entry. Texts are by language code; `version` grows with every change of content."""

    id: ids.ProductId
    version: int = 1
    title: Mapping[str, str]
    upl: str | None = None
    """Uniform product name (UPL), where one fits. Source: standaarden.overheid.nl, Uniforme Productnamenlijst."""
    unit_id: ids.UnitId
    theme: str = ""
    audience: tuple[str, ...] = ()
    keywords: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    examples: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    sections: Sections
    url: str = ""
    changed: date
    source: str = WRITTEN
    """The feed it comes from: a refresh of one feed withdraws only the products of that feed."""
    source_id: str = ""
    """Its id as the feed writes it; empty where that is `id`."""
    withdrawn_at: datetime | None = None

    def title_in(self, language: str) -> str:
        """The title in this language, else in Dutch."""
        return self.title.get(language) or self.title["nl"]


TEXT_LANGUAGE = "nl"
"""The language of `Sections`: a screen reader must know it where the page around it speaks another one (WCAG 3.1.2)."""

LABELS: Mapping[str, Mapping[str, str]] = {
    "nl": {
        "cost": "Kosten",
        "term": "Klaar in",
        "validity": "Geldig",
        "how": "Zo regelt u het",
        "condition": "Voorwaarden",
        "evidence": "Breng mee",
        "objection": "Bezwaar",
        "source": "Bron",
        "changed": "gewijzigd",
        "note": "",
    },
    "en": {
        "cost": "Cost",
        "term": "Ready in",
        "validity": "Valid for",
        "how": "How to apply",
        "condition": "Conditions",
        "evidence": "Bring with you",
        "objection": "Objections",
        "source": "Source",
        "changed": "changed",
        "note": "This information is only available in Dutch. Ask for an employee if you need help in English.",
    },
}


def labels(language: str) -> Mapping[str, str]:
    """The words around an answer; a language that we do not have gets English."""
    return LABELS.get(language, LABELS["en"])


def card(product: Product, language: str) -> dict[str, Any]:
    """The answer from the catalogue as every channel renders it; holds no internal text.

    Returns:
        The card of the chat protocol: product, version, language (of the text), title, text, facts, steps, conditions,
        evidence, objections, source, note.
    """
    words = labels(language)
    sections = product.sections
    facts = (("cost", sections.cost), ("term", sections.term), ("validity", sections.validity))
    return {
        "product": product.id,
        "version": product.version,
        "language": TEXT_LANGUAGE,
        "title": product.title_in(language),
        "text": sections.description,
        "facts": [{"label": words[name], "value": value} for name, value in facts if value],
        "steps": list(sections.procedure),
        "conditions": list(sections.condition) + list(sections.exception),
        "evidence": list(sections.evidence),
        "objections": list(sections.objection),
        "source": {
            "title": product.title_in(language),
            "url": product.url,
            "changed": product.changed.isoformat(),
        },
        "note": words["note"] or None,
    }


def plain(answer: Mapping[str, Any], language: str) -> str:
    """A card as plain text, for mail and for the record: the same answer on every channel."""
    words = labels(language)
    lines = [str(answer["title"]), "", str(answer["text"])]
    if answer["facts"]:
        lines += [""] + [f"{fact['label']}: {fact['value']}" for fact in answer["facts"]]
    if answer["steps"]:
        lines += ["", f"{words['how']}:"] + [f"{no}. {step}" for no, step in enumerate(answer["steps"], 1)]
    if answer["conditions"]:
        lines += ["", f"{words['condition']}:"] + [f"- {line}" for line in answer["conditions"]]
    if answer["evidence"]:
        lines += ["", f"{words['evidence']}:"] + [f"- {line}" for line in answer["evidence"]]
    if answer.get("objections"):  # a card of an older version has none
        lines += ["", f"{words['objection']}:"] + [f"- {line}" for line in answer["objections"]]
    if answer["note"]:
        lines += ["", str(answer["note"])]
    source = answer["source"]
    changed = wording.day(source["changed"], language)
    lines += [
        "",
        f"{words['source']}: {source['title']} ({words['changed']} {changed}) {source['url']}".rstrip(),
    ]
    return "\n".join(lines)
