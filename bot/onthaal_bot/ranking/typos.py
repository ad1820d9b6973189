"""Nearest known word for a mistyped one."""

from collections import defaultdict
from collections.abc import Iterable

_SHORTEST = 5
_LONG = 9


def distance_at_most(left: str, right: str, limit: int) -> bool:
    """Whether at most `limit` letters differ, are missing, added or swapped with their neighbour."""
    if abs(len(left) - len(right)) > limit:
        return False
    before: list[int] = []
    row = list(range(len(right) + 1))
    for i, letter in enumerate(left, 1):
        older, before, row = before, row, [i]
        for j, other in enumerate(right, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == right[j - 2] and left[i - 2] == other:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
        if min(row) > limit:
            return False
    return row[-1] <= limit


class Corrector:
    """Finds known words within one typing mistake, two in long words."""

    def __init__(self, words: Iterable[str]) -> None:
        """`words`: the folded words of the catalogue."""
        self._by_length: dict[int, list[str]] = defaultdict(list)
        for word in sorted(set(words)):
            if len(word) >= _SHORTEST and word.isalpha():
                self._by_length[len(word)].append(word)

    def nearest(self, word: str) -> tuple[str, ...]:
        """The known words nearest to `word`, at most three; () when it is short or nothing is near."""
        if len(word) < _SHORTEST or not word.isalpha():
            return ()
        for limit in range(1, 3 if len(word) >= _LONG else 2):
            found = [
                known
                for length in range(len(word) - limit, len(word) + limit + 1)
                for known in self._by_length.get(length, ())
                # A first and a last letter that both differ make another word.
                if (known[0] == word[0] or known[-1] == word[-1]) and distance_at_most(word, known, limit)
            ]
            if found:
                return tuple(found[:3])
        return ()
