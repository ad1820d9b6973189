"""Products of IPDC and LPDC: pages of a Linked Data Event Stream, or single records, in JSON-LD.

A page holds versions of records; of each record the newest one counts. Source: Digitaal Vlaanderen, IPDC-LPDC data
model (InstantieSnapshot, ConceptSnapshot), and the TREE specification for relations between pages.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from intake.catalogue import importing, texts, values
from intake.domain import catalogue, feed

_LANGUAGES: Final[Mapping[importing.Address, Sequence[str]]] = {
    "u": ("nl-be-x-formal", "nl", "nl-be-x-generated-formal", "nl-be-x-informal", "nl-be-x-generated-informal"),
    "je": ("nl-be-x-informal", "nl", "nl-be-x-generated-informal", "nl-be-x-formal", "nl-be-x-generated-formal"),
}
"""In order of preference: what people wrote for that way of address, what they wrote, what a machine made of it."""
_THEMES: Final[Mapping[str, str]] = {
    "BurgerOverheid": "Burger en Overheid",
    "CultuurSportVrijeTijd": "Cultuur, Sport en Vrije Tijd",
    "EconomieWerk": "Economie en Werk",
    "MilieuEnergie": "Milieu en Energie",
    "MobiliteitOpenbareWerken": "Mobiliteit en Openbare Werken",
    "OnderwijsWetenschap": "Onderwijs en Wetenschap",
    "WelzijnGezondheid": "Welzijn en Gezondheid",
    "BouwenWonen": "Bouwen en Wonen",
}
_SAYS_NOTHING: Final = {"", "bedrag", "bewijs", "kost", "kosten", "prijs", "procedure", "voorwaarde", "voorwaarden"}
"""Names of parts that only repeat what the heading above them says."""


@dataclass(frozen=True, slots=True)
class _Version:
    at: datetime
    place: str
    record: values.Object


def theme(code: str) -> str:
    """The name of a theme by its code, which may stand at the end of an address."""
    code = code.rstrip("/").rsplit("/", 1)[-1]
    return _THEMES.get(code, texts.line(code))


def next_pages(document: importing.Document) -> Sequence[str]:
    """See `importing.Form`: every page that this one has a relation with, older and newer."""
    page = values.parsed(document)
    return _related(page) if isinstance(page, dict) else ()


def _related(page: values.Object) -> list[str]:
    view = page.get("view")
    try:
        relations = values.objects(view, "relation") if isinstance(view, dict) else []
        return [node for relation in relations if (node := values.string(relation, "node"))]
    except importing.Refusal:
        return []  # then `read` finds that pages are missing, or there are none


def read(documents: Sequence[importing.Document], wishes: importing.Wishes) -> feed.Reading:
    """See `importing.Form`."""
    collector = importing.Collector(wishes)
    newest: dict[str, _Version] = {}
    unclear: set[str] = set()
    here = {document.name for document in documents}
    named: list[str] = []
    for document in documents:
        page = values.parsed(document)
        if isinstance(page, dict):
            view = page.get("view")
            here |= {str(node.get("@id")) for node in (page, view) if isinstance(node, dict)}
            named += _related(page)
        for number, record in enumerate(_members(page), 1):
            place = f"{document.name} nr. {number}"
            key, at = "", None
            with collector.record(place, None):
                key = _key(record)
            with collector.record(f"{place} ({key})", collector.id_of(key)):
                at = _moment(record) if key else None
            if at is None:
                unclear.add(key)
            elif key not in newest or at >= newest[key].at:
                newest[key] = _Version(at, place, record)
    for key, version in newest.items():
        if key in unclear:
            continue  # nobody knows which of its versions is the newest: it stays as it was
        with collector.record(f"{version.place} ({key})", collector.id_of(key)):
            if _is_over(version.record, wishes):
                collector.end(collector.id_of(key))
            else:
                collector.put(_found(key, version.record, wishes))
    lost = [node for node in dict.fromkeys(named) if node not in here]
    return collector.reading(missing=f"niet gelezen: {', '.join(lost[:3])}" if lost else "")


def _members(page: Any) -> Sequence[Any]:
    if not isinstance(page, dict):
        return page if isinstance(page, list) else [page]
    for name in ("member", "@graph"):
        if name in page:
            inside = page[name]
            return inside if isinstance(inside, list) else [inside]
    return [page] if "@id" in page and "view" not in page else []  # else an empty page, or a context alone


def _key(value: Any) -> str:
    record = values.object_of(value)
    key = values.string(record, "isVersionOf") or values.string(record, "@id")
    if not key:
        raise importing.Refusal("geen isVersionOf en geen @id")
    return key


def _moment(record: values.Object) -> datetime:
    text = values.string(record, "generatedAtTime") or values.string(record, "laatstGewijzigd")
    if not text:
        return datetime.min.replace(tzinfo=UTC)
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise importing.Refusal(f"{texts.line(text)[:40]} is geen moment") from error
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _is_over(record: values.Object, wishes: importing.Wishes) -> bool:
    """Archived, ended, or not begun."""
    begin = texts.day(values.string(record, "startDienstVerlening"))
    end = texts.day(values.string(record, "eindeDienstVerlening"))
    is_offered = (begin is None or begin <= wishes.today) and (end is None or end >= wishes.today)
    return values.is_true(record, "gearchiveerd") or not is_offered


def _found(key: str, record: values.Object, wishes: importing.Wishes) -> importing.Found:
    dutch = _LANGUAGES[wishes.address]
    conditions = _ordered(record, "voorwaarden")
    further = [_said(record, name, dutch) for name in ("beschrijving", "verdereBeschrijving")]
    further += ["\n".join(_part(gain, dutch)) for gain in _ordered(record, "financieleVoordelen")]
    themes = values.strings(record, "themas")
    link = record.get("publicatieLink")
    return importing.Found(
        source_id=key,
        title={
            "nl": texts.line(_said(record, "naam", dutch)),
            "en": texts.line(_said(record, "naam", ("en",))),
        },
        sections=catalogue.Sections(
            description="\n\n".join(part for text in further if (part := texts.plain(text))),
            condition=_all(conditions, dutch),
            procedure=tuple(row for part in _ordered(record, "procedures") for row in _procedure(part, dutch)),
            evidence=tuple(row for part in conditions for one in _ordered(part, "bewijs") for row in _part(one, dutch)),
            cost="\n".join(_all(_ordered(record, "kosten"), dutch)),
            exception=texts.lines(_said(record, "uitzonderingen", dutch)),
            contact="\n".join(_contact(one, dutch) for one in _ordered(record, "contactgegevens")),
            internal="\n".join(_law(record, dutch)),
        ),
        theme=theme(themes[0]) if themes else "",
        audience=values.strings(record, "doelgroepen"),
        keywords={"nl": _words(record, dutch), "en": _words(record, ("en",))},
        url=values.string(link, "url") if isinstance(link, dict) else "",
        changed=texts.day(values.string(record, "laatstGewijzigd")),
    )


def _said(of: values.Object, name: str, languages: Sequence[str]) -> str:
    """The text of a field in the first language that it has."""
    value = of.get(name)
    if not isinstance(value, dict):
        return values.string(of, name) if "nl" in languages else ""
    by_language = {str(tag).lower(): tag for tag in value}
    for language in languages:
        said = values.string(value, by_language.get(language, language))
        if said.strip():
            return said
    return ""


def _ordered(of: values.Object, name: str) -> list[values.Object]:
    def order(part: values.Object) -> float:
        at = part.get("order")
        return float(at) if isinstance(at, int | float) else 0.0

    return sorted(values.objects(of, name), key=order)


def _part(part: values.Object, dutch: Sequence[str]) -> list[str]:
    """A part with a name and a description as lines; a name that says something stands before the first."""
    name = texts.line(_said(part, "naam", dutch))
    rows = list(texts.lines(_said(part, "beschrijving", dutch)))
    if name.lower().rstrip(":") in _SAYS_NOTHING or (rows and rows[0].startswith(name)):
        return rows or [name] * bool(name)
    return [f"{name}: {rows[0]}", *rows[1:]] if rows else [name]


def _all(parts: Sequence[values.Object], dutch: Sequence[str]) -> tuple[str, ...]:
    return tuple(row for part in parts for row in _part(part, dutch))


def _procedure(part: values.Object, dutch: Sequence[str]) -> list[str]:
    links = [_link(site, dutch) for site in _ordered(part, "websites")]
    return [*_part(part, dutch), *(link for link in links if link)]


def _link(site: values.Object, dutch: Sequence[str]) -> str:
    address = texts.web_address(values.string(site, "url"))
    name = texts.line(_said(site, "naam", dutch))
    return ": ".join(part for part in (name, address) if part) if address else ""


def _contact(one: values.Object, dutch: Sequence[str]) -> str:
    places = [_place(place, dutch) for place in _ordered(one, "adres")]
    names = ("telefoonnummer", "email", "url", "openingsuren")
    return ", ".join(part for part in (*places, *(texts.line(values.string(one, name)) for name in names)) if part)


def _place(place: values.Object, dutch: Sequence[str]) -> str:
    bus = values.string(place, "busnummer")
    street = (_said(place, "straatnaam", dutch), values.string(place, "huisnummer"), f"bus {bus}" if bus else "")
    city = (values.string(place, "postcode"), _said(place, "gemeentenaam", dutch))
    rows = (" ".join(word for word in words if word) for words in (street, city))
    return texts.line(", ".join(row for row in rows if row))


def _law(record: values.Object, dutch: Sequence[str]) -> list[str]:
    """Rules behind the product: for employees, a citizen's answer is no place for them."""
    links = [_link(law, dutch) for law in _ordered(record, "regelgeving")]
    rows = [*texts.lines(_said(record, "regelgevingTekst", dutch)), *(link for link in links if link)]
    return ["Regelgeving:", *rows] if rows else []


def _words(record: values.Object, languages: Sequence[str]) -> list[str]:
    value = record.get("zoektermen")
    if not isinstance(value, dict):
        return values.strings(record, "zoektermen") if "nl" in languages else []
    by_language = {str(tag).lower(): tag for tag in value}
    tags = [by_language[language] for language in languages if language in by_language]
    return [texts.line(word) for tag in tags[:1] for word in values.strings(value, tag)]
