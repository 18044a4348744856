"""Indexes for the searches over all accounts: scheduled payments and refunds by the time of their sending, payouts."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0052"
down_revision = "0051"

_NEW: dict[str, tuple[str, list[str], dict[str, Any]]] = {
    "ix_payments_submitted_at": (
        "payments",
        ["submitted_at"],
        {"postgresql_where": sa.text("submitted_at IS NOT NULL")},
    ),
    "ix_refunds_sent_at": ("refunds", ["sent_at"], {}),
    "ix_payout_items_payment_id": ("payout_items", ["payment_id"], {}),
}


def upgrade() -> None:
    with op.get_context().autocommit_block():
        for name, (table, columns, words) in _NEW.items():
            # One whose building broke off is there, and of no use.
            op.drop_index(name, table_name=table, postgresql_concurrently=True, if_exists=True)
            op.create_index(name, table, columns, postgresql_concurrently=True, **words)


def downgrade() -> None:
    with op.get_context().autocommit_block():
        for name, (table, _, _) in _NEW.items():
            op.drop_index(name, table_name=table, postgresql_concurrently=True, if_exists=True)
