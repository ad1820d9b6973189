"""What the world outside the hub saw during a campaign: the other half of every promise."""

import dataclasses
import time
from collections import Counter


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An employee's answer that the workspace said was sent."""

    number: int
    text: str


@dataclasses.dataclass(kw_only=True)
class Chat:
    """One chat as its citizen saw it."""

    token: str | None = None
    said: list[str] = dataclasses.field(default_factory=list)
    """Client ids, in order."""
    shown: dict[int, str] = dataclasses.field(default_factory=dict)
    """Id of the message under each number that the hub gave it."""
    confirmed: int = 0
    twice_differently: int = 0
    """How often one number came with another message than before: never."""
    has_left: bool = False


class History:
    """Everything with its moment, in seconds since the campaign began."""

    def __init__(self) -> None:
        self.began = time.monotonic()
        self.events: list[tuple[float, str, str]] = []
        self.threads: dict[str, list[str]] = {}
        """Message-IDs of the mails of each citizen, first to last."""
        self.chats: list[Chat] = []
        self.answers: list[Answer] = []
        self.refused: list[str] = []
        """Mails that were refused for good: none may be."""
        self.kills: list[float] = []

    @property
    def now(self) -> float:
        return time.monotonic() - self.began

    def note(self, kind: str, what: str = "") -> None:
        """`mail_sent`, `mail_kept`, `chat_sent`, `chat_kept`, `answer_kept`, `started`, `ready`, `killed`."""
        self.events.append((self.now, kind, what))
        if kind == "killed":
            self.kills.append(self.now)

    def named(self, kind: str) -> list[str]:
        return [what for _, each, what in self.events if each == kind]

    @property
    def counts(self) -> Counter[str]:
        return Counter(kind for _, kind, _ in self.events)
