"""BM25 over words and character 3- to 5-grams, as a share of what a question could reach at most."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

# Measured on paraphrases of municipal products; b is low because a long description is no fault.
K1 = 1.2
B = 0.5
_SIZES = (3, 4, 5)


def features(tokens: Iterable[str]) -> Counter[str]:
    """Words (marked by spaces) and the character n-grams inside each of them."""
    found: Counter[str] = Counter()
    for token in tokens:
        padded = f" {token} "
        found[padded] += 1
        found.update(
            padded[start : start + size]
            for size in _SIZES
            for start in range(len(padded) - size + 1)
            if size < len(padded)
        )
    return found


class Bm25:
    """An index over one bag of weighted words per product."""

    def __init__(self, documents: Sequence[Mapping[str, float]]) -> None:
        """`documents`: per product its words with how often they count."""
        self._number: dict[str, int] = {}
        rows: list[int] = []
        columns: list[int] = []
        counts: list[float] = []
        for row, document in enumerate(documents):
            bag: dict[str, float] = {}
            for token, times in document.items():
                for feature, count in features([token]).items():
                    bag[feature] = bag.get(feature, 0.0) + count * times
            rows.extend([row] * len(bag))
            columns.extend(self._number.setdefault(feature, len(self._number)) for feature in bag)
            counts.extend(bag.values())
        shape = (len(documents), len(self._number))
        matrix = sparse.csc_matrix((counts, (rows, columns)), shape=shape, dtype=np.float32)
        found = np.diff(matrix.indptr)
        self._idf = np.log(1 + (shape[0] - found + 0.5) / (found + 0.5))
        self._unknown_idf = float(np.log(1 + (shape[0] + 0.5) / 0.5))
        lengths = np.asarray(matrix.sum(axis=1)).ravel()
        brake = K1 * (1 - B + B * lengths / max(float(lengths.mean()) if shape[0] else 1.0, 1e-9))
        matrix.data = matrix.data * (K1 + 1) / (matrix.data + brake[matrix.indices])
        self._matrix = matrix

    def scores(self, tokens: Sequence[str]) -> NDArray[np.float64]:
        """Per product 0..1: reached score divided by what a product full of these words would reach."""
        total = np.zeros(self._matrix.shape[0])
        most = 0.0
        for feature in features(tokens):
            number = self._number.get(feature)
            if number is None:
                most += self._unknown_idf * (K1 + 1)
                continue
            most += float(self._idf[number]) * (K1 + 1)
            start, end = self._matrix.indptr[number : number + 2]
            total[self._matrix.indices[start:end]] += self._matrix.data[start:end] * self._idf[number]
        return total / most if most else total
