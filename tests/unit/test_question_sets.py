"""The question sets are large enough, well formed, free of doubles, and used nowhere else."""

import json
import re
from collections import Counter
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
NLU_FOLDER = ROOT / "nlu_data"
FOLDER = NLU_FOLDER / "questions"
HALVES = ("dev", "test")
DUTCH = {"nl", "nl-BE"}
DANGERS = {"fire", "medical", "suicide", "violence", "child", "gas", "water", "other"}
FORMS = {"objection", "complaint", "access", "privacy", "default", "liability"}
FIELDS = {
    "colloquial": {"id", "text", "lang", "expected", "kind"},
    "refuse": {"id", "text", "lang", "kind"},
    "urgent": {"id", "text", "lang", "urgent", "kind"},
    "formal": {"id", "text", "lang", "formal", "kind"},
}
KINDS = {
    "colloquial": {"colloquial", "plain"},
    "refuse": {"near-domain", "borderline", "far"},
    "urgent": DANGERS | {"none"},
    "formal": FORMS | {"none"},
}
LANGUAGES = {"colloquial": DUTCH, "refuse": DUTCH, "urgent": DUTCH | {"en", "fr"}, "formal": DUTCH | {"en", "fr"}}
# At least so many lines of a value of a field, over both halves.
LEAST = {
    "colloquial": {"kind": {"colloquial": 640}, "lang": {"nl": 300, "nl-BE": 300}},
    "refuse": {"kind": {"near-domain": 220, "borderline": 40, "far": 80}, "lang": {"nl": 150, "nl-BE": 150}},
    "urgent": {"urgent": {True: 240, False: 240}, "kind": dict.fromkeys(DANGERS, 20)},
    "formal": {"formal": {True: 240, False: 240}, "kind": dict.fromkeys(FORMS, 30)},
}
LEAST_POSITIVE = {"urgent": {"en": 40, "fr": 30}, "formal": {"en": 30, "fr": 20}}


def lines(name, half):
    return [json.loads(line) for line in (FOLDER / f"{name}_{half}.jsonl").read_text(encoding="utf-8").splitlines()]


def folded(text):
    return re.sub(r"\W+", " ", text.casefold()).strip()


def doubles(texts):
    return sorted(text for text, times in Counter(texts).items() if times > 1)


def read(path):
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def strings(value):
    """Every text in a YAML document; of a block of examples each line."""
    if isinstance(value, str):
        yield from (line.removeprefix("- ") for line in value.splitlines())
    elif isinstance(value, dict):
        for item in value.values():
            yield from strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from strings(item)


SETS = {name: {half: lines(name, half) for half in HALVES} for name in FIELDS}
BOTH = {name: [row for half in HALVES for row in SETS[name][half]] for name in SETS}
EVERY = [row for rows in BOTH.values() for row in rows]
PRODUCT_FILES = sorted((ROOT / "demo" / "voorbeeldstad" / "products").glob("*.yaml"))
PRODUCT_IDS = {product["id"] for path in PRODUCT_FILES for product in read(path)}


def test_the_folder_holds_these_sets_and_nothing_else():
    expected = {f"{name}_{half}.jsonl" for name in SETS for half in HALVES} | {"README.md"}
    assert {path.name for path in FOLDER.iterdir()} == expected


@pytest.mark.parametrize("name", SETS)
def test_every_line_has_the_fields_and_values_of_its_set(name):
    for row in BOTH[name]:
        assert set(row) == FIELDS[name], row
        assert row["kind"] in KINDS[name], row
        assert row["lang"] in LANGUAGES[name], row
        assert re.fullmatch(rf"{name}-\d{{3,}}", row["id"]), row
        assert row["text"] == row["text"].strip(), row
        assert folded(row["text"]), row


@pytest.mark.parametrize("name", LEAST)
def test_a_set_is_large_enough(name):
    for field, least in LEAST[name].items():
        counted = Counter(row[field] for row in BOTH[name])
        assert not {value: counted[value] for value, number in least.items() if counted[value] < number}


@pytest.mark.parametrize("name", LEAST_POSITIVE)
def test_english_and_french_are_there_too(name):
    counted = Counter(row["lang"] for row in BOTH[name] if row[name])
    assert all(counted[language] >= number for language, number in LEAST_POSITIVE[name].items()), counted


@pytest.mark.parametrize("name", ["urgent", "formal"])
def test_a_kind_is_given_exactly_when_the_line_is_serious(name):
    assert not [row for row in BOTH[name] if row[name] is not (row["kind"] != "none")]


@pytest.mark.parametrize("name", SETS)
def test_about_half_of_a_set_is_kept_for_testing(name):
    assert 0.45 <= len(SETS[name]["test"]) / len(BOTH[name]) <= 0.55


def test_ids_and_texts_are_unique_over_all_sets_and_halves():
    assert not doubles(row["id"] for row in EVERY)
    assert not doubles(folded(row["text"]) for row in EVERY)


@pytest.mark.parametrize("half", HALVES)
def test_every_product_has_a_question_in_each_half(half):
    asked = {product for row in SETS["colloquial"][half] for product in row["expected"]}
    assert asked == PRODUCT_IDS


def test_expected_products_are_listed_once():
    for row in BOTH["colloquial"]:
        assert row["expected"], row
        assert not doubles(row["expected"]), row


def test_no_line_is_learned_from():
    upl = NLU_FOLDER / "upl"
    learned = [upl / "gloss.tsv", upl / "everyday.tsv", *(NLU_FOLDER / "first_look").glob("*.txt")]
    used = {
        folded(phrase)
        for path in learned
        for line in path.read_text(encoding="utf-8").splitlines()
        for phrase in re.split(r"\t|; ", line)
    }
    assert len(used) > 10_000
    assert not [row["id"] for row in EVERY if folded(row["text"]) in used]


def test_no_line_is_used_in_training_in_the_older_tests_or_as_an_example():
    files = [*NLU_FOLDER.glob("*.yml"), *(NLU_FOLDER / "evaluation").glob("*.yaml"), *PRODUCT_FILES]
    used = {folded(text) for path in files for text in strings(read(path))}
    assert len(used) > 1000
    assert not [row["id"] for row in EVERY if folded(row["text"]) in used]
