"""The forms of feed that can be read, and how one is recognised."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from intake import errors
from intake.catalogue import cevi, importing, ipdc, samenwerkende_catalogi, sdg, tabular, yaml_city
from intake.domain import feed


def _yaml(documents: Sequence[importing.Document], wishes: importing.Wishes) -> feed.Reading:
    return yaml_city.read(documents, source=wishes.source, unit=wishes.unit)


FORMS: Final[Mapping[str, importing.Form]] = {
    form.name: form
    for form in (
        importing.Form(name="yaml", endings=yaml_city.ENDINGS, read=_yaml),
        importing.Form(
            name="sc",
            endings=(".xml",),
            next_pages=samenwerkende_catalogi.next_pages,
            read=samenwerkende_catalogi.read,
        ),
        importing.Form(name="ipdc", endings=(".json", ".jsonld"), next_pages=ipdc.next_pages, read=ipdc.read),
        importing.Form(name="cevi", endings=(".xml",), read=cevi.read),
        importing.Form(name="sdg", endings=(".json",), next_pages=sdg.next_pages, read=sdg.read),
        importing.Form(name="csv", endings=(".csv", ".tsv"), read=tabular.read_csv),
        importing.Form(name="jsonl", endings=(".jsonl",), read=tabular.read_json_lines),
    )
}
ENDINGS: Final = tuple(sorted({ending for form in FORMS.values() for ending in form.endings}))
_LOOKED_AT: Final = 65_536
_BY_ENDING: Final = {".yaml": "yaml", ".yml": "yaml", ".csv": "csv", ".tsv": "csv", ".jsonl": "jsonl"}
_BY_CONTENT: Final = (
    ("cevi", re.compile(rb"<(?:ProductCatalog|string)\b|LPDC\.Export")),
    ("sc", re.compile(rb"<\w*:?(?:scproducten|scproduct|searchRetrieveResponse)\b")),
    ("sdg", re.compile(rb'"(?:upnUri|upnLabel|vertalingen|kennisartikel)"\s*:')),
    ("ipdc", re.compile(rb'"(?:isVersionOf|versionOfPath|linkedConcept)"\s*:|"(?:EventStream|Instantie|Concept)\w*"')),
    ("jsonl", re.compile(rb'\s*\{[^\n]*"(?:title|titel)"\s*:[^\n]*\}\s*(?:\n|\Z)')),
)
"""By words that only this form has; the first that fits."""


def ending_of(name: str) -> str:
    """The ending of a file or of the path of an address."""
    path = re.split(r"[?#]", name)[0]
    return "." + path.rpartition(".")[2].lower() if "." in path.rsplit("/", 1)[-1] else ""


def guessed(document: importing.Document) -> importing.Form:
    """The form of a document by its name, else by what stands in it. Raises Invalid when neither tells."""
    by_name = _BY_ENDING.get(ending_of(document.name))
    if by_name is not None:
        return FORMS[by_name]
    head = document.content[:_LOOKED_AT]
    for name, words in _BY_CONTENT:
        if words.search(head):
            return FORMS[name]
    raise errors.Invalid(f"{document.name}: welke vorm dit heeft, is niet te zien. Kies er een met --format.")
