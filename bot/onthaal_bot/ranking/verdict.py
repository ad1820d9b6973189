"""What a message asks for: a dialogue act, a product, a choice of products, or nothing the bot knows."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from onthaal_bot.ranking import finder, text

ASK_PRODUCT: Final = "ask_product"
ASK_PRODUCT_UNSURE: Final = "ask_product_unsure"
FALLBACK: Final = "nlu_fallback"
SPEAK_TO_HUMAN: Final = "speak_to_human"

# Messages for people: never answered by a product alone.
_FOR_PEOPLE: Final = frozenset({"complaint", "report", "suggestion", "formal_message"})
_NO_ACT: Final = frozenset({ASK_PRODUCT, ASK_PRODUCT_UNSURE, FALLBACK})

# Short texts that ask for a person, folded. Always: a person is always reachable.
_HUMAN_TEXT: Final = re.compile(
    r"(?:een |spreek een |spreek met een |ik wil een |ik wil met een |een echte |echte |liever een |a |real |a real "
    r"|talk to a |speak to a |talk to |speak to |un |une |parler a un |parler avec un )?"
    r"(?:medewerker|mens|persoon|ambtenaar|baliemedewerker|human|agent|person|employee|staff|staff member"
    r"|member of staff|operator|employe|agent humain|collaborateur|conseiller)"
    r"(?: spreken| praten| graag| aub| please| svp| s il vous plait)?"
    r"|bel mij|bel me|call me"
)


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
    certain_act: float = 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The decision: the name of an intent and how sure it is."""

    intent: str
    confidence: float


def asks_for_human(message: str) -> bool:
    """Whether the whole text is a known way to ask for a person."""
    return _HUMAN_TEXT.fullmatch(text.fold(message)) is not None


def decide(message: str, acts: Mapping[str, float], hits: Sequence[finder.Hit], limits: Limits) -> Verdict:
    """Weigh the classifier's confidence per intent against the products found.

    A dialogue act wins unless a product contradicts it. Small talk around a question that a product answers very
    well is that question; with any other contradiction the citizen chooses.
    """
    if asks_for_human(message):
        return Verdict(intent=SPEAK_TO_HUMAN, confidence=1.0)
    act, chance = max(
        ((name, value) for name, value in acts.items() if name not in _NO_ACT),
        key=lambda pair: pair[1],
        default=(FALLBACK, 0.0),
    )
    score = hits[0].score if hits else 0.0
    if chance < limits.dialogue_act:
        return _by_score(hits, limits)
    if act == SPEAK_TO_HUMAN:
        return Verdict(intent=act, confidence=chance)
    if act not in _FOR_PEOPLE and score >= limits.very_strong:
        return _by_score(hits, limits)
    if score >= limits.sure and chance < limits.certain_act:
        return Verdict(intent=ASK_PRODUCT_UNSURE, confidence=score)
    return Verdict(intent=act, confidence=chance)


def _by_score(hits: Sequence[finder.Hit], limits: Limits) -> Verdict:
    score = hits[0].score if hits else 0.0
    lead = score - (hits[1].score if len(hits) > 1 else 0.0)
    if score >= limits.sure and lead >= limits.lead:
        return Verdict(intent=ASK_PRODUCT, confidence=score)
    if score >= limits.unsure:
        return Verdict(intent=ASK_PRODUCT_UNSURE, confidence=score)
    return Verdict(intent=FALLBACK, confidence=1.0 - score)
