"""Samenwerkende Catalogi: feeds of cities and answers of the search service."""

from datetime import date

import catalogue_support as support
import pytest

from intake import errors
from intake.catalogue import forms, importing


def test_an_answer_of_the_search_service_becomes_products():
    reading = support.read("sc", "sru-1.xml", "sru-2.xml", unit="onthaal")
    rack = support.by_id(reading)["sc-4711"]
    assert rack.title == {"nl": "Fietsenrek in uw straat aanvragen"}
    assert rack.sections.description == (
        "Wilt u een fietsenrek? Vraag het de gemeente.\n\nEen rek heeft plaats voor zes fietsen.\n\n- Gratis"
    )
    assert (rack.upl, rack.keywords) == ("fietsparkeren", {"nl": ("straatmeubilair",)})
    assert rack.audience == ("burger", "onderneming")
    assert (rack.theme, rack.unit_id, rack.changed) == ("Verkeer", "onthaal", date(2026, 8, 18))
    assert rack.url == "https://www.lindedorp.example/fietsenrek?a=1&b=2"
    assert (rack.source, rack.source_id) == ("sc", "4711")


def test_a_product_with_nothing_but_a_title_and_a_page_says_where_its_text_is():
    tree = support.by_id(support.read("sc", "sru-1.xml", "sru-2.xml"))["sc-4713"]
    assert tree.sections.description == "De uitleg staat op https://www.lindedorp.example/boom"
    assert tree.upl is None


def test_a_broken_record_is_refused_with_place_and_id_and_the_others_come_in():
    reading = support.read("sc", "sru-1.xml", "sru-2.xml")
    assert support.why(reading) == ["sru-1.xml nr. 2 (4712): geen Nederlandse titel"]
    assert "sc-4712" in reading.kept()
    assert reading.missing == ""


def test_a_page_that_is_not_the_last_one_says_that_the_rest_is_missing():
    assert support.read("sc", "sru-1.xml").missing == "de records vanaf nummer 3 zijn niet gelezen"


def test_a_title_in_another_language_belongs_to_the_dutch_product():
    reading = support.read("sc", "sc-feed.xml")
    (dog,) = reading.products
    assert dog.title == {"nl": "Hond aangeven", "en": "Register a dog"}
    assert support.why(reading) == ["sc-feed.xml nr. 3 (H-2): geen Nederlandse tekst (taal en)"]


def test_the_next_page_is_the_same_question_from_the_next_record_on():
    page = importing.Document(
        name="https://zoek.example/sru?x-connection=sc&query=authority%3D%22Lindedorp%22&startRecord=1",
        content=(support.SAMPLES / "sru-1.xml").read_bytes(),
    )
    (following,) = forms.FORMS["sc"].next_pages(page)
    assert following == "https://zoek.example/sru?x-connection=sc&query=authority%3D%22Lindedorp%22&startRecord=3"


@pytest.mark.parametrize(
    ("xml", "said"),
    [
        ('<!DOCTYPE a [<!ENTITY e "x">]><scproducten>&e;</scproducten>', "DTD"),
        ('<!DOCTYPE a SYSTEM "file:///etc/passwd"><scproducten/>', "DTD"),
        ("<scproducten>", "regel 1"),
        ('<?xml version="1.0" encoding="klingon"?><a/>', "regel 1|tekenset"),
        ("<html/>", "Samenwerkende Catalogi"),
        ("", "regel 1"),
    ],
)
def test_xml_with_a_document_type_or_of_another_kind_is_not_read(xml, said):
    with pytest.raises(errors.Invalid, match=said):
        support.read_text("sc", xml)


def test_a_body_that_is_nested_without_end_does_no_harm():
    deep = "<p>" * 20_000 + "diep" + "</p>" * 20_000
    reading = support.read_text(
        "sc",
        "<scproducten><scproduct><meta><owmskern><identifier>https://x.example/a</identifier><title>A</title></owmskern>"
        f"</meta><body><productHTML>{deep}</productHTML></body></scproduct></scproducten>",
    )
    assert reading.products[0].sections.description == "diep"
