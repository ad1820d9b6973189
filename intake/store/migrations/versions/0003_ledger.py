"""Indexes of the ledger: receipts by outcome and time with their channel, and by channel and time."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_receipt_outcome_received_at_id", table_name="receipt")
    op.create_index(
        "ix_receipt_outcome_received_at_id_channel",
        "receipt",
        ["outcome", "received_at", "id", "channel"],
        unique=False,
    )
    op.create_index("ix_receipt_channel_received_at", "receipt", ["channel", "received_at"], unique=False)
