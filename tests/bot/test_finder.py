import json

import numpy as np
import pytest
from conftest import PRODUCTS
from onthaal_bot.ranking import catalogue, confidence, finder, snapshot, verdict

SURE = verdict.Limits().sure


@pytest.fixture(scope="module")
def city():
    return finder.Finder(snapshot.parse(json.dumps({"version": "c1", "products": PRODUCTS}).encode()))


@pytest.mark.parametrize(
    ("question", "product"),
    [
        ("Hoe vraag ik een paspoort aan?", "paspoort-aanvragen"),
        ("paspoort", "paspoort-aanvragen"),
        ("mijn paspoord is verlopen", "paspoort-aanvragen"),
        ("Ik ga volgende maand verhuizen", "verhuizing-doorgeven"),
        ("parkeervergunningaanvraag", "parkeervergunning-bewoners"),
        ("we gaan trouwen", "huwelijk-aangeven"),
        ("ik heb oude meubels weg te doen", "grof-vuil-laten-ophalen"),
        ("How do I get a passport?", "paspoort-aanvragen"),
        ("parking permit", "parkeervergunning-bewoners"),
        ("I have a new address", "verhuizing-doorgeven"),
    ],
)
def test_the_right_product_comes_first_and_surely(city, question, product):
    best = city.find(question).hits[0]
    assert (best.product, best.score >= SURE) == (product, True)


@pytest.mark.parametrize(
    "question",
    [
        "wat is de hoofdstad van Frankrijk",
        "hoe laat vertrekt de trein naar Gent",
        "wie wint de voetbalwedstrijd vanavond",
        "tell me a joke",
        "mijn bankkaart werkt niet meer",
        "welke film draait er in de cinema",
        "asdf qwer",
        "🙂",
        "",
    ],
)
def test_what_the_city_does_not_do_is_not_answered_surely(city, question):
    assert all(hit.score < SURE for hit in city.find(question).hits)


def test_siblings_leave_doubt():
    titles = ("Parkeerkaart voor zorgverleners", "Parkeerkaart voor ondernemers", "Hondenbelasting")
    products = [{"id": title, "version": 1, "title": {"nl": title}} for title in titles]
    siblings = finder.Finder(snapshot.parse(json.dumps({"products": products}).encode()))
    hits = siblings.find("hoe krijg ik een parkeerkaart").hits
    assert {hit.product for hit in hits[:2]} == set(titles[:2])
    assert verdict.decide("", {}, hits, verdict.Limits()).intent == "ask_product_unsure"


def test_a_hit_names_the_words_that_matched_as_the_citizen_wrote_them(city):
    assert city.find("Mijn PASPOORT is verlopen!").hits[0].words == ("paspoort", "verlopen")


def test_a_hit_carries_the_version_of_its_product_and_of_the_snapshot(city):
    found = city.find("grofvuil")
    assert (found.snapshot, found.hits[0].version) == ("c1", 4)


@pytest.mark.parametrize(
    ("question", "spoken"),
    [("waar is het stadhuis", "nl"), ("passport", "en"), ("où est la mairie", "fr"), ("parkeren", "nl"), ("", "nl")],
)
def test_the_language_is_told_by_words_or_by_what_was_found(city, question, spoken):
    assert city.find(question).language == spoken


def test_at_most_five_products_are_named(city):
    assert len(city.find("aanvragen aangeven doorgeven stadhuis adres afval trouwen parkeren paspoort").hits) <= 5


def test_an_empty_catalogue_finds_nothing():
    found = finder.Finder(catalogue.Catalogue()).find("hoe vraag ik een paspoort aan")
    assert (found.snapshot, found.hits, found.language) == (None, (), "nl")


def test_one_product_alone_can_be_found():
    wording = catalogue.Wording(title="Paspoort aanvragen")
    one = catalogue.Catalogue(version="x", products=(catalogue.Product(id="p", wordings={"nl": wording}),))
    assert finder.Finder(one).find("paspoort aanvragen").hits[0].product == "p"


def test_equal_products_lead_by_nothing():
    assert confidence.margins(np.array([0.5, 0.5, 0.1])).tolist() == [0.0, 0.0, -0.4]
