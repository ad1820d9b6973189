"""What a message asks for: a dialogue act, a product, a choice of products, or nothing the bot knows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from onthaal_bot.ranking import finder, text

ASK_PRODUCT: Final = "ask_product"
ASK_PRODUCT_UNSURE: Final = "ask_product_unsure"
FALLBACK: Final = "nlu_fallback"
SPEAK_TO_HUMAN: Final = "speak_to_human"

# A citizen who means one of these wants a person or leaves a message: no product may take its place.
_FOR_PEOPLE: Final = frozenset({SPEAK_TO_HUMAN, "complaint", "report", "suggestion", "formal_message"})
_NO_ACT: Final = frozenset({ASK_PRODUCT, ASK_PRODUCT_UNSURE, FALLBACK})

# Short texts that ask for a person, folded. Always: a person is always reachable.
_HUMAN_TEXTS: Final = frozenset(
    f"{before}{noun}{after}"
    for before in (
        "",
        "een ",
        "spreek een ",
        "spreek met een ",
        "ik wil een ",
        "een echte ",
        "echte ",
        "liever een ",
        "a ",
        "real ",
        "a real ",
        "talk to a ",
        "speak to a ",
        "un ",
        "une ",
        "parler a un ",
        "parler avec un ",
    )
    for noun in (
        "medewerker",
        "mens",
        "persoon",
        "ambtenaar",
        "baliemedewerker",
        "human",
        "agent",
        "person",
        "employee",
        "staff",
        "staff member",
        "operator",
        "employe",
        "agent humain",
        "collaborateur",
        "conseiller",
    )
    for after in ("", " spreken", " graag", " aub", " please", " svp", " s il vous plait")
) | {
    "spreek een medewerker",
    "member of staff",
    "talk to staff",
    "speak to staff",
    "bel mij",
    "bel me",
    "call me",
    "help desk",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """From which score on. Scores of the ranking are 0..1, confidences of intents too.

    `lead` is how far a sure product must be ahead of the second.
    """

    sure: float = 0.65
    lead: float = 0.07
    unsure: float = 0.2
    very_strong: float = 0.8
    dialogue_act: float = 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The decision: the name of an intent and how sure it is."""

    intent: str
    confidence: float


def asks_for_human(message: str) -> bool:
    """Whether the whole text is a known way to ask for a person."""
    return text.fold(message) in _HUMAN_TEXTS


def decide(message: str, acts: Mapping[str, float], hits: Sequence[finder.Hit], limits: Limits) -> Verdict:
    """Weigh the classifier's confidence per intent against the products found.

    A sure dialogue act wins, unless it is small talk around a question that a product answers very well.
    """
    if asks_for_human(message):
        return Verdict(intent=SPEAK_TO_HUMAN, confidence=1.0)
    score = hits[0].score if hits else 0.0
    act, sure = max(
        ((name, value) for name, value in acts.items() if name not in _NO_ACT),
        key=lambda pair: pair[1],
        default=(FALLBACK, 0.0),
    )
    if sure >= limits.dialogue_act and (act in _FOR_PEOPLE or score < limits.very_strong):
        return Verdict(intent=act, confidence=sure)
    lead = score - (hits[1].score if len(hits) > 1 else 0.0)
    if score >= limits.sure and lead >= limits.lead:
        return Verdict(intent=ASK_PRODUCT, confidence=score)
    if score >= limits.unsure:
        return Verdict(intent=ASK_PRODUCT_UNSURE, confidence=score)
    return Verdict(intent=FALLBACK, confidence=1.0 - score)
