"""The bot: what a text means, and small talk."""

from dataclasses import dataclass
from typing import Protocol

from intake.domain import ids


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """A product that may be meant. `score` is between 0 and 1; `words` are the citizen's words that matched."""

    product_id: ids.ProductId
    score: float
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Understanding:
    """What the bot makes of a text."""

    intent: str
    confidence: float
    ranking: tuple[Ranked, ...]
    language: str


class Bot(Protocol):
    """The Rasa server. Every failure (dead, slow, not 200, empty, nonsense) is one error."""

    async def understand(self, text: str) -> Understanding:
        """What is meant by `text`. Raises BotUnavailable."""
        ...

    async def say(self, sender: str, text: str, language: str) -> str:
        """The bot's own words in a dialogue turn (greeting, thanks, what are you). Raises BotUnavailable."""
        ...
