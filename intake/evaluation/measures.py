"""What the answers of the bot to known questions are worth."""

import dataclasses
import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

from intake import ports
from intake.evaluation import questions

ANSWER: Final = "ask_product"
CHOICE: Final = "ask_product_unsure"
OFFERED: Final = 3
_Z: Final = 1.96  # 95 %


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question and what the bot made of it."""

    question: questions.Question
    intent: str
    hits: tuple[bool, ...]
    """Per ranked product whether it answers the question; the best first."""
    score: float
    """Of the best product; 0 when there is none."""

    @property
    def is_answered(self) -> bool:
        """Whether the bot answers without asking further."""
        return self.intent == ANSWER


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A part of a whole with its 95 % interval. Source: Wilson 1927, score interval."""

    count: int
    of: int

    @property
    def value(self) -> float:
        """0..1; 0 of nothing is 0."""
        return self.count / self.of if self.of else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Between what the true share lies; 0 to 1 when nothing was asked."""
        if not self.of:
            return 0.0, 1.0
        brake = 1 + _Z**2 / self.of
        middle = (self.value + _Z**2 / (2 * self.of)) / brake
        half = _Z / brake * math.sqrt(self.value * (1 - self.value) / self.of + _Z**2 / (4 * self.of**2))
        return max(0.0, middle - half), min(1.0, middle + half)

    def json(self) -> dict[str, Any]:
        """For programs."""
        low, high = self.interval
        return {
            "share": round(self.value, 4),
            "low": round(low, 4),
            "high": round(high, 4),
            "count": self.count,
            "of": self.of,
        }


def judge(
    question: questions.Question, understood: ports.Understanding, products: Mapping[str, questions.Product]
) -> Asked:
    """Hold what the bot understood against what is known."""
    ranked = understood.ranking
    return Asked(
        question=question,
        intent=understood.intent,
        hits=tuple(question.is_answered_by(products[one.product_id]) for one in ranked if one.product_id in products),
        score=ranked[0].score if ranked else 0.0,
    )


def of_questions(asked: Sequence[Asked]) -> dict[str, Share]:
    """The measures of questions that a product answers."""
    answered = [one for one in asked if one.is_answered]
    offered = [one for one in asked if one.intent == CHOICE]
    right = sum(any(one.hits[:1]) for one in answered)
    return {
        "top_1": Share(count=sum(any(one.hits[:1]) for one in asked), of=len(asked)),
        "top_3": Share(count=sum(any(one.hits[:OFFERED]) for one in asked), of=len(asked)),
        "answered": Share(count=len(answered), of=len(asked)),
        "answered_right": Share(count=right, of=len(answered)),
        "wrong_answers": Share(count=len(answered) - right, of=len(asked)),
        "offered": Share(count=len(offered), of=len(asked)),
        "offered_right": Share(count=sum(any(one.hits[:OFFERED]) for one in offered), of=len(offered)),
    }


def of_foreign(asked: Sequence[Asked]) -> dict[str, Share]:
    """The share answered of texts that no product answers, by how far they are."""
    parts = {
        "far": [one for one in asked if one.question.kind == "far"],
        "near": [one for one in asked if one.question.kind.startswith("near") and not one.question.is_borderline],
        "borderline": [one for one in asked if one.question.is_borderline],
    }
    return {name: Share(count=sum(one.is_answered for one in part), of=len(part)) for name, part in parts.items()}


def curve(asked: Sequence[Asked], points: int = 50) -> list[tuple[float, float]]:
    """(share answered, precision) for falling thresholds on the score of the best product."""
    ordered = sorted(asked, key=lambda one: -one.score)
    found: list[tuple[float, float]] = []
    right = 0
    for number, one in enumerate(ordered, 1):
        right += any(one.hits[:1])
        if number % max(1, len(ordered) // points) == 0 or number == len(ordered):
            found.append((number / len(ordered), right / number))
    return found
