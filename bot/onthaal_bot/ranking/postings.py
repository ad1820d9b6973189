"""A sparse matrix that is asked for the rows that share features with a text, quickly."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy import sparse


class Postings:
    """Rows by feature. `scores` costs as much as the rows that share a feature with the question."""

    def __init__(self, matrix: sparse.csc_matrix) -> None:
        """`matrix`: rows are documents, columns features, values what a shared feature is worth."""
        self._starts, self._rows, self._values = matrix.indptr, matrix.indices, matrix.data
        self.size = matrix.shape[0]

    def scores(self, question: Mapping[int, float]) -> NDArray[np.float64]:
        """Per row the sum of feature weight times value."""
        spans = [(self._starts[number], self._starts[number + 1], weight) for number, weight in question.items()]
        spans = [span for span in spans if span[0] < span[1]]
        if not spans:
            return np.zeros(self.size)
        rows = np.concatenate([self._rows[first:end] for first, end, _ in spans])
        values = np.concatenate([self._values[first:end] * np.float32(weight) for first, end, weight in spans])
        return np.bincount(rows, values, self.size)
