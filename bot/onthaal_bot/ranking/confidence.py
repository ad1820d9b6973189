"""How sure the ranking is: one number per product, 0..1, comparable over questions and catalogues."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from onthaal_bot.ranking import index


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """A logistic model: the chance that a product is what the citizen means.

    Chosen on questions with known answers and on questions that no product answers; rounded.
    """

    bias: float = -3.4
    blend: float = 2.5
    coverage: float = 2.0
    nearest: float = 1.5
    margin: float = 5.0


WEIGHTS = Weights()
# A product that shares only light words, or mentions the others in its text alone, is never sure.
_MENTIONED = 0.6
# Beyond this lead over the next product more lead says nothing.
_WIDE_MARGIN = 0.25


def margins(blend: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far each product is ahead of the best other one (negative: behind)."""
    if len(blend) < 2:  # noqa: PLR2004 - no other product
        return np.full(len(blend), _WIDE_MARGIN)
    second, first = np.partition(blend, -2)[-2:]
    return np.where(blend == first, blend - second, blend - first)


def confidence(evidence: index.Evidence, weights: Weights = WEIGHTS) -> NDArray[np.float64]:
    """Per product 0..1."""
    margin = np.clip(margins(evidence.blend), -_WIDE_MARGIN, _WIDE_MARGIN)
    sum_ = (
        weights.bias
        + weights.blend * evidence.blend
        + weights.coverage * evidence.coverage
        + weights.nearest * evidence.nearest
        + weights.margin * margin
    )
    chance = 1 / (1 + np.exp(-sum_)) * np.where(evidence.anchored > 0, 1.0, _MENTIONED)
    return np.where(evidence.blend > 0, chance, 0.0)
