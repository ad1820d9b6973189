"""The export of Cevi: XML in XML, HTML escaped twice."""

from datetime import date

import catalogue_support as support
import pytest

from intake import errors


def test_an_export_becomes_products_with_their_own_unit():
    reading = support.read("cevi", "cevi.xml", unit="onthaal")
    (found,) = reading.products
    assert found.id == "cevi-4242"
    assert found.title == {"nl": "Wettigen van uw handtekening"}
    text = found.sections
    assert text.description == "De stad bevestigt dat een handtekening echt is: ‘wettigen’."
    assert text.condition == ("U woont in Lindedorp",)
    assert text.evidence == ("Uw identiteitskaart",)
    assert text.procedure == ("Kom langs.", "Afspraak maken: https://loket.lindedorp.example/form?site=91&FormId=8")
    assert text.cost == "Gratis"
    assert text.contact.startswith("Burger & Welzijnszaken\nDorpsstraat 2 bus B, 9999 Lindedorp, 012 00 00 02, burger@")
    assert text.internal == "Regelgeving:\nWet van 1 januari"
    assert found.unit_id == "burger-welzijnszaken"
    assert (found.theme, found.audience, found.keywords) == (
        "Burger en Overheid",
        ("burger",),
        {"nl": ("legaliseren",)},
    )
    assert found.changed == date(2020, 10, 2)


def test_a_product_for_the_own_services_never_comes_in():
    assert support.read("cevi", "cevi.xml").ended == {"cevi-77"}


def test_a_product_without_id_is_refused():
    assert support.why(support.read("cevi", "cevi.xml")) == ["cevi.xml nr. 3 (zonder Id): geen Id"]


def test_the_inner_xml_may_be_escaped_as_the_service_gives_it():
    import html

    outer, _, inner = (support.SAMPLES / "cevi.xml").read_text().partition("<ProductCatalog>")
    head = outer.rpartition("<?xml")[0]
    inside = "<?xml version='1.0'?><ProductCatalog>" + inner.removesuffix("</string>\n")
    escaped = head + html.escape(inside) + "</string>"
    assert support.read_text("cevi", escaped).products == support.read("cevi", "cevi.xml").products


def test_other_xml_is_told():
    with pytest.raises(errors.Invalid, match="Cevi"):
        support.read_text("cevi", "<a/>")
