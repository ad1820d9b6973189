"""Tells when much comes in at once: then keeping and acknowledging goes before reading and answering."""

from collections import deque
from datetime import datetime, timedelta

RECEIPTS_PER_SECOND = 20
"""From here on it is a rush. A city of 100,000 inhabitants sees less than this in a busy minute."""
_SECOND = timedelta(seconds=1)


class Rush:
    """Looks at the moments of the latest receipts of this process."""

    def __init__(self) -> None:
        """Quiet so far."""
        self._latest: deque[datetime] = deque(maxlen=RECEIPTS_PER_SECOND)

    def received(self, at: datetime) -> None:
        """Something came in."""
        self._latest.append(at)

    def is_on(self, now: datetime) -> bool:
        """Whether the last `RECEIPTS_PER_SECOND` receipts all came within the last second.

        After the clock was set back the receipts of before seem to come later: that is no rush, or it would not end.
        """
        since = now - self._latest[0] if len(self._latest) == RECEIPTS_PER_SECOND else _SECOND
        return timedelta(0) <= since < _SECOND
