"""The real clock, ids and randomness; the only module that asks the machine for them."""

import os
import secrets
import threading
import time
from datetime import UTC, datetime

_NUMBER_LOW, _NUMBER_HIGH = 10_000_000, 99_999_999


class SystemClock:
    """See `ports.Clock`."""

    def now(self) -> datetime:
        """See `ports.Clock`."""
        return datetime.now(UTC)


class SystemIds:
    """See `ports.Ids`. Ids are UUID version 7 in hexadecimal: sortable by time. Source: RFC 9562, section 5.7."""

    def __init__(self) -> None:
        """Start after the last id of this process."""
        self._last = 0
        self._lock = threading.Lock()

    def new(self) -> str:
        """See `ports.Ids`."""
        with self._lock:
            stamp = time.time_ns() // 1_000_000 << 12  # milliseconds, and twelve bits to count within one
            self._last = max(self._last + 1, stamp)
            stamp = self._last
        tail = int.from_bytes(os.urandom(8)) >> 2 | 1 << 63
        return f"{stamp >> 12:012x}7{stamp & 0xFFF:03x}{tail:016x}"

    def numbers(self) -> tuple[int, ...]:
        """See `ports.Ids`."""
        return tuple(_NUMBER_LOW + secrets.randbelow(_NUMBER_HIGH - _NUMBER_LOW + 1) for _ in range(12))

    def secret(self) -> str:
        """See `ports.Ids`."""
        return secrets.token_urlsafe(32)
