"""What the words of a question mean to a catalogue: stems, parts of compounds, corrected typos, weights."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import log

from onthaal_bot.ranking import compounds, stems, typos, words

LIGHT_WEIGHT = 0.3
# A part tells less than the whole: paspoortfoto is not a paspoort.
PART_TRUST = 0.65
TYPO_TRUST = 0.8


@dataclass(frozen=True, slots=True)
class Term:
    """One word of a question.

    `weight` is its share of meaning (idf, lowered for light words); `variants` are alternatives, each a list
    of (stem, trust) of which all count together.
    """

    word: str
    weight: float
    light: bool
    variants: tuple[tuple[tuple[str, float], ...], ...]


def content(question: Sequence[str], language: str) -> list[str]:
    """The words that are no stop words; when only stop words were given, none."""
    stop = words.STOP[language]
    return [word for word in dict.fromkeys(question) if word not in stop]


class Vocabulary:
    """The words of all products in one language."""

    def __init__(self, documents: Iterable[Iterable[str]], language: str) -> None:
        """`documents`: the folded words of each product, for the weights."""
        self.language = language
        listed = [set(document) for document in documents]
        self._size = len(listed)
        self._words = set[str]().union(*listed)
        self._splitter = compounds.Splitter(sorted(self._words), language)
        self._light = {stems.stem(word, language) for word in words.LIGHT[language]} | words.LIGHT[language]
        self._frequency: dict[str, int] = {}
        for document in listed:
            for known in {stem for word in document for stem, _ in self.document_stems(word)}:
                self._frequency[known] = self._frequency.get(known, 0) + 1

    @cached_property
    def _corrector(self) -> typos.Corrector:
        return typos.Corrector(self._words)

    @property
    def frequency(self) -> Mapping[str, int]:
        """In how many products a stem occurs."""
        return self._frequency

    def document_stems(self, word: str) -> list[tuple[str, float]]:
        """What a word of a product may be found by: its stem, and with less trust the parts."""
        whole = stems.stem(word, self.language)
        return [(whole, 1.0), *((part, PART_TRUST) for part in self._splitter.split(word) if part != whole)]

    def telling(self, said: Sequence[str]) -> list[str]:
        """The words that are not light; all when nothing else is left."""
        return [word for word in said if not self.is_light(word)] or list(said)

    def is_light(self, word: str) -> bool:
        """Whether the word says that something is asked for, not what."""
        return word in self._light or stems.stem(word, self.language) in self._light

    def idf(self, stem: str) -> float:
        """Rarity: high for a stem in few products, highest for one in none."""
        count = self._frequency.get(stem, 0)
        return log(1 + (self._size - count + 0.5) / (count + 0.5))

    def _corrected(self, word: str) -> list[str]:
        """Stems of near words; not of light ones, or *regenen* would be *regelen*."""
        near = (stems.stem(known, self.language) for known in self._corrector.nearest(word) if known not in self._light)
        return [stem for stem in near if stem not in self._light]

    def term(self, word: str) -> Term:
        """What a word of a question may match."""
        whole = stems.stem(word, self.language)
        light = self.is_light(word)
        variants: list[tuple[tuple[str, float], ...]] = [((whole, 1.0),)]
        if parts := self._splitter.split(word):
            total = sum(len(part) for part in parts)
            variants.append(tuple((part, 0.95 * len(part) / total) for part in parts))
        if whole not in self._frequency and not parts:
            variants += [((near, TYPO_TRUST),) for near in self._corrected(word)]
        known = [variant for variant in variants if any(stem in self._frequency for stem, _ in variant)]
        # The rarest reading decides; an unknown word is something the catalogue does not have.
        rarity = max((self.idf(stem) for variant in known for stem, _ in variant), default=self.idf(whole))
        return Term(word, rarity * (LIGHT_WEIGHT if light else 1.0), light, tuple(known))
