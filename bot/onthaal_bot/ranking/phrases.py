"""The phrase nearest to a question: cosine over character n-grams of titles, keywords and examples."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer

if TYPE_CHECKING:
    from scipy import sparse


class Phrases:
    """All short phrases of all products in one language."""

    def __init__(self, phrases: Sequence[tuple[int, str]], size: int) -> None:
        """`phrases`: (number of the product, folded words joined by spaces); `size`: how many products."""
        self._size = size
        kept = [(number, phrase) for number, phrase in phrases if phrase.strip()]
        self._owners = np.array([number for number, _ in kept], dtype=np.int64)
        self._vectorizer = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True)
        self._matrix: sparse.csr_matrix | None = None
        if kept:
            self._matrix = cast("sparse.csr_matrix", self._vectorizer.fit_transform(phrase for _, phrase in kept))

    def scores(self, question: str) -> NDArray[np.float64]:
        """Per product 0..1: the cosine of its nearest phrase."""
        best = np.zeros(self._size)
        if self._matrix is not None:
            query = cast("sparse.csr_matrix", self._vectorizer.transform([question])).toarray()[0]
            np.maximum.at(best, self._owners, self._matrix.dot(query))
        return best
