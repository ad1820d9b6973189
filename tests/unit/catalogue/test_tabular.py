"""Tables: CSV as a spreadsheet writes it, and JSON Lines."""

import contextlib
from datetime import date

import catalogue_support as support
import pytest

from intake import errors

HEAD = "Id;Naam;Omschrijving;Kosten;Trefwoorden;Afdeling;Intern;Bezwaar;Gewijzigd;Title EN\r\n"
PARTY = (
    'feest-melden;Straatfeest melden;"Meld uw feest.\r\nDoe dat op tijd.";Gratis;buurtfeest, barbecue;Openbare Orde;'
    "GEHEIM: bel Erik;Binnen 6 weken|Per brief;30-11-2026;Announce a street party\r\n"
)
FAULTS = (
    'K 12;Kermis;"<p>Elk jaar &amp; gratis</p>";;;;;;2026-02-30;\r\n'
    "zonder-titel;;tekst;;;;;;;\r\n;Zonder id;tekst;;;;;;;\r\nte-lang;Te lang;tekst;;;;;;;;extra\r\n\r\n"
)


def test_a_table_becomes_products():
    reading = support.read_text("csv", "\ufeff" + HEAD + PARTY, name="p.csv")
    (found,) = reading.products
    assert found.id == "feest-melden"
    assert found.title == {"nl": "Straatfeest melden", "en": "Announce a street party"}
    assert found.sections.description == "Meld uw feest.\nDoe dat op tijd."
    assert found.sections.objection == ("Binnen 6 weken", "Per brief")
    assert found.sections.internal == "GEHEIM: bel Erik"
    assert found.keywords == {"nl": ("buurtfeest", "barbecue")}
    assert (found.unit_id, found.changed) == ("openbare-orde", date(2026, 11, 30))
    assert reading.refused == ()


def test_each_fault_is_told_with_its_row():
    reading = support.read_text("csv", HEAD + PARTY + FAULTS, name="p.csv")
    assert support.why(reading) == [
        "p.csv rij 3 (K 12): changed: verwacht een datum zoals 2026-11-30",
        "p.csv rij 4 (zonder-titel): geen Nederlandse titel",
        "p.csv rij 5: geen id",
        "p.csv rij 6 (te-lang): meer cellen dan kolommen",
    ]
    assert [product.id for product in reading.products] == ["feest-melden"]


def test_a_city_may_name_its_own_columns():
    table = "Nummer,Wat,Uitleg\n7a,Kermis,Elk jaar\n"
    columns = {"id": "nummer", "title": "Wat", "description": "Uitleg"}
    (found,) = support.read_text("csv", table, columns=columns).products
    assert (found.id, found.source_id, found.sections.description) == ("7a", "7a", "Elk jaar")
    with pytest.raises(errors.Invalid, match="--column"):
        support.read_text("csv", table)


def test_a_table_in_the_letters_of_windows_is_read():
    (found,) = support.read_text("csv", "id;titel;tekst\nx1;Café;€ 5\n".encode("cp1252")).products
    assert (found.title["nl"], found.sections.description) == ("Café", "€ 5")


@pytest.mark.parametrize("content", ["", "\n", 'id;titel\n"', "a" * 2_000_000 + ";titel\n", "id;titel\nx1;\x00\n"])
def test_what_is_no_table_is_told_or_refused(content):
    with contextlib.suppress(errors.Invalid):
        assert support.read_text("csv", content).products == ()


def test_json_lines_become_products():
    reading = support.read("jsonl", "products.jsonl")
    help_, place, without = reading.products
    assert (help_.id, help_.theme, help_.audience) == ("be-1", "Welzijn en Gezondheid", ("burger",))
    assert help_.sections.condition == ("U bent ouder dan 65.", "U woont alleen.")
    assert help_.sections.procedure == ("Bel ons.", "Of kom langs.")
    assert help_.sections.cost == "€ 8 per uur"
    assert help_.keywords == {"nl": ("schoonmaak", "huishoudhulp")}
    assert (place.upl, place.keywords) == ("standplaatsvergunning", {"nl": ("ventvergunning",)})
    assert (place.changed, place.audience, place.theme) == (date(2026, 3, 1), ("onderneming",), "Economie")
    assert without.sections.description == "De uitleg staat op https://www.lindedorp.example/zonder"
    assert reading.undated == {"be-1"}


def test_each_wrong_line_is_told():
    assert support.why(support.read("jsonl", "products.jsonl")) == [
        "products.jsonl regel 5 (nl-4): geen tekst voor de burger, en geen webadres waar die staat",
        "products.jsonl regel 6 (nl-2): id nl-2 bestaat al",
        "products.jsonl regel 7 (nl-5): title: verwacht een tekst",
        "products.jsonl regel 8: geen JSON",
    ]
