"""IPDC and LPDC: versions of records on the pages of a stream."""

from datetime import date

import catalogue_support as support
import pytest

from intake import errors
from intake.catalogue import forms

GARDEN = "ipdc-10000000-0000-4000-8000-000000000001"


def garden(**more):
    return next(one for one in support.read("ipdc", "ldes-0.json", "ldes-1.json", **more).products if one.id == GARDEN)


def test_the_newest_version_counts_whatever_its_place():
    reading = support.read("ipdc", "ldes-0.json", "ldes-1.json")
    assert [product.title["nl"] for product in reading.products] == ["Moestuin huren"]
    assert reading.missing == ""


def test_every_part_finds_its_section():
    found = garden()
    assert found.title == {"nl": "Moestuin huren", "en": "Rent an allotment"}
    text = found.sections
    assert text.description == "U huurt een moestuin van de stad.\n\nEen tuin is 50 m²."
    assert text.condition == ("U woont in Lindedorp.", "U hebt nog geen tuin.", "Tweede: U tuiniert zonder gif.")
    assert text.evidence == ("Uw identiteitskaart",)
    assert text.procedure == (
        "Schrijf u in.",
        "Wacht op een vrije tuin.",
        "Inschrijven: https://www.lindedorp.example/moestuin",
    )
    assert text.cost == "Huur: € 25 per jaar"
    assert text.exception == ("Scholen huren gratis.",)
    assert text.contact == "Dorpsstraat 1 bus a, 9999 Lindedorp, 012 00 00 01, groen@lindedorp.example, 9-12 uur"
    assert text.internal == (
        "Regelgeving:\nReglement van 3 maart 2020\nReglement: https://www.lindedorp.example/reglement"
    )
    assert (found.theme, found.audience) == ("Milieu en Energie", ("burger", "vereniging"))
    assert found.keywords == {"nl": ("volkstuin", "groenten kweken"), "en": ("garden plot",)}
    assert found.changed == date(2026, 2, 15)
    assert found.source_id.endswith("10000000-0000-4000-8000-000000000001")


def test_the_city_chooses_how_it_speaks_to_its_citizens():
    assert garden(address="je").title["nl"] == "Huur je moestuin"
    assert garden(address="je").sections.description.startswith("Je huurt")


@pytest.mark.parametrize(("address", "said"), [("u", "formal"), ("je", "informal")])
def test_what_people_wrote_goes_before_what_a_machine_made(address, said):
    record = (
        '{"@id": "x/1", "naam": {"NL-be-X-Generated-Formal": "formal", "nl-BE-x-generated-informal": "informal"%s},'
        ' "beschrijving": {"nl": "tekst"}}'
    )
    assert support.read_text("ipdc", record % "", address=address).products[0].title["nl"] == said
    assert support.read_text("ipdc", record % ', "nl": "gewoon"', address=address).products[0].title["nl"] == "gewoon"


def test_what_is_archived_or_over_is_ended_and_no_product():
    ended = support.read("ipdc", "ldes-0.json", "ldes-1.json").ended
    assert ended == {
        "ipdc-20000000-0000-4000-8000-000000000002",
        "ipdc-30000000-0000-4000-8000-000000000003",
    }


def test_a_broken_record_is_refused_with_place_and_id():
    assert support.why(support.read("ipdc", "ldes-0.json", "ldes-1.json")) == [
        "ldes-0.json nr. 5: verwacht een record met velden",
        (
            "ldes-0.json nr. 4 (http://lindedorp.example/id/public-service/kapot): "
            "voorwaarden: verwacht een lijst van records"
        ),
    ]


def test_a_page_alone_knows_which_page_is_missing():
    assert "pageNumber=1" in support.read("ipdc", "ldes-0.json").missing
    (page,) = support.documents("ldes-0.json")
    assert forms.FORMS["ipdc"].next_pages(page) == ["http://lindedorp.example/doc/instancesnapshot?pageNumber=1"]


def test_a_product_without_date_of_change_is_known_as_such():
    reading = support.read_text("ipdc", '{"@id": "x/1", "naam": {"nl": "A"}, "beschrijving": "tekst"}')
    assert reading.undated == {reading.products[0].id}
    assert reading.products[0].changed == support.TODAY


@pytest.mark.parametrize(
    ("text", "said"), [("{", "regel 1"), ("[" * 100_000, "geen JSON"), (b"\xff\xfe{", "JSON|UTF-8")]
)
def test_what_is_no_json_is_told(text, said):
    with pytest.raises(errors.Invalid, match=said):
        support.read_text("ipdc", text)


def test_a_product_of_which_nobody_knows_the_newest_version_stays_as_it_was():
    page = (support.SAMPLES / "ldes-0.json").read_text().replace("2026-02-20T07:00:00.123456789Z", "gisteren")
    reading = support.read_text("ipdc", page)
    assert GARDEN not in {product.id for product in reading.products}
    assert GARDEN in reading.kept()
    assert "gisteren is geen moment" in support.why(reading)[0]
