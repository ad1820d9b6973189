"""Products of the LPDC export of Cevi: XML in XML, whose texts are HTML that was escaped one time too many."""

import html
import re
from collections.abc import Sequence
from datetime import date
from typing import Final
from xml.etree.ElementTree import Element

from intake import errors
from intake.catalogue import importing, texts, xml_documents
from intake.domain import catalogue, feed

_ESCAPED: Final = re.compile(r"&(?:#\d+|\w+);")
_ESCAPES: Final = 2
"""How often a text of the export may be escaped beyond what XML itself needs."""


def read(documents: Sequence[importing.Document], wishes: importing.Wishes) -> feed.Reading:
    """See `importing.Form`."""
    collector = importing.Collector(wishes)
    for document in documents:
        products = xml_documents.children(_catalogue(document), "Products", "Product")
        for number, product in enumerate(products, 1):
            source_id = _line(product, "Id")
            product_id = collector.id_of(source_id) if source_id else None
            with collector.record(f"{document.name} nr. {number} ({source_id or 'zonder Id'})", product_id):
                if product_id is None:
                    raise importing.Refusal("geen Id")
                if _is_over(product, wishes):
                    collector.end(product_id)
                else:
                    collector.put(_found(source_id, product))
    return collector.reading()


def _catalogue(document: importing.Document) -> Element:
    top = xml_documents.root(document)
    if xml_documents.name(top) == "string" and "<ProductCatalog" in (top.text or ""):  # the inner XML is a text
        inner = (top.text or "").strip().partition("<ProductCatalog")
        top = xml_documents.root(
            importing.Document(name=document.name, content="".join(inner[1:]).encode("utf-8", "replace"))
        )
    for found in xml_documents.every(top, "ProductCatalog"):
        return found
    raise errors.Invalid(f"{document.name} is geen export van Cevi: er is geen ProductCatalog.")


def _raw(of: Element | None, *path: str) -> str:
    """A text of the export, unescaped until it is HTML."""
    said = xml_documents.text(of, *path)
    for _ in range(_ESCAPES):
        if "<" in said or not _ESCAPED.search(said):
            break
        said = html.unescape(said)
    return said


def _line(of: Element | None, *path: str) -> str:
    return texts.line(_raw(of, *path))


def _is_over(product: Element, wishes: importing.Wishes) -> bool:
    if _line(product, "IsInternal").lower() == "true":
        return True
    begin, end = (_day(product, name) for name in ("StartDate", "EndDate"))
    return (begin is not None and begin > wishes.today) or (end is not None and end < wishes.today)


def _day(product: Element, name: str) -> date | None:
    element = xml_documents.child(product, name)
    if element is None or any(key.endswith("}nil") and value == "true" for key, value in element.items()):
        return None
    return texts.day(element.text or "")


def _found(source_id: str, product: Element) -> importing.Found:
    units = [_line(one, "Name") for one in xml_documents.children(product, "DeliveringDepartments", "Department")]
    own = [unit for unit in units if unit and not unit.lower().endswith("overheid")]
    themes = [_line(one, "Value") for one in xml_documents.children(product, "Themes", "Theme")]
    forms = xml_documents.children(product, "Forms", "Form")
    further = [_raw(product, name) for name in ("Description", "AdditionalInfo")]
    laws = texts.lines(_raw(product, "LegalText"))
    return importing.Found(
        source_id=source_id,
        title={"nl": _line(product, "Title") or _line(product, "Name")},
        sections=catalogue.Sections(
            description="\n\n".join(part for text in further if (part := texts.plain(text))),
            condition=texts.lines(_raw(product, "Conditions")),
            procedure=(*texts.lines(_raw(product, "Procedure")), *(link for form in forms if (link := _link(form)))),
            evidence=texts.lines(_raw(product, "BringToApply")),
            cost="\n".join(texts.lines(_raw(product, "AmountToApply"))),
            exception=texts.lines(_raw(product, "Exceptions")),
            contact=_contact(product, own[0] if own else ""),
            internal="\n".join(("Regelgeving:", *laws)) if laws else "",
        ),
        unit=feed.slug(own[0]) if own else "",
        theme=next((one for one in themes if one), ""),
        audience=[_line(one, "Value") for one in xml_documents.children(product, "TargetGroups", "TargetGroup")],
        keywords={"nl": [_line(one, "Value") for one in xml_documents.children(product, "Keywords", "Keyword")]},
        changed=texts.day(_line(product, "TimeStampLastUpdate")),
    )


def _link(form: Element) -> str:
    address = texts.web_address(_raw(form, "Location"))
    return ": ".join(part for part in (_line(form, "Title"), address) if part) if address else ""


def _contact(product: Element, unit: str) -> str:
    """The address of the unit that answers."""
    for department in xml_documents.children(product, "DeliveringDepartments", "Department"):
        if unit and _line(department, "Name") == unit:
            rows = (_address(one) for one in xml_documents.children(department, "Addresses", "Address"))
            return "\n".join([unit, *(row for row in rows if row)])
    return ""


def _address(one: Element) -> str:
    bus = _line(one, "BoxNumber")
    street = (_line(one, "Street"), _line(one, "HouseNumber"), f"bus {bus}" if bus else "")
    city = (_line(one, "ZipCode"), _line(one, "Municipality"))
    rows = [" ".join(word for word in words if word) for words in (street, city)]
    rows += [_line(one, name) for name in ("Phone", "Email", "OpeningHours")]
    return ", ".join(row for row in rows if row)
