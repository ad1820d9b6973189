"""Stems of folded words, by the Snowball algorithms."""

from functools import lru_cache
from typing import Final

import snowballstemmer

_ALGORITHMS: Final = {"nl": "dutch", "en": "english", "fr": "french"}
_STEMMERS: Final = {code: snowballstemmer.stemmer(name) for code, name in _ALGORITHMS.items()}
_SHORT = 3


@lru_cache(maxsize=50_000)
def stem(word: str, language: str) -> str:
    """The stem of a folded word; words of three letters and numbers stay as they are."""
    if len(word) <= _SHORT or not word.isalpha():
        return word
    found: str = _STEMMERS[language].stemWord(word)
    return found
