"""Dutch compounds, split on the words a catalogue knows: parkeervergunningaanvraag, parkeer + vergunning."""

import re
from collections.abc import Iterable

from onthaal_bot.ranking import stems

_SHORTEST_PART = 4
_LINKS = ("", "s", "e", "en")
# parkeren -> parkeer, slopen -> sloop: the form a verb takes inside a compound.
_OPEN_SYLLABLE = re.compile(r"(.*[^aeiou])([aeou])([^aeiouwjx])en")


class Splitter:
    """Splits words into stems of a known vocabulary. Only Dutch compounds are written in one word."""

    def __init__(self, words: Iterable[str], language: str) -> None:
        """`words`: the folded words of the catalogue."""
        self._language = language
        self._forms: dict[str, str] = {}
        self._known: dict[str, tuple[str, ...]] = {}
        if language != "nl":
            return
        for word in words:
            if len(word) >= _SHORTEST_PART and word.isalpha():
                root = stems.stem(word, language)
                self._forms[word] = self._forms[root] = root
                if verb := _OPEN_SYLLABLE.fullmatch(word):
                    self._forms["{0}{1}{1}{2}".format(*verb.groups())] = root

    def split(self, word: str) -> tuple[str, ...]:
        """The stems of the parts, at least two, or () when the word is no known compound."""
        if word not in self._known:
            if len(self._known) > 50_000:  # noqa: PLR2004 - citizens' words: keep memory bounded
                self._known.clear()
            self._known[word] = self._split(word)
        return self._known[word]

    def _split(self, word: str) -> tuple[str, ...]:
        # The longest first part that leaves something known.
        for end in range(len(word) - _SHORTEST_PART, _SHORTEST_PART - 1, -1):
            rest = word[end:]
            first = self._part(word[:end])
            if first is None:
                continue
            if (last := self._form(rest)) is not None:
                return (first, last)
            if more := self._split(rest):
                return (first, *more)
        return ()

    def _part(self, text: str) -> str | None:
        """The stem of a part that may end in a linking letter."""
        for link in _LINKS:
            if text.endswith(link) and (found := self._forms.get(text.removesuffix(link) if link else text)):
                return found
        return None

    def _form(self, text: str) -> str | None:
        return self._forms.get(text) or self._forms.get(stems.stem(text, self._language))
