"""Finds how much each sign counts, on questions of municipalities that nothing was learned from.

Each catalogue is that of one such municipality, each question a sentence of another one: as in a city that starts.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from onthaal_bot.ranking import catalogue, fusion, index, learned, text

_CANDIDATES: Final = 12
_STRENGTH: Final = 1.0
_HALVES: Final = 2
PRECISION: Final = 0.8
"""So many of the first products that are called sure have to be the labelled ones. Municipalities label alike things
unlike, so more than this is right to a reader; chosen on development questions with checked labels.
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with the ids of the products that answer it; none: nothing does."""

    text: str
    accepted: frozenset[str]


@dataclass(frozen=True, slots=True)
class Exam:
    """A catalogue and questions about it."""

    products: tuple[catalogue.Product, ...]
    questions: tuple[Asked, ...]


def weigh(known: learned.Learned, exams: Sequence[Exam], step: Callable[[int], None]) -> dict[str, Any]:
    """The weights of `fusion`: of the order of products, and of the chance that the first is right.

    The second model is fitted on questions that the first did not see.
    """
    seen: list[tuple[fusion.Fusion, fusion.Signs, NDArray[np.bool_]]] = []
    for exam in exams:
        words = index.Index([one.wordings.get("nl", catalogue.Wording()) for one in exam.products], "nl")
        fused = fusion.Fusion(exam.products, known, words)
        for asked in exam.questions:
            step(1)
            signs = fused.signs(text.question_words(asked.text))
            if signs is not None:
                right = [one.id in asked.accepted for one in exam.products]
                seen.append((fused, signs, np.array(right)))
    order = _ordered(seen[::_HALVES])
    rows, right = _firsts(seen[1::_HALVES], order)
    sure = _fit(rows[::_HALVES], right[::_HALVES])
    rest, answers = rows[1::_HALVES], right[1::_HALVES]
    return {"order": order, "sure": sure, "answers_from": _from(fusion.logistic(sure, rest), answers)}


def _from(chances: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    """The least chance from which on PRECISION of the first products are right, on questions that nothing saw."""
    order = np.argsort(-chances)
    shares = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    good = np.flatnonzero(shares >= PRECISION)
    return float(chances[order][good[-1]]) if len(good) else 1.0


def _ordered(seen: Sequence[tuple[fusion.Fusion, fusion.Signs, NDArray[np.bool_]]]) -> list[float]:
    """The weights under which the right products of each question get most of its chance. None may be negative.

    Signs that say nearly the same would otherwise speak against each other by chance.
    """
    rows: list[NDArray[np.float64]] = []
    labels: list[NDArray[np.bool_]] = []
    for _, signs, right in seen:
        if right.any():
            best = np.argsort(-signs.values, axis=1)[:, :_CANDIDATES]
            chosen = np.union1d(best, np.flatnonzero(right))
            rows.append(signs.products[chosen])
            labels.append(right[chosen])
    every, right = np.concatenate(rows), np.concatenate(labels)
    starts = np.cumsum([0, *(len(one) for one in rows[:-1])])
    owner = np.repeat(np.arange(len(rows)), [len(one) for one in rows])
    spread = every.std(axis=0) + 1e-9
    scaled = every / spread

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        sums = scaled @ weights
        raised = np.exp(sums - np.maximum.reduceat(sums, starts)[owner])
        whole = np.add.reduceat(raised, starts)
        good = np.add.reduceat(raised * right, starts)
        cost = -np.log(good / whole + 1e-12).sum() + weights @ weights / (2 * _STRENGTH)
        slope = raised / whole[owner] - raised * right / (good[owner] + 1e-12)
        return float(cost), scaled.T @ slope + weights / _STRENGTH

    bounds = [(0.0, None)] * every.shape[1]
    found = optimize.minimize(loss, np.full(every.shape[1], 0.1), jac=True, method="L-BFGS-B", bounds=bounds).x
    return [float(one) for one in found / spread]


def _firsts(seen: Sequence[tuple[fusion.Fusion, fusion.Signs, NDArray[np.bool_]]], order: Sequence[float]) -> Any:
    rows: list[NDArray[np.float64]] = []
    right: list[bool] = []
    for fused, signs, answers in seen:
        scores = fusion.fused(order, signs.products)
        rows.append(fused.whole(signs, scores))
        right.append(bool(answers[int(scores.argmax())]))
    return np.array(rows), np.array(right)


def _fit(rows: NDArray[np.float64], labels: NDArray[np.bool_]) -> dict[str, Any]:
    """A logistic model on rows whose columns are brought to one scale; the scale is in the weights."""
    middle, spread = rows.mean(axis=0), rows.std(axis=0) + 1e-9
    scaled, wanted = (rows - middle) / spread, np.where(labels, 1.0, -1.0)

    def loss(given: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        weights, bias = given[:-1], given[-1]
        chance = 1 / (1 + np.exp(wanted * (scaled @ weights + bias)))  # of being wrong
        slope = -wanted * chance
        cost = -np.log(1 - chance + 1e-12).sum() + weights @ weights / (2 * _STRENGTH)
        return float(cost), np.append(scaled.T @ slope + weights / _STRENGTH, slope.sum())

    columns = rows.shape[1]
    found = optimize.minimize(loss, np.zeros(columns + 1), jac=True, method="L-BFGS-B").x
    weights = found[:-1] / spread
    return {"bias": float(found[-1] - weights @ middle), "weights": [float(one) for one in weights]}
