"""Whatever stands in a place of a feed, only the record that it stands in is refused; the others are as they were."""

import contextlib
import copy
import json
from xml.etree import ElementTree as ET

import catalogue_support as support
import pytest

from intake import errors
from intake.catalogue import forms, importing

WRONG = (None, True, 3, 1e300, "x", "", "\x00", [], ["x"], [3], [[]], [None], {}, {"nl": 3}, {"nl": ["x"]}, {"x": {}})
ODD_TEXTS = ("", "x", "\x00", "<p>", "&", "9" * 400, "2026-13-45", "https://[", "javascript:x")
SAMPLES = [
    ("ipdc", "ldes-0.json", "member"),
    ("ipdc", "ldes-1.json", "member"),
    ("sdg", "sdg-pages-1.json", "results"),
    ("sdg", "sdg-translations.json", "results"),
]


def places(value, path=()):
    """The path of every value in a value, itself too."""
    yield path
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, below in inside:
        yield from places(below, (*path, key))


def replaced(whole, path, value):
    made = copy.deepcopy(whole)
    at = made
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    return made


def outcome(form, content):
    return forms.FORMS[form].read([importing.Document(name="x", content=content)], support.wishes(form))


@pytest.mark.parametrize(("form", "sample", "records"), SAMPLES)
def test_a_wrong_value_anywhere_in_json_touches_no_other_record(form, sample, records):
    whole = json.loads((support.SAMPLES / sample).read_text())
    whole[records] = [one for one in whole[records] if "(oud)" not in str(one)]  # each product one time
    alone = []
    for number in range(len(whole[records])):
        rest = {**whole, records: [one for at, one in enumerate(whole[records]) if at != number]}
        alone.append({product.id: product for product in outcome(form, json.dumps(rest).encode()).products})
    for path in places(whole[records], (records,)):
        for value in WRONG if len(path) > 1 else ():
            reading = outcome(form, json.dumps(replaced(whole, path, value)).encode())
            found = {product.id: product for product in reading.products}
            others = {key: one for key, one in alone[path[1]].items() if key in found}
            assert len(others) == len(alone[path[1]]), (path, value)
            assert all(found[key].sections == one.sections for key, one in others.items()), (path, value)


@pytest.mark.parametrize(("form", "sample", "records"), SAMPLES)
def test_a_wrong_value_outside_the_records_is_told_at_most(form, sample, records):
    whole = json.loads((support.SAMPLES / sample).read_text())
    for path in places({key: value for key, value in whole.items() if key != records}):
        for value in WRONG if path else ():
            content = json.dumps(replaced(whole, path, value)).encode()
            with contextlib.suppress(errors.Invalid):
                forms.FORMS[form].next_pages(importing.Document(name="https://x.example/", content=content))
            assert outcome(form, content).products == outcome(form, json.dumps(whole).encode()).products, (path, value)


@pytest.mark.parametrize(("form", "sample"), [("sc", "sru-1.xml"), ("sc", "sc-feed.xml"), ("cevi", "cevi.xml")])
def test_an_odd_text_or_a_lost_element_in_xml_touches_no_other_record(form, sample):
    text = (support.SAMPLES / sample).read_text()
    head, second, rest = text[1:].partition("<?xml")
    whole = ET.fromstring("<" + head + (rest.partition("?>")[2] if second else ""))
    name = "scproduct" if form == "sc" else "Product"
    count = sum(element.tag.endswith(("}" + name, name)) for element in whole.iter() if element.tag.endswith(name))
    assert count
    for number in range(len(list(whole.iter()))):
        for odd in (*ODD_TEXTS, None):
            made = copy.deepcopy(whole)
            element = list(made.iter())[number]
            if odd is None:
                element.clear()
            else:
                element.text = odd.replace("\x00", "")
            with contextlib.suppress(errors.Invalid):
                reading = outcome(form, ET.tostring(made))
                assert len(reading.products) + len(reading.refused) + len(reading.ended) <= count
