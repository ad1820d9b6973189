"""A text classifier over uniform product names: the mean of learned vectors of a text's features, compared by angle.

Like fastText, with letter groups, dropped features and rare names that count more; trained with numpy alone.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from onthaal_bot.ranking import learned

DIMENSIONS: Final = 96


@dataclass(frozen=True, slots=True)
class Settings:
    """How it is trained."""

    epochs: int = 6
    batch: int = 512
    rate: float = 0.04
    dropped: float = 0.3
    rarity: float = 0.35
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Model:
    """`features`: a vector per hashed feature; `names`: one per name, of length 1."""

    features: NDArray[np.float32]
    names: NDArray[np.float32]


def _softmax(values: NDArray[np.float32]) -> NDArray[np.float32]:
    raised = np.exp(values - values.max(axis=1, keepdims=True))
    return raised / raised.sum(axis=1, keepdims=True)


def train(
    texts: sparse.csr_matrix,
    labels: NDArray[np.int64],
    shares: NDArray[np.float32],
    count: int,
    settings: Settings,
    step: Callable[[int], None],
) -> Model:
    """Learn from one label per text; `shares` says how much each text counts. `step` hears how many were looked at."""
    random = np.random.default_rng(settings.seed)
    size = texts.shape[1]
    vectors = random.normal(0, 0.1, (size, DIMENSIONS)).astype(np.float32)
    names = random.normal(0, 0.1, (count, DIMENSIONS)).astype(np.float32)
    speed, names_speed = np.full(size, 1e-6, np.float32), np.full(count, 1e-6, np.float32)
    often = np.maximum(np.bincount(labels, minlength=count), 1)
    weights = (often[labels] ** -settings.rarity * shares).astype(np.float32)
    weights /= weights.mean()
    done, all_steps = 0, settings.epochs * (-(-len(labels) // settings.batch))
    for _ in range(settings.epochs):
        order = random.permutation(len(labels))
        for first in range(0, len(order), settings.batch):
            chosen = order[first : first + settings.batch]
            rate = settings.rate * (1 - done / all_steps)
            done += 1
            batch = texts[chosen]
            batch.data = batch.data * (random.random(len(batch.data), dtype=np.float32) >= settings.dropped)
            used, inverse = np.unique(batch.indices, return_inverse=True)
            batch = sparse.csr_matrix((batch.data, inverse, batch.indptr), shape=(len(chosen), len(used)))
            own = vectors[used]
            hidden = batch @ own
            long = np.linalg.norm(hidden, axis=1, keepdims=True) + 1e-6
            hidden /= long
            name_long = np.linalg.norm(names, axis=1, keepdims=True) + 1e-6
            units = names / name_long
            wrong = _softmax(learned.SHARPNESS * hidden @ units.T)
            wrong[np.arange(len(chosen)), labels[chosen]] -= 1
            wrong *= (learned.SHARPNESS / len(chosen)) * weights[chosen][:, None]
            to_hidden, to_units = wrong @ units, wrong.T @ hidden
            to_hidden = (to_hidden - hidden * (hidden * to_hidden).sum(1, keepdims=True)) / long
            to_names = (to_units - units * (units * to_units).sum(1, keepdims=True)) / name_long
            to_own = batch.T @ to_hidden
            speed[used] += (to_own**2).mean(axis=1)
            vectors[used] = own - rate * to_own / np.sqrt(speed[used])[:, None]
            names_speed += (to_names**2).mean(axis=1)
            names -= rate * to_names / np.sqrt(names_speed)[:, None]
            step(len(chosen))
    return Model(vectors, names / (np.linalg.norm(names, axis=1, keepdims=True) + 1e-9))
