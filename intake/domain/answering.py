"""What the bot does with a turn of the citizen: the decision alone, without doing it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from intake.domain import contact, ids, message

SUGGESTIONS = 3
CHOICE_PRODUCT = "product:"
CHOICE_NONE = "none"
CHOICE_SOLVED = "answered:yes"
CHOICE_NOT_SOLVED = "answered:no"

_KINDS = {
    "complaint": contact.Kind.COMPLAINT,
    "report": contact.Kind.REPORT,
    "suggestion": contact.Kind.SUGGESTION,
    "formal_message": contact.Kind.FORMAL,
}
_TALK = frozenset({"greet", "goodbye", "thank", "bot_challenge", "ask_help", "out_of_scope"})
ROUTE_SCORE = 0.35
"""From this score on, the best product also says which group answers."""


class Step(StrEnum):
    """The things the bot can do."""

    ANSWER = "answer"
    SUGGEST = "suggest"
    TALK = "talk"
    HELP = "help"
    HAND_OVER = "hand_over"
    CLOSE = "close"


class Reason(StrEnum):
    """Why a person is needed; employees see it in their own words."""

    ASKED_FOR_PERSON = "asked_for_person"
    NONE_FITS = "none_fits"
    NOT_ANSWERED = "not_answered"
    NOT_SURE = "not_sure"
    NOT_IN_CATALOGUE = "not_in_catalogue"
    KIND = "kind"
    BOT_UNAVAILABLE = "bot_unavailable"
    NO_TEXT = "no_text"
    NO_ADDRESS = "no_address"
    AFTER_PERSON = "after_person"
    AUTOMATIC = "automatic"
    NOT_ARRIVED = "not_arrived"
    UNKNOWN_REPORT = "unknown_report"
    STRANDED = "stranded"
    TAKEN_UP = "taken_up"


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What the decision knows of the turn. `intent` is None when the bot failed or was not asked."""

    act: message.Act
    choice: str | None
    intent: str | None
    ranking: Sequence[tuple[ids.ProductId, float]] = ()
    is_live: bool
    """The citizen is in a chat and can choose at once."""
    is_first: bool
    """No answer of the bot went before it in this contact."""
    offered: Collection[str] = ()
    """The choices that the bot offered in this contact."""
    last_offered: Collection[str] = ()
    """The choices under the bot's last message."""
    kind: contact.Kind = contact.Kind.QUESTION
    is_short: bool = True
    """The text is so short that it can be mere thanks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What to do. `product` is the answer, or what the question is about for the route to a group."""

    step: Step
    reason: Reason | None = None
    kind: contact.Kind = contact.Kind.QUESTION
    product: ids.ProductId | None = None


class Reading(Protocol):
    """What the bot made of one text."""

    @property
    def intent(self) -> str:
        """The intent's name."""
        ...

    @property
    def confidence(self) -> float:
        """How sure the bot is of the intent."""
        ...


_WEIGHTS = {
    **dict.fromkeys(_KINDS, 5),
    "speak_to_human": 4,
    "ask_product": 3,
    "ask_product_unsure": 2,
}


def weight(reading: Reading) -> tuple[int, float]:
    """Which of several readings of one message counts: the highest."""
    return _WEIGHTS.get(reading.intent, 1), reading.confidence


def decide(heard: Heard) -> Decision:
    """The step that fits; when in doubt, a person."""
    about = _about(heard)
    if heard.act is message.Act.HUMAN:
        return _person(Reason.ASKED_FOR_PERSON, heard.kind, None)
    if heard.act is message.Act.CHOICE and heard.choice in heard.offered:
        return _chosen(heard, about)
    if heard.intent is None:
        return _person(Reason.BOT_UNAVAILABLE, heard.kind, about)
    if heard.intent in _KINDS or heard.kind is not contact.Kind.QUESTION:
        return _person(Reason.KIND, _KINDS.get(heard.intent, heard.kind), about)
    if heard.intent == "speak_to_human":
        return _person(Reason.ASKED_FOR_PERSON, heard.kind, None)  # "talk to a human" is about no product
    if heard.intent in {"affirm", "thank", "deny"} and _follows_answer(heard):
        return _after_answer(heard, about)
    if not heard.is_live and not heard.is_first:
        return _person(Reason.NOT_ANSWERED, heard.kind, about)
    return _question(heard, about)


def _follows_answer(heard: Heard) -> bool:
    """Whether yes, no or thanks are about the bot's answer; a long mail is never taken for mere thanks."""
    return CHOICE_SOLVED in heard.last_offered or (not heard.is_live and not heard.is_first and heard.is_short)


def _question(heard: Heard, about: ids.ProductId | None) -> Decision:
    best = heard.ranking[0][0] if heard.ranking else None
    if heard.intent == "ask_product" and best is not None:
        return Decision(step=Step.ANSWER, product=best)
    if heard.intent == "ask_product_unsure" and best is not None:
        asked_already = CHOICE_NONE in heard.last_offered
        if heard.is_live and not asked_already:
            return Decision(step=Step.SUGGEST)
        return _person(Reason.NOT_SURE, heard.kind, about)
    if heard.is_live and heard.intent in _TALK:
        return Decision(step=Step.TALK)
    if heard.is_live and heard.intent in {"affirm", "deny"}:
        return Decision(step=Step.HELP)
    return _person(Reason.NOT_IN_CATALOGUE, heard.kind, about)


def _chosen(heard: Heard, about: ids.ProductId | None) -> Decision:
    choice = heard.choice or ""
    if choice.startswith(CHOICE_PRODUCT):
        return Decision(step=Step.ANSWER, product=ids.ProductId(choice.removeprefix(CHOICE_PRODUCT)))
    if choice == CHOICE_SOLVED:
        return Decision(step=Step.CLOSE)
    return _person(Reason.NONE_FITS if choice == CHOICE_NONE else Reason.NOT_ANSWERED, heard.kind, about)


def _after_answer(heard: Heard, about: ids.ProductId | None) -> Decision:
    if heard.intent == "deny":
        return _person(Reason.NOT_ANSWERED, heard.kind, about)
    return Decision(step=Step.CLOSE)


def _about(heard: Heard) -> ids.ProductId | None:
    if heard.ranking and heard.ranking[0][1] >= ROUTE_SCORE and heard.intent != "nlu_fallback":
        return heard.ranking[0][0]
    return None


def _person(reason: Reason, kind: contact.Kind, about: ids.ProductId | None) -> Decision:
    return Decision(step=Step.HAND_OVER, reason=reason, kind=kind, product=about)
