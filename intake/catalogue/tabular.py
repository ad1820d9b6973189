"""Products in a table: CSV with the names of its columns in the first row, or one JSON object a line."""

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from intake import errors
from intake.catalogue import importing, ipdc, texts, values
from intake.domain import catalogue, feed, ids

_COLUMNS: Final[Mapping[str, Sequence[str]]] = {
    "id": ("id", "productid", "product_id"),
    "title": ("title", "titel", "naam", "productnaam", "title_nl", "titel_nl"),
    "title_en": ("title_en", "titel_en"),
    "title_fr": ("title_fr", "titel_fr"),
    "description": ("description", "omschrijving", "beschrijving", "abstract", "samenvatting", "tekst"),
    "condition": ("condition", "conditions", "voorwaarde", "voorwaarden"),
    "procedure": ("procedure", "how_to_apply", "aanpak", "aanvragen", "werkwijze"),
    "evidence": ("evidence", "bewijs", "meebrengen", "meenemen", "wat_meebrengen"),
    "cost": ("cost", "costs", "kost", "kosten", "prijs", "tarief"),
    "term": ("term", "termijn", "doorlooptijd"),
    "validity": ("validity", "geldig", "geldigheid"),
    "exception": ("exception", "exceptions", "uitzondering", "uitzonderingen"),
    "objection": ("objection", "bezwaar", "bezwaar_en_beroep"),
    "contact": ("contact", "contactgegevens"),
    "internal": ("internal", "intern", "interne_informatie", "deskmemo"),
    "unit": ("unit", "dienst", "afdeling"),
    "upl": ("upl", "uniformeproductnaam", "upl_naam"),
    "theme": ("theme", "themes", "thema", "themas", "subject", "onderwerp"),
    "audience": ("audience", "doelgroep", "doelgroepen"),
    "keywords": ("keywords", "trefwoorden", "zoektermen", "synoniemen"),
    "keywords_en": ("keywords_en", "trefwoorden_en"),
    "examples": ("examples", "voorbeelden", "voorbeeldvragen"),
    "url": ("url", "link", "webadres"),
    "changed": ("changed", "modified", "gewijzigd", "laatst_gewijzigd", "datum"),
}
"""Our fields, and the names of columns that mean them in any mix of capitals and with spaces or dashes for _."""
FIELDS: Final = tuple(_COLUMNS)
_SEPARATORS: Final = ";,\t"
_MAX_CELL_CHARS: Final = 1_000_000


def read_csv(documents: Sequence[importing.Document], wishes: importing.Wishes) -> feed.Reading:
    """CSV, see `importing.Form`. A cell with several words or lines has them apart by | or by a new line."""
    collector = importing.Collector(wishes)
    for document in documents:
        rows = _rows(document)
        head = [_plain(name) for name in next(rows, [])]
        column = {field: place for field in FIELDS if (place := _place(field, head, wishes)) is not None}
        if "id" not in column or "title" not in column:
            raise errors.Invalid(
                f"{document.name}: geen kolom voor id of titel. Noem ze, bijvoorbeeld --column id=Nummer."
            )
        for number, row in enumerate(rows, 2):
            if any(cell.strip() for cell in row):
                record = {field: row[place] for field, place in column.items() if place < len(row)}
                _take(collector, f"{document.name} rij {number}", record, is_exact=len(row) <= len(head))
    return collector.reading()


def read_json_lines(documents: Sequence[importing.Document], wishes: importing.Wishes) -> feed.Reading:
    """JSON Lines, see `importing.Form`."""
    collector = importing.Collector(wishes)
    for document in documents:
        for number, row in enumerate(document.content.splitlines(), 1):
            place = f"{document.name} regel {number}"
            with collector.record(place, None):
                if row.strip():
                    _take(collector, place, _named(_object(row), wishes))
    return collector.reading()


def _object(row: bytes) -> values.Object:
    try:
        return values.object_of(json.loads(row))
    except (ValueError, RecursionError) as error:
        raise importing.Refusal("geen JSON") from error


def _named(record: values.Object, wishes: importing.Wishes) -> values.Object:
    """The record by our names of its fields."""
    keys = list(record)
    head = [_plain(key) for key in keys]
    found = {field: _place(field, head, wishes) for field in FIELDS}
    return {field: record[keys[place]] for field, place in found.items() if place is not None}


def _rows(document: importing.Document) -> Iterator[list[str]]:
    try:
        text = document.content.decode("utf-8-sig")
    except UnicodeDecodeError:  # as spreadsheets on Windows still write it
        text = document.content.decode("cp1252", "replace")
    first = text.partition("\n")[0]
    separator = max(_SEPARATORS, key=first.count)
    csv.field_size_limit(_MAX_CELL_CHARS)
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    except csv.Error as error:
        raise errors.Invalid(f"{document.name} is geen CSV die te lezen is.") from error


def _plain(name: str) -> str:
    return "_".join(name.strip().lower().replace("-", " ").split())


def _place(field: str, head: Sequence[str], wishes: importing.Wishes) -> int | None:
    """Where a field stands; the name that was given for it goes before those that we know."""
    given = wishes.columns.get(field)
    names = _COLUMNS[field] if given is None else (_plain(given),)
    return next((head.index(name) for name in names if name in head), None)


def _take(collector: importing.Collector, place: str, record: values.Object, *, is_exact: bool = True) -> None:
    source_id = ""
    with collector.record(place, None):
        source_id = texts.line(values.string(record, "id")) or texts.web_address(values.string(record, "url"))
        if not source_id:
            raise importing.Refusal("geen id")
    if not source_id:
        return
    product_id = ids.ProductId(source_id) if feed.is_id(source_id) else collector.id_of(source_id)
    with collector.record(f"{place} ({source_id})", product_id):
        if not is_exact:
            raise importing.Refusal("meer cellen dan kolommen")
        collector.put(_found(source_id, product_id, record))


def _found(source_id: str, product_id: ids.ProductId, record: values.Object) -> importing.Found:
    changed = values.string(record, "changed").strip()
    day = texts.day(changed)
    if changed and day is None:
        raise importing.Refusal("changed: verwacht een datum zoals 2026-11-30")
    themes = _words(record, "theme")
    return importing.Found(
        source_id=source_id,
        product_id=product_id,
        title={
            language: texts.line(values.string(record, field))
            for language, field in (("nl", "title"), ("en", "title_en"), ("fr", "title_fr"))
        },
        sections=catalogue.Sections(
            description=_text(record, "description"),
            condition=_lines(record, "condition"),
            procedure=_lines(record, "procedure"),
            evidence=_lines(record, "evidence"),
            cost=_text(record, "cost"),
            term=_text(record, "term"),
            validity=_text(record, "validity"),
            exception=_lines(record, "exception"),
            objection=_lines(record, "objection"),
            contact=_text(record, "contact"),
            internal=_text(record, "internal"),
        ),
        unit=feed.slug(values.string(record, "unit")),
        upl=_words(record, "upl"),
        theme=ipdc.theme(themes[0]) if themes else "",
        audience=_words(record, "audience"),
        keywords={"nl": _words(record, "keywords"), "en": _words(record, "keywords_en")},
        examples={"nl": _words(record, "examples", is_sentence=True)},
        url=values.string(record, "url"),
        changed=day,
    )


def _text(record: values.Object, name: str) -> str:
    return texts.without_heading(texts.plain("\n".join(values.strings(record, name))))


def _lines(record: values.Object, name: str) -> tuple[str, ...]:
    parts = [part for said in values.strings(record, name) for part in said.split("|")]
    return tuple(row for part in parts for row in texts.lines(texts.without_heading(part)))


def _words(record: values.Object, name: str, *, is_sentence: bool = False) -> list[str]:
    """A list of words; in one text they are apart by |, a new line, or (not in a sentence) a comma or semicolon."""
    given = record.get(name)
    if isinstance(given, list):
        return [texts.line(word) for word in values.strings(record, name)]
    said = values.string(record, name)
    for sign in "|\n" if is_sentence else "|\n;,":
        if sign in said:
            return [texts.line(word) for word in said.split(sign) if word.strip()]
    return [texts.line(said)] if said.strip() else []
