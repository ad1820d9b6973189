"""The ledger of everything that came in."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from intake.domain import ids, message


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredReceipt:
    """A raw receipt with its fate. `outcome` is None until it was read."""

    id: ids.ReceiptId
    received_at: datetime
    receipt: message.RawReceipt
    outcome: str | None
    outcome_ref: str | None


class Receipts(Protocol):
    """The ledger of everything that came in."""

    def add(self, receipt_id: ids.ReceiptId, receipt: message.RawReceipt, at: datetime) -> ids.ReceiptId:
        """Insert, or return the id of the same delivery (then different from `receipt_id`)."""
        ...

    def get(self, receipt_id: ids.ReceiptId) -> StoredReceipt:
        """Raises NotFound."""
        ...

    def settle(self, receipt_id: ids.ReceiptId, outcome: str, ref: str | None) -> None:
        """Write the one outcome. Raises Conflict when there is one already."""
        ...

    def claim_utterance(self, channel: str, key: str, receipt_id: ids.ReceiptId) -> ids.ReceiptId:
        """Mark that the utterance `key` came in by this receipt; returns the first receipt that had it."""
        ...
