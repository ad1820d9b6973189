"""Products of the API of the Single Digital Gateway, in Dutch and English; articles of a KISS knowledge base too.

Two kinds of records are in use: one per product with its `vertalingen`, and one per product and language, of which the
two languages share their uniform name (`upnUri`). Source: VNG SDG invoervoorziening 1.8.3; Ondernemersplein SDG API;
the object type `kennisartikel` of KISS.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from intake import errors
from intake.catalogue import importing, texts, values
from intake.domain import catalogue, feed, ids

_NAMES: Final[Mapping[str, Sequence[str]]] = {
    "title": ("titel", "productTitelDecentraal"),
    "text": ("tekst", "specifiekeTekst"),
    "procedure": ("procedureBeschrijving",),
    "evidence": ("bewijs",),
    "condition": ("vereisten",),
    "objection": ("bezwaarEnBeroep",),
    "silence": ("wtdBijGeenReactie",),
    "cost": ("kostenEnBetaalmethoden",),
    "term": ("uitersteTermijn",),
    "contact": ("contact",),
}
"""Our parts by the names of the API, and by those of a knowledge article where they differ."""
_INTERNAL: Final = ("deskMemo", "toelichting", "notice")
"""Written for employees: they land in `internal`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Record:
    """A product with its two texts. `product_id` is None when the record names no id."""

    place: str
    source_id: str
    product_id: ids.ProductId | None
    whole: values.Object
    dutch: values.Object | None
    english: values.Object | None


def next_pages(document: importing.Document) -> Sequence[str]:
    """See `importing.Form`."""
    page = values.parsed(document)
    following = page.get("next") if isinstance(page, dict) else None
    return (following,) if isinstance(following, str) and following else ()


def read(documents: Sequence[importing.Document], wishes: importing.Wishes) -> feed.Reading:
    """See `importing.Form`."""
    collector = importing.Collector(wishes)
    records: list[tuple[str, values.Object]] = []
    expected = seen = 0
    for document in documents:
        page = values.parsed(document)
        expected = max(expected, _count(page))
        results = _results(page, document.name)
        seen += len(results)
        for number, record in enumerate(results, 1):
            place = f"{document.name} nr. {number}"
            with collector.record(place, None):
                records.append((place, values.object_of(record)))
    for record in _paired(records, collector):
        with collector.record(record.place, record.product_id):
            if record.product_id is None:
                raise importing.Refusal("geen id")
            if _is_over(record.whole, wishes):
                collector.end(record.product_id)
            else:
                collector.put(_found(record))
    lost = expected - seen
    return collector.reading(missing=f"{lost} van de {expected} records zijn niet gelezen" if lost > 0 else "")


def _count(page: Any) -> int:
    count = page.get("count") if isinstance(page, dict) else None
    return count if isinstance(count, int) else 0


def _results(page: Any, name: str) -> Sequence[Any]:
    results = page.get("results") if isinstance(page, dict) else page
    if results is None:
        return [page]  # one product, as the API gives it by its address
    if not isinstance(results, list):
        raise errors.Invalid(f"{name}: verwacht een lijst van producten.")
    return results


def _paired(records: Sequence[tuple[str, values.Object]], collector: importing.Collector) -> list[_Record]:
    """Each product once. An English record without its Dutch one is refused; a Dutch one stands alone."""
    languages = [_language(record) for _, record in records]
    names = [str(record.get("upnUri") or "") for _, record in records]
    times = Counter(zip(names, languages, strict=True))
    english = {
        name: record
        for (_, record), name, language in zip(records, names, languages, strict=True)
        if language == "en" and name and times[name, "nl"] == times[name, "en"] == 1
    }
    found: list[_Record] = []
    for (place, record), name, language in zip(records, names, languages, strict=True):
        with collector.record(place, None):
            source_id = _id(record)
            dutch, english_one = record, english.get(name)
            if language == "":
                translations = {_language(one): one for one in values.objects(record, "vertalingen")}
                dutch, english_one = translations.get("nl"), translations.get("en")
            elif language != "nl":
                if name in english:
                    continue  # its Dutch one takes it along
                dutch = None
            found.append(
                _Record(
                    place=f"{place} ({source_id or 'zonder id'})",
                    source_id=source_id,
                    product_id=collector.id_of(source_id) if source_id else None,
                    whole=record,
                    dutch=dutch,
                    english=english_one,
                )
            )
    return found


def _language(record: values.Object) -> str:
    said = record.get("taal")
    return said.lower()[:2] if isinstance(said, str) else ""


def _id(record: values.Object) -> str:
    for name in ("id", "uuid", "url", "upnUri"):
        said = values.string(record, name)
        if said:
            return said.rstrip("/").rsplit("/", 1)[-1] if name == "url" else said
    return ""


def _is_over(record: values.Object, wishes: importing.Wishes) -> bool:
    """A draft, published later, or not offered by this city."""
    if record.get("productAanwezig") is False:
        return True
    if "publicatieDatum" not in record:
        return False
    published = texts.day(values.string(record, "publicatieDatum"))
    return published is None or published > wishes.today


def _found(record: _Record) -> importing.Found:
    if record.dutch is None:
        raise importing.Refusal("geen Nederlandse tekst")
    dutch, whole = record.dutch, record.whole
    link = dutch.get("procedureLink") or dutch.get("decentraleProcedureLink")
    days = [values.string(of, name) for of in (dutch, whole) for name in ("datumWijziging", "laatstGewijzigd")]
    groups = [*values.strings(whole, "doelgroep"), *values.strings(whole, "upnDoelgroep")]
    return importing.Found(
        source_id=record.source_id,
        title={"nl": _title(dutch), "en": _title(record.english or {})},
        sections=catalogue.Sections(
            description=_text(dutch, "text"),
            condition=texts.lines(_text(dutch, "condition")),
            procedure=(*texts.lines(_text(dutch, "procedure")), *_link(link)),
            evidence=texts.lines(_text(dutch, "evidence")),
            cost=_text(dutch, "cost"),
            term=_text(dutch, "term"),
            objection=(*texts.lines(_text(dutch, "objection")), *texts.lines(_text(dutch, "silence"))),
            contact=_text(dutch, "contact"),
            internal="\n\n".join(said for name in _INTERNAL if (said := texts.of_markdown(values.string(dutch, name)))),
        ),
        unit=_unit(whole, dutch),
        upl=[texts.line(values.string(whole, "upnLabel"))],
        audience=groups,
        keywords={"nl": _words(dutch), "en": _words(record.english or {})},
        url=_url(whole),
        changed=next((day for said in days if (day := texts.day(said))), None),
    )


def _first(of: values.Object, part: str) -> str:
    return next((said for name in _NAMES[part] if (said := values.string(of, name).strip())), "")


def _title(of: values.Object) -> str:
    return texts.line(_first(of, "title"))


def _text(of: values.Object, part: str) -> str:
    return texts.of_markdown(_first(of, part))


def _link(link: Any) -> tuple[str, ...]:
    label, address = "", link if isinstance(link, str) else ""
    if isinstance(link, dict):
        label, address = texts.line(values.string(link, "label")), values.string(link, "url")
    address = texts.web_address(address)
    return (": ".join(part for part in (label, address) if part),) if address else ()


def _unit(*records: values.Object) -> str:
    for record in records:
        for unit in values.objects(record, "afdelingen"):
            name = values.string(unit, "afdelingnaam") or values.string(unit, "afdelingNaam")
            if name:
                return feed.slug(name)
    return ""


def _words(of: values.Object) -> list[str]:
    found = [values.string(one, "trefwoord") for one in _either(of, "trefwoorden")]
    found += [values.string(one, "synonym") for one in _either(of, "synonyms")]
    return [texts.line(word) for word in found]


def _either(of: values.Object, name: str) -> list[values.Object]:
    """A list of records, or of plain words."""
    listed = of.get(name)
    if isinstance(listed, list) and all(isinstance(one, str) for one in listed):
        return [{"trefwoord": one, "synonym": one} for one in listed]
    return values.objects(of, name)


def _url(record: values.Object) -> str:
    """The page for citizens; the address of the record in the API is none."""
    said = values.string(record, "url")
    return "" if "/api/" in said else said
