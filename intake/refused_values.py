"""What is wrong with a value, in Dutch: pydantic's faults for those who wrote a setting, a city or a catalogue."""

from collections.abc import Mapping
from typing import Any

OTHERWISE = "deze waarde kan hier niet"
_SAID: Mapping[str, str] = {
    "missing": "ontbreekt",
    "extra_forbidden": "bestaat niet",
    "int_parsing": "verwacht een geheel getal",
    "int_parsing_size": "dit getal is te groot",
    "int_type": "verwacht een geheel getal",
    "int_from_float": "verwacht een geheel getal",
    "float_parsing": "verwacht een getal",
    "float_type": "verwacht een getal",
    "finite_number": "verwacht een eindig getal",
    "bool_parsing": "verwacht true of false",
    "bool_type": "verwacht true of false",
    "literal_error": "verwacht {expected}",
    "enum": "verwacht {expected}",
    "greater_than": "moet meer zijn dan {gt}",
    "greater_than_equal": "moet minstens {ge} zijn",
    "less_than": "moet minder zijn dan {lt}",
    "less_than_equal": "mag hoogstens {le} zijn",
    "string_type": "verwacht een tekst",
    "string_sub_type": "verwacht een tekst",
    "string_unicode": "verwacht leesbare tekst",
    "string_too_short": "moet minstens {min_length} teken(s) hebben",
    "string_too_long": "mag hoogstens {max_length} teken(s) hebben",
    "string_pattern_mismatch": "heeft niet de juiste vorm ({pattern})",
    "path_type": "verwacht een pad",
    "tuple_type": "verwacht een lijst",
    "list_type": "verwacht een lijst",
    "too_short": "is te kort (minstens {min_length})",
    "too_long": "is te lang (hoogstens {max_length})",
    "dict_type": "verwacht namen met elk een waarde",
    "model_type": "verwacht namen met elk een waarde",
    "model_attributes_type": "verwacht namen met elk een waarde",
    "invalid_key": "verwacht een tekst als naam",
    "date_type": "verwacht een datum zoals 2026-11-30",
    "date_parsing": "verwacht een datum zoals 2026-11-30",
    "date_from_datetime_parsing": "verwacht een datum zoals 2026-11-30",
    "date_from_datetime_inexact": "verwacht een datum zonder tijd",
    "url_parsing": "is geen webadres",
    "url_type": "is geen webadres",
    "url_scheme": "verwacht een webadres dat begint met {expected_schemes}",
    "value_error": "{error}",
}
"""By pydantic's type of fault. Source: pydantic's documentation, "Validation Errors"."""


def said(fault: Mapping[str, Any]) -> str:
    """One fault of `ValidationError.errors()` without its place and without the value, which may be a secret.

    A `value_error` says what our own validator raised, so those speak Dutch.
    """
    more = {key: _dutch(value) for key, value in fault.get("ctx", {}).items()}
    try:
        return _SAID.get(str(fault["type"]), OTHERWISE).format_map(more)
    except KeyError:
        return OTHERWISE


def _dutch(value: Any) -> Any:
    return value.replace(" or ", " of ") if isinstance(value, str) else value


def line(fault: Mapping[str, Any]) -> str:
    """One fault of a record with its place, such as `sections.description: ontbreekt`."""
    place = ".".join(str(part) for part in fault["loc"])
    return f"{place}: {said(fault)}" if place else said(fault)
