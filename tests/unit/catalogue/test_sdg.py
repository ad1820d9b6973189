"""The API of the Single Digital Gateway: a record per language, or one record with its translations."""

from datetime import date

import catalogue_support as support


def test_the_two_languages_of_a_product_find_each_other_over_the_pages():
    reading = support.read("sdg", "sdg-pages-1.json", "sdg-pages-2.json")
    (terrace,) = reading.products
    assert terrace.title == {"nl": "Terras plaatsen", "en": "Setting up a terrace"}
    assert terrace.sections.description == "U plaatst een terras.\n\nRegels\n\n- niet na 23 uur\n- stoep blijft vrij"
    assert (terrace.upl, terrace.changed) == ("terrasvergunning", date(2026, 9, 2))
    assert terrace.url == "https://www.lindedorp.example/terras"
    assert reading.missing == ""
    assert [line.split(": ", 1)[1] for line in support.why(reading)] == [
        "verwacht een record met velden",
        "geen Nederlandse tekst",
    ]


def test_a_page_alone_knows_how_much_is_missing():
    assert support.read("sdg", "sdg-pages-1.json").missing == "2 van de 4 records zijn niet gelezen"


def test_every_part_of_a_translation_finds_its_section_and_the_memo_stays_inside():
    reading = support.read("sdg", "sdg-translations.json", unit="onthaal")
    (found,) = reading.products
    assert found.id == "sdg-70000000-0000-4000-8000-000000000007"
    assert found.title == {"nl": "Paspoort", "en": "Passport"}
    text = found.sections
    assert text.description == "U vraagt een paspoort aan."
    assert text.procedure == (
        "Maak een afspraak.",
        "Kom langs.",
        "Afspraak maken: https://www.lindedorp.example/afspraak",
    )
    assert (text.evidence, text.condition) == (("uw oude paspoort",), ("U bent Nederlander.",))
    assert text.objection == ("Niet eens? Maak bezwaar binnen 6 weken.", "Bel ons na 5 werkdagen.")
    assert (text.cost, text.term, text.internal) == ("€ 75", "5 werkdagen", "GEHEIM: bel Erik")
    assert (found.unit_id, found.audience, found.upl) == ("burgerzaken", ("burger",), "paspoort")
    assert found.keywords == {"nl": ("reispas",)}
    assert found.url == f"/producten/{found.id}"
    assert found.changed == date(2026, 4, 30)


def test_a_draft_and_what_this_city_does_not_offer_are_ended():
    reading = support.read("sdg", "sdg-translations.json")
    assert reading.ended == {"sdg-22222222", "sdg-33333333"}
    assert support.why(reading) == ["sdg-translations.json nr. 4: vertalingen: verwacht een lijst van records"]
