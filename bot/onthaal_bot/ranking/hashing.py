"""Words, word pairs and letter groups of a text as numbers below a fixed size, so that no vocabulary has to be kept."""

import zlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from onthaal_bot.ranking import text, words

SIZE: Final = 1 << 18
"""How many numbers there are; a few features share one, which does no harm."""
STOP_SHARE: Final = 0.3
PAIR_SHARE: Final = 0.7
LETTERS_SHARE: Final = 0.8
_GROUPS: Final = (3, 4, 5)
_STOP: Final = frozenset().union(*words.STOP.values())


@lru_cache(maxsize=200_000)
def _of_word(word: str) -> tuple[tuple[int, float], ...]:
    """A word and its letter groups; together the groups weigh as much as LETTERS_SHARE, however many they are."""
    if word in _STOP:
        return ((_number("w" + word), STOP_SHARE),)
    padded = f"<{word}>"
    groups = [padded[at : at + size] for size in _GROUPS for at in range(len(padded) - size + 1) if size < len(padded)]
    share = LETTERS_SHARE / max(len(groups), 1) ** 0.5
    return ((_number("w" + word), 1.0), *((_number(group), share) for group in groups))


def _number(feature: str) -> int:
    return zlib.crc32(feature.encode()) & (SIZE - 1)


def features(said: Sequence[str]) -> dict[int, float]:
    """Number → weight of the folded words `said`."""
    found: dict[int, float] = defaultdict(float)
    for word in said:
        for number, share in _of_word(word):
            found[number] += share
    for left, right in pairwise(said):
        found[_number(f"{left} {right}")] += PAIR_SHARE
    return found


def of_text(content: str) -> dict[int, float]:
    """As `features`, of a text as a citizen writes it."""
    return features(text.question_words(content))


def matrix(rows: Iterable[dict[int, float]]) -> sparse.csr_matrix:
    """One row per text, `SIZE` columns."""
    indptr, indices, data = [0], list[NDArray[np.int32]](), list[NDArray[np.float32]]()
    for row in rows:
        indices.append(np.fromiter(row.keys(), np.int32, len(row)))
        data.append(np.fromiter(row.values(), np.float32, len(row)))
        indptr.append(indptr[-1] + len(row))
    empty_indices, empty_data = np.zeros(0, np.int32), np.zeros(0, np.float32)
    return sparse.csr_matrix(
        (np.concatenate([*data, empty_data]), np.concatenate([*indices, empty_indices]), np.array(indptr)),
        shape=(len(indptr) - 1, SIZE),
    )
