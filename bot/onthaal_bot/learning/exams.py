"""Catalogues and questions to weigh on, made of municipalities that nothing was learned from."""

import itertools
import random
from collections import defaultdict
from collections.abc import Sequence
from itertools import groupby
from typing import Final

from onthaal_bot.learning import collection, own, weighing
from onthaal_bot.ranking import catalogue

CATALOGUES: Final = 10
QUESTIONS: Final = 260
SMALLEST: Final = 120
"""Products of a municipality; fewer are a catalogue in which everything is easy to find."""
_NAMELESS: Final = (0.25, 0.25, 0.25, 0.25, 1.0)
"""The share of products whose uniform names are hidden, in turn: many cities name only some, Flemish ones none."""
_FEWEST_WORDS: Final = 5
_OWN: Final = 0.3
"""So many products are asked for in a sentence of their own, taken out of their text, or by their title."""


def of(records: Sequence[collection.Record], given: own.Own, chance: random.Random) -> list[weighing.Exam]:
    """Exams with questions of editors (some about names that the catalogue does not have) and foreign texts."""
    ordered = sorted(records, key=lambda one: one.municipality)
    cities = [list(own_records) for _, own_records in groupby(ordered, key=lambda one: one.municipality)]
    large = [city for city in cities if len(city) >= SMALLEST]
    chance.shuffle(large)
    asked = _telling(ordered)
    hidden = itertools.cycle(_NAMELESS)
    editors = [_exam(city, asked, given, next(hidden), chance) for city in large[:CATALOGUES]]
    return [*editors, _own_exam(given, chance)] if given.asked else editors


def _own_exam(given: own.Own, chance: random.Random) -> weighing.Exam:
    """Everyday questions about a catalogue that has examples and key words."""
    questions = [weighing.Asked(text, accepted) for text, accepted in given.asked]
    questions += [weighing.Asked(text, frozenset()) for text in given.foreign]
    chance.shuffle(questions)
    return weighing.Exam(given.products, tuple(questions))


def _telling(records: Sequence[collection.Record]) -> list[tuple[str, str, frozenset[str]]]:
    """(municipality, question, its names) of questions that are asked about one thing only."""
    meant: dict[str, set[str]] = defaultdict(set)
    for record in records:
        for question in record.questions:
            meant[question].update(record.names)
    return [
        (record.municipality, question, frozenset(record.names))
        for record in records
        for question in record.questions
        if record.names and meant[question] == set(record.names) and len(question.split()) >= _FEWEST_WORDS
    ]


def _exam(
    city: Sequence[collection.Record],
    asked: Sequence[tuple[str, str, frozenset[str]]],
    given: own.Own,
    nameless: float,
    chance: random.Random,
) -> weighing.Exam:
    own_question = {
        number: chance.choice(record.questions) if record.questions else record.title
        for number, record in enumerate(city)
        if chance.random() < _OWN
    }
    products = tuple(
        catalogue.Product(
            id=f"p{number}",
            names=() if chance.random() < nameless else record.names,
            wordings={
                "nl": catalogue.Wording(
                    title=record.title, text=" ".join(s for s in record.sentences if s != own_question.get(number))
                )
            },
        )
        for number, record in enumerate(city)
    )
    said = {sentence for record in city for sentence in record.sentences}
    possible = [(text, names) for place, text, names in asked if place != city[0].municipality and text not in said]
    everyday = chance.sample(given.everyday, min(QUESTIONS // 2, len(given.everyday)))
    drawn = [*chance.sample(possible, min(QUESTIONS, len(possible))), *everyday]
    known = [
        weighing.Asked(
            text, frozenset(f"p{at}" for at, record in enumerate(city) if not names.isdisjoint(record.names))
        )
        for text, names in drawn
    ]
    known += [weighing.Asked(text, frozenset([f"p{number}"])) for number, text in own_question.items()]
    outside = [weighing.Asked(text, frozenset()) for text in given.foreign]
    chosen = known + chance.sample(outside, min(QUESTIONS // 5, len(outside)))
    chance.shuffle(chosen)
    return weighing.Exam(products, tuple(chosen))
