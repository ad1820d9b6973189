"""From labelled texts to what the ranking reads: BM25 over names, neighbours and the classifier."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from onthaal_bot.learning import softmax
from onthaal_bot.ranking import hashing, learned

K1, B = 2.0, 0.5
"""Source: chosen on development questions; the documents are long, so a word may come more often than in one."""
_MOST_OF_TEXTS: Final = 0.15
"""A feature that more texts have than this tells neighbours nothing, and costs most of the time."""
_MOST_SHARE: Final = 4.0
"""No text counts more than this for the classifier: a name itself weighs ten in BM25, and is one text here."""
_TINY: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Labelled:
    """A text, the number of its uniform name, and how much it says about it."""

    text: str
    owner: int
    weight: float = 1.0


def make(
    names: Sequence[str], texts: Sequence[Labelled], settings: softmax.Settings, step: Callable[[int], None]
) -> learned.Learned:
    """Learn `names` from `texts`. `step` hears how many texts were looked at, `settings.epochs` times each."""
    features = hashing.matrix(hashing.of_text(one.text) for one in texts)
    owners = np.array([one.owner for one in texts], np.int64)
    weights = np.array([one.weight for one in texts], np.float32)
    rarity = _rarity(features)
    model = softmax.train(features, owners, np.minimum(weights, _MOST_SHARE), len(names), settings, step)
    arrays = learned.Arrays(
        bm25=_bm25(features, owners, weights, len(names)),
        texts=_neighbours(features, rarity),
        owners=owners.astype(np.int32),
        rarity=rarity,
        features=model.features.astype(np.float16),
        names=model.names,
    )
    none: dict[str, Any] = {}
    return learned.Learned(tuple(names), arrays, none)


def _bm25(
    texts: sparse.csr_matrix, owners: NDArray[np.int64], weights: NDArray[np.float32], count: int
) -> sparse.csc_matrix:
    """One document per name of all its texts; values are what a feature of a question is worth there."""
    sums = sparse.csr_matrix((weights, (owners, np.arange(len(owners)))), shape=(count, texts.shape[0]))
    found = (sums @ texts).tocsr()
    lengths = np.asarray(found.sum(axis=1)).ravel()
    brake = K1 * (1 - B + B * lengths / max(float(lengths.mean()), _TINY))
    in_names = np.bincount(found.indices, minlength=hashing.SIZE)
    idf = np.log(1 + (count - in_names + 0.5) / (in_names + 0.5)).astype(np.float32)
    rows = np.repeat(np.arange(count), np.diff(found.indptr))
    found.data = found.data * (K1 + 1) / (found.data + brake[rows]) * idf[found.indices]
    return found.tocsc().astype(np.float32)


def _rarity(texts: sparse.csr_matrix) -> NDArray[np.float32]:
    """Per feature how much it tells (idf over texts); nothing when nearly every text has it."""
    often = np.bincount(texts.indices, minlength=hashing.SIZE)
    found = np.log((texts.shape[0] + 1) / (often + 1)).astype(np.float32)
    return np.where(often > _MOST_OF_TEXTS * texts.shape[0], np.float32(0), found)


def _neighbours(texts: sparse.csr_matrix, rarity: NDArray[np.float32]) -> sparse.csc_matrix:
    """The texts with features weighted by rarity, each of length 1."""
    made = texts.astype(np.float32)
    made.data = made.data * rarity[made.indices]
    made.eliminate_zeros()
    lengths = np.sqrt(np.asarray(made.multiply(made).sum(axis=1)).ravel()) + _TINY
    made.data = made.data / np.repeat(lengths, np.diff(made.indptr)).astype(np.float32)
    return made.tocsc()
