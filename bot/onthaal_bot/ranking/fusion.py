"""From words and learned names to one order of the products and one honest chance that the first is right."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from onthaal_bot.ranking import catalogue, hashing, index, learned

WAYS: Final = ("bm25", "vote", "chance", "alike", "blend", "coverage", "nearest", "focus")
_FROM_NAMES: Final = 3
PREDICTED: Final = 0.2
"""A product without a uniform name takes those that its own text points to with this chance at least."""
_MOST_PREDICTED: Final = 3
_TINY: Final = 1e-9
_RICH: Final = 5.0
"""Key words and examples per product from which on a catalogue's own words are trusted as such."""
_BEGIN_CHARS: Final = 400
_LEAST_SHARE: Final = 0.02
"""Added to a share before its logarithm is taken, so that nothing is infinitely unlikely."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signs:
    """What speaks for each product that a question may mean."""

    products: NDArray[np.float64]
    """A row per product, as the weights of the order take it."""
    values: NDArray[np.float64]
    """Per way and product, as found."""
    reading: learned.Reading
    evidence: index.Evidence
    length: int
    unknown: float
    """Share of the words that the catalogue does not have."""


class Fusion:
    """One catalogue together with what was learned."""

    def __init__(self, products: Sequence[catalogue.Product], known: learned.Learned, words: index.Index) -> None:
        """`words`: the index of the same products in Dutch."""
        self._known = known
        self._words = words
        self.size = len(products)
        pairs = [
            (number, name, trust) for number, product in enumerate(products) for name, trust in self._names_of(product)
        ]
        self._product = np.array([pair[0] for pair in pairs], np.int64)
        self._name = np.array([pair[1] for pair in pairs], np.int64)
        self._trust = np.array([pair[2] for pair in pairs], np.float64)
        phrases = [
            (number, phrase)
            for number, product in enumerate(products)
            for phrase in _phrases(product.wordings.get("nl", catalogue.Wording()))
        ]
        of_editors = sum(len(product.wordings.get("nl", catalogue.Wording()).phrases) for product in products)
        self._richness = min(1.0, max(0.0, of_editors / max(len(products), 1) - 1) / _RICH)
        self._phrase_of = np.array([number for number, _ in phrases], np.int64)
        self._phrases = known.vectors(hashing.matrix(hashing.of_text(phrase) for _, phrase in phrases))
        self.offered = np.zeros(len(known.names), bool)
        self.offered[self._name] = True

    def _names_of(self, product: catalogue.Product) -> list[tuple[int, float]]:
        own = [(self._known.number[name], 1.0) for name in product.names if name in self._known.number]
        wording = product.wordings.get("nl")
        if own or wording is None:
            return own
        said = hashing.of_text(" ".join((*wording.phrases, wording.title, wording.text[:300])))
        chances = self._known.chances(self._known.vector(said))
        best = np.argsort(-chances)[:_MOST_PREDICTED]
        return [(int(name), float(chances[name])) for name in best if chances[name] >= PREDICTED]

    def signs(self, said: Sequence[str]) -> Signs | None:
        """What speaks for each product; None when the question, given as folded words, says nothing."""
        evidence = self._words.search(said)
        features = hashing.features(said)
        if evidence is None or not features or not self.size:
            return None
        reading = self._known.read(features)
        values = np.zeros((len(WAYS), self.size))
        for row, of_names in enumerate((reading.bm25, reading.vote, reading.chance)):
            np.maximum.at(values[row], self._product, of_names[self._name] * self._trust)
        np.maximum.at(values[_FROM_NAMES], self._phrase_of, self._phrases @ reading.vector)
        values[_FROM_NAMES + 1 :] = (evidence.blend, evidence.coverage, evidence.nearest, evidence.focus)
        values[0] /= sum(features.values()) + _TINY
        values[1] /= reading.vote.sum() + _TINY
        rows = _rows(values)
        unknown = [not term.variants for term in evidence.terms]
        return Signs(
            products=np.concatenate([rows * (1 - self._richness), rows * self._richness], axis=1),
            values=values,
            reading=reading,
            evidence=evidence,
            length=len(said),
            unknown=sum(unknown) / max(len(unknown), 1),
        )

    def whole(self, signs: Signs, order: NDArray[np.float64]) -> NDArray[np.float64]:
        """What tells whether the best product of `order` (fused scores) is right."""
        ranked = np.argsort(-order)
        best = int(ranked[0])
        own = self._of(best)
        rival = next((int(other) for other in ranked[1:6] if not own & self._of(int(other))), None)
        second = order[rival] if rival is not None else 0.0
        chance, vote = signs.reading.chance, signs.reading.vote / (signs.reading.vote.sum() + _TINY)
        firsts = signs.values.argmax(axis=1)
        entropy = -(chance * np.log(chance + _TINY)).sum() / np.log(len(chance))
        return np.array(
            [
                order[best],
                order[best] - second,
                order[best] - (order[ranked[1]] if self.size > 1 else 0.0),
                chance.max(),
                entropy,
                signs.reading.nearest,
                vote[~self.offered].sum(),
                chance[~self.offered].sum(),
                *signs.values[:, best],
                (firsts == best).mean(),
                signs.unknown,
                min(signs.length, 30) / 30,
                1.0 / signs.length,
            ]
        )

    def order(self, signs: Signs) -> tuple[NDArray[np.float64], float]:
        """How well each product fits, and the chance that the best one is right."""
        scores = fused(self._known.weights["order"], signs.products)
        return scores, float(logistic(self._known.weights["sure"], self.whole(signs, scores)))

    @property
    def answers_from(self) -> float:
        """The chance from which on an answer may go out unasked."""
        return float(self._known.weights["answers_from"])

    def _of(self, product: int) -> set[int]:
        return set(self._name[self._product == product].tolist())


def _phrases(wording: catalogue.Wording) -> list[str]:
    """What a product is about, in pieces as long as a question."""
    begin = [part for part in wording.text[:_BEGIN_CHARS].split(". ") if part]
    return [*wording.phrases, *begin]


def _rows(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Per product: each way as found, as a share of its best, by its rank, and the logarithm of the share."""
    shares = values / (values.max(axis=1, keepdims=True) + _TINY)
    ranks = np.argsort(np.argsort(-values, axis=1, kind="stable"), axis=1, kind="stable")
    by_rank = np.where(values > 0, 1.0 / (1.0 + ranks), 0.0)
    return np.concatenate([values, shares, by_rank, np.log(shares + _LEAST_SHARE)]).T


def fused(weights: Sequence[float], rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Per product its part of the whole chance."""
    sums = rows @ np.asarray(weights)
    raised = np.exp(sums - sums.max())
    found: NDArray[np.float64] = raised / raised.sum()
    return found


def logistic(weights: Mapping[str, Any], rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """The chance by a logistic model: {"bias", "weights"}."""
    found: NDArray[np.float64] = 1 / (1 + np.exp(-(rows @ np.asarray(weights["weights"]) + weights["bias"])))
    return found
