"""The gloss of the uniform product names keeps its form, and a phrase leads to one name."""

import re
from collections import defaultdict
from pathlib import Path

import pytest
import yaml

NLU_DATA = Path(__file__).resolve().parents[2] / "nlu_data"
GLOSS = NLU_DATA / "upl" / "gloss.tsv"
EVERYDAY = NLU_DATA / "upl" / "everyday.tsv"
WORDS = NLU_DATA / "upl" / "en_nl_words.tsv"
TEST_SET = NLU_DATA / "evaluation" / "demo_nl.yaml"
LEAST_NAMES = 420
LEAST_WORDS = 700
LEAST_DUTCH = 6
LEAST_ENGLISH = 4


def rows_of(path):
    """The rows below the comment line, as lists of cells."""
    _comment, *lines = path.read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines]


def phrases_of(cell):
    return cell.split("; ")


def folded(text):
    return re.sub(r"\W+", " ", text.casefold()).strip()


def doubles(names):
    return sorted({name for name in names if names.count(name) > 1})


@pytest.mark.parametrize("path", [GLOSS, EVERYDAY, WORDS], ids=lambda path: path.name)
def test_the_first_line_tells_the_provenance(path):
    first = path.read_text(encoding="utf-8").splitlines()[0]
    assert first.startswith("# Own writing of the Onthaal project, licence CC0-1.0.")


@pytest.mark.parametrize(("path", "columns"), [(GLOSS, 3), (EVERYDAY, 2), (WORDS, 2)])
def test_every_row_has_its_columns_and_no_empty_cell_or_phrase(path, columns):
    for row in rows_of(path):
        assert len(row) == columns, row
        for cell in row:
            assert all(phrase and phrase == phrase.strip(" ;") for phrase in phrases_of(cell)), row


def test_names_are_lower_case_and_occur_once():
    names = [name for name, _dutch, _english in rows_of(GLOSS)]
    assert len(names) >= LEAST_NAMES
    assert [name for name in names if name != name.lower()] == []
    assert doubles(names) == []


def test_everyday_questions_are_of_names_of_the_gloss_and_each_stands_once():
    known = {name for name, _dutch, _english in rows_of(GLOSS)}
    assert [name for name, _question in rows_of(EVERYDAY) if name not in known] == []
    assert doubles([folded(question) for _name, question in rows_of(EVERYDAY)]) == []


def test_every_name_has_enough_phrases():
    few = [
        name
        for name, dutch, english in rows_of(GLOSS)
        if len(phrases_of(dutch)) < LEAST_DUTCH or len(phrases_of(english)) < LEAST_ENGLISH
    ]
    assert few == []


def test_a_phrase_leads_to_one_name():
    names = defaultdict(set)
    for name, dutch, english in rows_of(GLOSS):
        for phrase in phrases_of(dutch) + phrases_of(english):
            names[folded(phrase)].add(name)
    assert {phrase: sorted(found) for phrase, found in names.items() if len(found) > 1} == {}


def test_no_phrase_is_a_question_of_the_test_set():
    phrases = {folded(phrase) for row in rows_of(GLOSS) for cell in row[1:] for phrase in phrases_of(cell)}
    questions = {folded(question["text"]) for question in yaml.safe_load(TEST_SET.read_text(encoding="utf-8"))}
    assert phrases & questions == set()


def test_words_occur_once_in_alphabetical_order():
    words = [english.casefold() for english, _dutch in rows_of(WORDS)]
    assert len(words) >= LEAST_WORDS
    assert doubles(words) == []
    assert words == sorted(words)
