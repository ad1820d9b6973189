"""Time, identities and randomness: what no rule may ask the machine for."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """The time of day."""

    def now(self) -> datetime:
        """The present moment in UTC."""
        ...


class Ids(Protocol):
    """Fresh identities and randomness."""

    def new(self) -> str:
        """An id that no other record has; later ids sort after earlier ones."""
        ...

    def numbers(self) -> tuple[int, ...]:
        """Some candidate contact numbers of eight digits; the first that is free is taken."""
        ...

    def secret(self) -> str:
        """256 random bits as URL-safe text."""
        ...
