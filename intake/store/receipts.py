"""The ledger of everything that came in."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from intake import errors, ports
from intake.domain import ids, message
from intake.store import encoding, tables
from intake.store.transaction import Transaction

_t = tables.receipt
_ADD = (
    postgresql.insert(_t)
    .on_conflict_do_nothing(index_elements=[_t.c.channel, _t.c.account, _t.c.wire_id])
    .returning(_t.c.id)
)
_SAME = sa.select(_t.c.id).where(
    _t.c.channel == sa.bindparam("channel"),
    _t.c.account == sa.bindparam("account"),
    _t.c.wire_id == sa.bindparam("wire_id"),
)
_u = tables.utterance
_CLAIM_UTTERANCE = (
    postgresql.insert(_u).on_conflict_do_nothing(index_elements=[_u.c.channel, _u.c.key]).returning(_u.c.receipt_id)
)


class Receipts:
    """See `ports.Receipts`."""

    def __init__(self, transaction: Transaction) -> None:
        self._in = transaction

    def add(self, receipt_id: ids.ReceiptId, receipt: message.RawReceipt, at: datetime) -> ids.ReceiptId:
        """See `ports.Receipts`. Large bytes go to a file first, which is durable before the row is."""
        is_large = len(receipt.raw) > tables.INLINE_BYTES
        row: dict[str, Any] = {
            "id": receipt_id,
            "channel": receipt.channel,
            "account": receipt.account,
            "wire_id": receipt.wire_id,
            "raw": None if is_large else receipt.raw,
            "blob_sha256": self._in.files.keep(receipt.raw) if is_large else None,
            "envelope": receipt.envelope,
            "lane": receipt.lane,
            "received_at": at,
        }
        if self._in.is_hopeful:
            self._in.add_receipt(row)
            return receipt_id
        added = self._in.connection.execute(_ADD, row).scalar_one_or_none()
        if added is None:
            return ids.ReceiptId(self._in.connection.execute(_SAME, row).scalar_one())
        return receipt_id

    def get(self, receipt_id: ids.ReceiptId) -> ports.StoredReceipt:
        """See `ports.Receipts`."""
        statement = sa.select(_t).where(_t.c.id == receipt_id)
        row = self._in.row(statement, f"There is no receipt {receipt_id}.")
        return stored(row, row.raw if row.blob_sha256 is None else self._in.files.load(row.blob_sha256))

    def settle(self, receipt_id: ids.ReceiptId, outcome: str, ref: str | None) -> None:
        """See `ports.Receipts`."""
        open_one = sa.update(_t).where(_t.c.id == receipt_id, _t.c.outcome.is_(None))
        if self._in.changed(open_one.values(outcome=outcome, outcome_ref=ref)) == 0:
            self._in.row(sa.select(_t.c.id).where(_t.c.id == receipt_id), f"There is no receipt {receipt_id}.")
            raise errors.Conflict(f"Receipt {receipt_id} has its outcome already.")

    def claim_utterance(self, channel: str, key: str, receipt_id: ids.ReceiptId) -> ids.ReceiptId:
        """See `ports.Receipts`."""
        row = {"channel": channel, "key": key, "receipt_id": receipt_id}
        if self._in.connection.execute(_CLAIM_UTTERANCE, row).scalar_one_or_none() is not None:
            return receipt_id
        first = sa.select(_u.c.receipt_id).where(_u.c.channel == channel, _u.c.key == key)
        return ids.ReceiptId(self._in.connection.execute(first).scalar_one())


def stored(row: encoding.AnyRow, raw: bytes) -> ports.StoredReceipt:
    """A row of the ledger with the bytes it names."""
    return ports.StoredReceipt(
        id=row.id,
        received_at=row.received_at,
        receipt=message.RawReceipt(
            channel=row.channel,
            account=row.account,
            wire_id=row.wire_id,
            raw=raw,
            envelope=row.envelope,
            lane=row.lane,
        ),
        outcome=row.outcome,
        outcome_ref=row.outcome_ref,
    )
