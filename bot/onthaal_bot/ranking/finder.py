"""Finds products for a question, in the languages it may be in."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from onthaal_bot.ranking import catalogue, confidence, fusion, index, language, learned, text, words

# A product whose best word matches less than this shows nothing worth naming.
_MATCHES = 0.3
# Below this a product is only there because of a few letters.
_LEAST_SCORE = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A product that may answer the question."""

    product: str
    version: int
    score: float
    """0..1, see `confidence`."""
    words: tuple[str, ...]
    """The citizen's own words that matched, in their order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What the catalogue says to a question; `hits` has the best first."""

    snapshot: str | None
    language: str
    hits: tuple[Hit, ...]


class Finder:
    """Searches one catalogue; built once per snapshot."""

    def __init__(self, products: catalogue.Catalogue, known: learned.Learned | None = None) -> None:
        """Build an index per language in which the catalogue has titles; `known`: what was learned elsewhere."""
        self.catalogue = products
        empty = catalogue.Wording()
        built = {
            code: index.Index([product.wordings.get(code, empty) for product in products.products], code)
            for code in words.LANGUAGES
            if any(code in product.wordings for product in products.products)
        }
        self._indexes = {code: made for code, made in built.items() if not made.empty}
        dutch = self._indexes.get(language.DEFAULT)
        self._fusion = (
            fusion.Fusion(products.products, known, dutch) if known is not None and dutch is not None else None
        )

    @property
    def answers_from(self) -> float | None:
        """The score from which on a product may be the answer; None: as the limits of the verdict say."""
        return self._fusion.answers_from if self._fusion is not None else None

    def find(self, question: str, *, most: int = 5) -> Found:
        """The products for a question, at most `most`; none when it says nothing or nothing fits."""
        said = text.question_words(question)
        spoken = language.detect(text.fold(question).split())
        if self._fusion is not None and (found := self._fused(self._fusion, question, said, spoken, most)):
            return found
        best: dict[int, tuple[float, tuple[str, ...]]] = {}
        leader = (0.0, spoken or language.DEFAULT)
        for code in self._searched(spoken):
            evidence = self._indexes[code].search(said)
            if evidence is None:
                continue
            scores = confidence.confidence(evidence)
            for number in np.argsort(-scores, kind="stable")[:most].tolist():
                score = float(scores[number])
                if score >= _LEAST_SCORE and score > best.get(number, (0.0, ()))[0]:
                    best[number] = (score, self._words(evidence, number))
                    leader = max(leader, (score, code), key=lambda pair: pair[0])
        forms = text.surface_forms(question)
        ordered = sorted(best.items(), key=lambda item: (-item[1][0], item[0]))[:most]
        return Found(
            snapshot=self.catalogue.version,
            language=spoken or leader[1],
            hits=tuple(self._hit(number, score, matched, forms) for number, (score, matched) in ordered),
        )

    def _fused(
        self, fused: fusion.Fusion, question: str, said: Sequence[str], spoken: str | None, most: int
    ) -> Found | None:
        signs = fused.signs(said)
        if signs is None:
            return None
        order, sure = fused.order(signs)
        ranked = np.argsort(-order, kind="stable")[:most].tolist()
        forms = text.surface_forms(question)
        scores = [(number, sure * float(order[number] / order[ranked[0]])) for number in ranked]
        return Found(
            snapshot=self.catalogue.version,
            language=spoken or language.DEFAULT,
            hits=tuple(
                self._hit(number, score, self._words(signs.evidence, number), forms)
                for number, score in scores
                if score >= _LEAST_SCORE
            ),
        )

    def _searched(self, spoken: str | None) -> Sequence[str]:
        """The spoken language; also Dutch, for products that are not translated; all when it is unknown."""
        if spoken is None:
            return tuple(self._indexes)
        wanted = dict.fromkeys((spoken, language.DEFAULT))
        return [code for code in wanted if code in self._indexes] or tuple(self._indexes)

    @staticmethod
    def _words(evidence: index.Evidence, number: int) -> tuple[str, ...]:
        return tuple(
            term.word for term, match in zip(evidence.terms, evidence.matched, strict=True) if match[number] >= _MATCHES
        )

    def _hit(self, number: int, score: float, matched: tuple[str, ...], forms: dict[str, str]) -> Hit:
        product = self.catalogue.products[number]
        return Hit(
            product=product.id,
            version=product.version,
            score=round(score, 4),
            words=tuple(dict.fromkeys(forms.get(word, word) for word in matched)),
        )
