"""Values of JSON whose form nobody promises: read as what they should be, or refused by their name."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, cast

from intake import errors
from intake.catalogue import importing

Object = Mapping[str, Any]


def parsed(document: importing.Document) -> Any:
    """The JSON of a document. Raises Invalid."""
    try:
        return json.loads(document.content)
    except UnicodeDecodeError as error:
        raise errors.Invalid(f"{document.name} is geen tekst in UTF-8.") from error
    except json.JSONDecodeError as error:
        raise errors.Invalid(f"{document.name} is geen JSON: kijk op regel {error.lineno}.") from error
    except (RecursionError, ValueError) as error:  # nested without end, or a number of a million digits
        raise errors.Invalid(f"{document.name} is geen JSON die te lezen is.") from error


def object_of(value: Any) -> Object:
    """An object. Raises Refusal."""
    if not isinstance(value, dict):
        raise importing.Refusal("verwacht een record met velden")
    return cast("Object", value)


def objects(of: Object, name: str) -> list[Object]:
    """The objects in a field: a list of them, one, or none. Raises Refusal."""
    value = of.get(name)
    found: list[Any] = [] if value is None else value if isinstance(value, list) else [value]
    if not all(isinstance(each, dict) for each in found):
        raise importing.Refusal(f"{name}: verwacht een lijst van records")
    return found


def string(of: Object, name: str) -> str:
    """The text in a field, or nothing; a number is its text. Raises Refusal."""
    value = of.get(name)
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    raise importing.Refusal(f"{name}: verwacht een tekst")


def strings(of: Object, name: str) -> list[str]:
    """The texts in a field: a list of them, one, or none. Raises Refusal."""
    value = of.get(name)
    found: Sequence[Any] = [] if value is None else value if isinstance(value, list) else [value]
    if not all(isinstance(each, str) for each in found):
        raise importing.Refusal(f"{name}: verwacht een lijst van teksten")
    return [each for each in found if each.strip()]


def is_true(of: Object, name: str) -> bool:
    """Whether a field says yes: true, or "true" as some feeds write it. Raises Refusal."""
    value = of.get(name)
    match value:
        case None | False | "false":
            return False
        case True | "true":
            return True
        case _:
            raise importing.Refusal(f"{name}: verwacht true of false")
