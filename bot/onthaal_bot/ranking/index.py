"""One language of the catalogue, searchable."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from onthaal_bot.ranking import bm25, catalogue, phrases, stems, text, vocabulary

# How far a word in this part of a product says that the product is about it.
TITLE_TRUST, KEYWORD_TRUST, EXAMPLE_TRUST, TEXT_TRUST = 1.0, 1.0, 0.7, 0.5
# How often a word counts in BM25.
TITLE_TIMES, KEYWORD_TIMES, EXAMPLE_TIMES, TEXT_TIMES = 3.0, 2.0, 1.0, 0.5
# The share of BM25, of the nearest phrase, of explained words and of the title in the order of the products.
BLEND = (0.4, 0.2, 0.4, 0.1)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for each product (all arrays run over the products, values 0..1)."""

    blend: NDArray[np.float64]
    coverage: NDArray[np.float64]
    """Share of the question's meaning that the product explains."""
    anchored: NDArray[np.float64]
    """The same by title, keywords and examples and without light words: what the product is about."""
    nearest: NDArray[np.float64]
    """Likeness of the nearest title, keyword or example."""
    focus: NDArray[np.float64]
    """Share of the title's meaning that was asked for: of two products about a word, the plain one is meant."""
    matched: Sequence[NDArray[np.float64]]
    """Per term of the question how well each product matches it."""
    terms: Sequence[vocabulary.Term]


class Index:
    """Built once per snapshot and language; searching changes nothing."""

    def __init__(self, wordings: Sequence[catalogue.Wording], language: str) -> None:
        """`wordings`: of every product in the order of the catalogue, empty where it has none."""
        self.size = len(wordings)
        self.language = language
        self.empty = not any(wording.phrases for wording in wordings)
        parts = [self._parts(wording) for wording in wordings]
        self._vocabulary = vocabulary.Vocabulary(
            ([word for words, _, _ in part for word in words] for part in parts), language
        )
        self._trust: dict[str, dict[int, float]] = defaultdict(dict)
        bags: list[dict[str, float]] = []
        for number, part in enumerate(parts):
            bag: dict[str, float] = defaultdict(float)
            for words, trust, times in part:
                for word in words:
                    bag[word] += times
                    for stem, share in self._vocabulary.document_stems(word):
                        known = self._trust[stem]
                        known[number] = max(known.get(number, 0.0), trust * share)
            bags.append(bag)
        self._titles: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for number, wording in enumerate(wordings):
            title = [self._vocabulary.term(word) for word in self._content(wording.title)]
            total = sum(term.weight for term in title)
            for term in title:
                self._titles[stems.stem(term.word, language)].append((number, term.weight / total))
        self._bm25 = bm25.Bm25(bags)
        self._phrases = phrases.Phrases(
            [
                (number, " ".join(self._vocabulary.telling(self._content(phrase))))
                for number, wording in enumerate(wordings)
                for phrase in wording.phrases
            ],
            self.size,
        )

    def _content(self, phrase: str) -> list[str]:
        folded = text.question_words(phrase)
        return vocabulary.content(folded, self.language) or folded

    def _parts(self, wording: catalogue.Wording) -> list[tuple[list[str], float, float]]:
        folded = [
            ([wording.title], TITLE_TRUST, TITLE_TIMES),
            (list(wording.keywords), KEYWORD_TRUST, KEYWORD_TIMES),
            (list(wording.examples), EXAMPLE_TRUST, EXAMPLE_TIMES),
            ([wording.text], TEXT_TRUST, TEXT_TIMES),
        ]
        return [([w for one in texts for w in self._content(one)], trust, times) for texts, trust, times in folded]

    def search(self, question: Sequence[str]) -> Evidence | None:
        """What speaks for each product; None when the folded words of the question say nothing."""
        said = vocabulary.content(question, self.language)
        if not said or not self.size:
            return None
        terms = [self._vocabulary.term(word) for word in said]
        matched = [self._match(term) for term in terms]
        total = sum(term.weight for term in terms)
        anchors = [self._anchors(term, match) for term, match in zip(terms, matched, strict=True)]
        weights = [term.weight / total for term in terms]
        coverage = self._sum(weights, matched)
        nearest = self._phrases.scores(" ".join(self._vocabulary.telling(said)))
        focus = self._focus(terms)
        blend = self._sum(BLEND, (self._bm25.scores(said), nearest, coverage, focus))
        return Evidence(blend, coverage, self._sum(weights, anchors), nearest, focus, matched, terms)

    def _focus(self, terms: Sequence[vocabulary.Term]) -> NDArray[np.float64]:
        shares: dict[str, float] = {}
        for stem, share in (pair for term in terms for variant in term.variants for pair in variant):
            shares[stem] = max(share, shares.get(stem, 0.0))
        found = np.zeros(self.size)
        for stem, share in shares.items():
            for number, weight in self._titles.get(stem, ()):
                found[number] += share * weight
        return found

    def _anchors(self, term: vocabulary.Term, match: NDArray[np.float64]) -> NDArray[np.float64]:
        none = np.zeros(self.size)
        return none if term.light else np.where(match > TEXT_TRUST, match, none)

    def _sum(self, weights: Sequence[float], values: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
        return sum((weight * value for weight, value in zip(weights, values, strict=True)), np.zeros(self.size))

    def _match(self, term: vocabulary.Term) -> NDArray[np.float64]:
        best = np.zeros(self.size)
        for variant in term.variants:
            found = np.zeros(self.size)
            for stem, share in variant:
                for number, trust in self._trust.get(stem, {}).items():
                    found[number] += share * trust
            np.maximum(best, found, out=best)
        return best
