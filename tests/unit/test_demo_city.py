"""The demo city and the training data are complete, consistent and free of doubles."""

import datetime as dt
import re
from collections import Counter
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
CITY_FOLDER = ROOT / "demo" / "voorbeeldstad"
NLU_FOLDER = ROOT / "nlu_data"
DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
ROLES = {"employee", "lead", "editor", "admin"}
AUDIENCES = {"burger", "onderneming", "vereniging"}
TEXT_SECTIONS = {"description", "cost", "term"}
LIST_SECTIONS = {"condition", "procedure", "evidence"}
OPTIONAL_SECTIONS = {"validity": str, "exception": list, "objection": list, "contact": str, "internal": str}
SPAN = re.compile(r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$")
LEAST_EXAMPLES = {"nl": 25, "en": 10, "fr": 5}


def read(path):
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def folded(text):
    return re.sub(r"\W+", " ", text.casefold()).strip()


def doubles(texts):
    return sorted(text for text, times in Counter(map(folded, texts)).items() if times > 1)


def texts_of(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from texts_of(item)


def training_examples():
    """Every training file: its language and, per intent, its sentences."""
    for path in sorted(NLU_FOLDER.glob("*_??.yml")):
        yield (
            path.stem[-2:],
            {
                block["intent"]: [line.removeprefix("- ") for line in block["examples"].splitlines()]
                for block in read(path)["nlu"]
            },
        )


CITY = read(CITY_FOLDER / "city.yaml")
PRODUCTS = [product for path in sorted((CITY_FOLDER / "products").glob("*.yaml")) for product in read(path)]
PRODUCT_IDS = {product["id"] for product in PRODUCTS}
EVALUATIONS = sorted((NLU_FOLDER / "evaluation").glob("*.yaml"))


def test_the_city_is_large_enough_to_show_the_hub():
    assert len(PRODUCTS) >= 120
    assert len(CITY["groups"]) >= 12
    assert len(CITY["employees"]) == 8


@pytest.mark.parametrize("kind", ["units", "groups", "employees"])
def test_ids_and_names_in_the_city_are_unique(kind):
    assert not doubles(entry["id"] for entry in CITY[kind])
    assert not doubles(entry["name"] for entry in CITY[kind])


def test_product_ids_titles_and_examples_are_unique():
    assert not doubles(product["id"] for product in PRODUCTS)
    for language in ("nl", "en"):
        assert not doubles(product["title"][language] for product in PRODUCTS)
        assert not doubles(text for product in PRODUCTS for text in product["examples"].get(language, []))


def test_every_unit_belongs_to_a_known_group_and_every_product_to_a_known_unit():
    groups = {group["id"] for group in CITY["groups"]}
    assert {unit["group"] for unit in CITY["units"]} == groups
    assert {product["unit"] for product in PRODUCTS} <= {unit["id"] for unit in CITY["units"]}


def test_exactly_one_group_is_the_front_desk_and_two_people_share_it():
    desks = [group["id"] for group in CITY["groups"] if group["front_desk"]]
    assert desks == ["onthaal"]
    shared = [person["id"] for person in CITY["employees"] if "onthaal" in person["groups"]]
    assert "karin" in shared
    assert len(shared) >= 2


def test_every_group_has_a_member_and_every_member_a_known_group():
    member_of = {group for person in CITY["employees"] for group in person["groups"]}
    assert member_of == {group["id"] for group in CITY["groups"]}


def test_employees_have_known_roles_and_an_address_of_the_city():
    roles = [person["role"] for person in CITY["employees"]]
    assert set(roles) == ROLES
    assert all(person["email"].endswith("@" + CITY["domain"]) for person in CITY["employees"])
    assert not doubles(person["email"] for person in CITY["employees"])


@pytest.mark.parametrize("group", CITY["groups"], ids=lambda group: group["id"])
def test_a_group_has_opening_hours_in_order_and_a_term(group):
    assert list(group["hours"]) == DAYS
    assert any(group["hours"].values())
    for spans in group["hours"].values():
        assert all(SPAN.match(span) for span in spans)
        edges = [edge for span in spans for edge in span.split("-")]
        assert edges == sorted(set(edges))
    assert group["answer_within_hours"] > 0
    assert group["description"].endswith(".")


def test_public_holidays_are_dates_of_three_years_without_doubles():
    dates = [dt.date.fromisoformat(text) for text in CITY["public_holidays"]]
    assert dates == sorted(set(dates))
    assert Counter(date.year for date in dates) == {2026: 10, 2027: 10, 2028: 10}


@pytest.mark.parametrize("product", PRODUCTS, ids=lambda product: product["id"])
def test_a_product_has_every_field(product):
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", product["id"])
    assert product["url"] == f"/producten/{product['id']}"
    assert product["upl"] is None or product["upl"]
    assert isinstance(product["changed"], dt.date)
    assert product["theme"]
    assert set(product["audience"]) <= AUDIENCES
    assert product["audience"]
    for language in ("nl", "en"):
        assert product["title"][language]
        assert product["keywords"][language]
        assert not doubles(product["keywords"][language])
    assert 3 <= len(product["examples"]["nl"]) <= 6


@pytest.mark.parametrize("product", PRODUCTS, ids=lambda product: product["id"])
def test_a_product_has_every_section_and_no_unknown_one(product):
    sections = product["sections"]
    assert TEXT_SECTIONS | LIST_SECTIONS <= sections.keys() <= TEXT_SECTIONS | LIST_SECTIONS | OPTIONAL_SECTIONS.keys()
    assert all(isinstance(sections[name], str) for name in TEXT_SECTIONS)
    assert all(isinstance(sections[name], list) for name in LIST_SECTIONS)
    for name, kind in OPTIONAL_SECTIONS.items():
        assert isinstance(sections.get(name, kind()), kind)
    texts = [text for section in sections.values() for text in texts_of(section)]
    assert all(text == text.strip() != "" for text in texts)


def test_some_products_tell_employees_more_than_citizens():
    assert any("internal" in product["sections"] for product in PRODUCTS)


def test_the_passport_is_as_the_documentation_shows_it():
    passport = next(product for product in PRODUCTS if product["id"] == "paspoort-aanvragen")
    sections = passport["sections"]
    assert (sections["cost"], sections["term"], sections["validity"]) == ("€ 75", "5 werkdagen", "7 jaar")


@pytest.mark.parametrize(("language", "blocks"), list(training_examples()))
def test_every_intent_has_enough_training_sentences_and_no_doubles(language, blocks):
    for intent, sentences in blocks.items():
        assert len(sentences) >= LEAST_EXAMPLES[language], intent
    assert not doubles(sentence for sentences in blocks.values() for sentence in sentences)


def test_a_sentence_is_never_trained_as_two_intents():
    meanings = {}
    for _, blocks in training_examples():
        for intent, sentences in blocks.items():
            for sentence in sentences:
                meanings.setdefault(folded(sentence), set()).add(intent)
    assert not {sentence: intents for sentence, intents in meanings.items() if len(intents) > 1}


def test_evaluation_questions_name_known_products_and_acts():
    acts = {intent for _, blocks in training_examples() for intent in blocks} - {"ask_product"}
    for question in [question for path in EVALUATIONS for question in read(path)]:
        assert ("product" in question) != ("act" in question), question
        assert question.get("product") in PRODUCT_IDS | {None}, question
        assert question.get("act", "greet") in acts, question


def test_evaluation_questions_are_used_nowhere_else():
    questions = [question["text"] for path in EVALUATIONS for question in read(path)]
    assert not doubles(questions)
    used = {folded(text) for _, blocks in training_examples() for texts in blocks.values() for text in texts}
    used |= {folded(text) for product in PRODUCTS for texts in product["examples"].values() for text in texts}
    assert not used & {folded(text) for text in questions}


def test_every_file_says_where_it_comes_from():
    files = [*CITY_FOLDER.rglob("*.yaml"), *NLU_FOLDER.glob("*_??.yml"), *EVALUATIONS]
    for path in files:
        first = path.read_text(encoding="utf-8").splitlines()[0]
        assert first.startswith("#"), path.name
        assert "CC0-1.0" in first, path.name
