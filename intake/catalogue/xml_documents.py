"""XML of strangers: read without document type, entities or anything outside the document itself."""

import re
from collections.abc import Iterator
from typing import Final
from xml.etree.ElementTree import Element, ParseError

import defusedxml.ElementTree
from defusedxml import DefusedXmlException

from intake import errors
from intake.catalogue import importing

_SECOND_DECLARATION: Final = re.compile(rb"(?<=.)<\?xml[^>]*\?>", re.DOTALL)


def root(document: importing.Document) -> Element:
    """The root element. A second XML declaration, inside, is passed over: some exports have one. Raises Invalid."""
    content = document.content.lstrip()
    try:
        return defusedxml.ElementTree.fromstring(_SECOND_DECLARATION.sub(b"", content), forbid_dtd=True)
    except DefusedXmlException as error:
        raise errors.Invalid(f"{document.name} heeft een DTD of entiteiten; dat wordt niet gelezen.") from error
    except ParseError as error:
        line, column = error.position
        raise errors.Invalid(f"{document.name} is geen XML: kijk op regel {line}, teken {column + 1}.") from error
    except (ValueError, LookupError) as error:
        raise errors.Invalid(f"{document.name} heeft een tekenset die niet bestaat.") from error


def name(element: Element) -> str:
    """The name of an element without its namespace."""
    return element.tag.rpartition("}")[2]


def every(top: Element, wanted: str) -> Iterator[Element]:
    """All elements of this name in `top`, itself too, in the order of the document."""
    return (element for element in top.iter() if name(element) == wanted)


def children(of: Element | None, *path: str) -> list[Element]:
    """The elements at the end of a path of names."""
    found = [] if of is None else [of]
    for step in path:
        found = [child for element in found for child in element if name(child) == step]
    return found


def child(of: Element | None, *path: str) -> Element | None:
    """The first element at the end of a path of names."""
    found = children(of, *path)
    return found[0] if found else None


def text(of: Element | None, *path: str) -> str:
    """The text of the first element at the end of a path; empty when it is not there."""
    element = child(of, *path)
    return "" if element is None else (element.text or "").strip()


def inside(element: Element | None) -> str:
    """What stands in an element, as HTML: escaped text as it is, elements as tags."""
    if element is None:
        return ""
    parts: list[str] = [element.text or ""]
    open_ends: list[tuple[Iterator[Element], str]] = [(iter(element), "")]
    while open_ends:
        within, end = open_ends[-1]
        below = next(within, None)
        if below is None:
            parts.append(end)
            open_ends.pop()
            continue
        tag = name(below)
        href = below.get("href")
        link = f' href="{href}"' if href and not re.search(r"[\s\"<>]", href) else ""
        parts.append(f"<{tag}{link}>{below.text or ''}")
        open_ends.append((iter(below), f"</{tag}>{below.tail or ''}"))
    return "".join(parts).strip()
