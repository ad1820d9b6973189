"""Products of Samenwerkende Catalogi 4.0: the feed of a city, or answers of the national search service (SRU).

Source: Logius, Informatie Publicatie Model Samenwerkende Catalogi 4.0; Library of Congress, SRU 1.2.
"""

from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit
from xml.etree.ElementTree import Element

from intake import errors
from intake.catalogue import importing, texts, xml_documents
from intake.domain import catalogue, feed

_DIGITS: Final = 9
"""Of a position; no collection has more records."""
_NO_NAME_YET: Final = "upl-naam nog niet beschikbaar"
_ROOTS: Final = {"scproducten", "scproduct", "searchRetrieveResponse"}


def next_pages(document: importing.Document) -> Sequence[str]:
    """See `importing.Form`: the same address from the next record on."""
    position = _next_position(xml_documents.root(document))
    parts = urlsplit(document.name)
    if not position or not parts.scheme:
        return ()
    query = [(key, value) for key, value in parse_qsl(parts.query, keep_blank_values=True) if key != "startRecord"]
    return (urlunsplit(parts._replace(query=urlencode([*query, ("startRecord", str(position))]))),)


def _next_position(top: Element) -> int:
    """The position that the answer names; 0: it was the last one."""
    return _number(xml_documents.text(top, "nextRecordPosition"))


def _number(text: str) -> int:
    """A position; 0 when the text is none."""
    text = text.strip()
    return int(text) if text.isdecimal() and len(text) <= _DIGITS else 0


def read(documents: Sequence[importing.Document], wishes: importing.Wishes) -> feed.Reading:
    """See `importing.Form`. A product in another language than Dutch gives its title to the Dutch one."""
    collector = importing.Collector(wishes)
    positions: set[int] = set()
    following: set[int] = set()
    records: list[tuple[str, Element]] = []
    for document in documents:
        top = xml_documents.root(document)
        if xml_documents.name(top) not in _ROOTS:
            raise errors.Invalid(f"{document.name} is geen XML van Samenwerkende Catalogi.")
        following.add(_next_position(top))
        positions |= {_number(one.text or "") for one in xml_documents.every(top, "recordPosition")}
        found = xml_documents.every(top, "scproduct")
        records += [(f"{document.name} nr. {number}", record) for number, record in enumerate(found, 1)]
    foreign: dict[str, dict[str, str]] = {}
    for _, record in records:
        if _language(record) != "nl":
            foreign.setdefault(_id(record), {})[_language(record)] = _title(record)
    dutch = {_id(record) for _, record in records if _language(record) == "nl"}
    for place, record in records:
        source_id = _id(record)
        with collector.record(f"{place} ({source_id})", collector.id_of(source_id) if source_id else None):
            if not source_id:
                raise importing.Refusal("geen productID en geen identifier")
            if _language(record) == "nl":
                collector.put(_found(source_id, record, foreign.get(source_id, {})))
            elif source_id not in dutch:
                raise importing.Refusal(f"geen Nederlandse tekst (taal {_language(record)[:20]})")
    lost = sorted(following - positions - {0})
    return collector.reading(missing=f"de records vanaf nummer {lost[0]} zijn niet gelezen" if lost else "")


def _kern(record: Element, name: str) -> str:
    return xml_documents.text(record, "meta", "owmskern", name)


def _id(record: Element) -> str:
    return texts.line(xml_documents.text(record, "meta", "scmeta", "productID") or _kern(record, "identifier"))


def _language(record: Element) -> str:
    return texts.line(_kern(record, "language")).lower()[:2] or "nl"


def _title(record: Element) -> str:
    return texts.line(_kern(record, "title"))


def _found(source_id: str, record: Element, titles: Mapping[str, str]) -> importing.Found:
    mantle = xml_documents.child(record, "meta", "owmsmantel")
    own = xml_documents.child(record, "meta", "scmeta")
    abstract = texts.plain(xml_documents.inside(xml_documents.child(mantle, "abstract")))
    body = texts.plain(xml_documents.inside(xml_documents.child(record, "body", "productHTML")))
    subjects = _texts(mantle, "subject")
    return importing.Found(
        source_id=source_id,
        title={**titles, "nl": _title(record)},
        sections=catalogue.Sections(
            description=body if body.startswith(abstract) else f"{abstract}\n\n{body}".strip(),
            procedure=_online(own),
        ),
        upl=[name for name in _texts(own, "uniformeProductnaam") if name.lower() != _NO_NAME_YET],
        theme=subjects[0] if subjects else "",
        audience=_texts(mantle, "audience"),
        keywords={"nl": _texts(mantle, "alternative")},
        url=_kern(record, "identifier"),
        changed=texts.day(_kern(record, "modified")),
    )


def _texts(of: Element | None, name: str) -> list[str]:
    found = (texts.line(element.text or "") for element in xml_documents.children(of, name))
    return [one for one in found if one]


def _online(own: Element | None) -> tuple[str, ...]:
    """Where a citizen can apply online, when the record has the address of it."""
    for name in ("aanvraagURL", "onlineAanvragenURL"):
        address = texts.web_address(xml_documents.text(own, name))
        if address:
            return (f"Online aanvragen: {address}",)
    return ()
