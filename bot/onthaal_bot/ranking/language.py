"""Which language a text is in, by its function words: Dutch, English or French."""

from collections.abc import Sequence
from typing import Final

DEFAULT: Final = "nl"


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


# Frequent words that the two other languages do not have, folded.
_MARKERS: Final[dict[str, frozenset[str]]] = {
    "nl": _set(
        """
        het een ik je jij jullie uw mijn wij hij zij dat deze dit niet geen naar voor van met aan bij uit ook
        nog wel hoe wat waar waarom wanneer wie welke hoeveel kan kun kunt moet mag wil wilt wordt worden heb
        hebt heeft bent zijn zou graag als maar omdat iemand iets krijg krijgen vraag aanvragen moeten hallo
        goedendag bedankt dank
        """
    ),
    "en": _set(
        """
        the i my you your he she they what where when how why who which do does did can could would should must
        is are am was were and or but of to from with for about have has not don want need get apply there this
        that it please hello thanks thank hi much many long cost new
        """
    ),
    "fr": _set(
        """
        le la les un une des du et ou mais je vous nous votre mon ma mes est suis sont avez ai quel quelle
        comment quand pourquoi combien pour avec dans sur qui que ce cette faut peux puis bonjour merci demander
        obtenir au aux
        """
    ),
}


def scores(words: Sequence[str]) -> dict[str, float]:
    """Per language the share of the folded `words` that are its function words."""
    if not words:
        return dict.fromkeys(_MARKERS, 0.0)
    return {name: sum(word in markers for word in words) / len(words) for name, markers in _MARKERS.items()}


def detect(words: Sequence[str]) -> str | None:
    """The language of the folded `words`; None when nothing or too little tells."""
    ordered = sorted(scores(words).items(), key=lambda item: -item[1])
    (first, share), (_, second_share) = ordered[0], ordered[1]
    return first if share > second_share else None
