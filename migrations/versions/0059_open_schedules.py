"""Indexes for what waits in one account: its scheduled payments, and the invoices that autopay has not paid."""

import sqlalchemy as sa
from alembic import op

revision = "0059"
down_revision = "0058"

_NEW = {
    "ix_payments_scheduled": ("payments", ["account_id"], "state = 'scheduled'"),
    "ix_autopay_invoices_not_sent": ("autopay_invoices", ["account_id", "status"], "status <> 'sent'"),
}


def upgrade() -> None:
    with op.get_context().autocommit_block():
        for name, (table, columns, where) in _NEW.items():
            # One whose building broke off is there, and of no use.
            op.drop_index(name, table_name=table, postgresql_concurrently=True, if_exists=True)
            op.create_index(name, table, columns, postgresql_where=sa.text(where), postgresql_concurrently=True)


def downgrade() -> None:
    with op.get_context().autocommit_block():
        for name, (table, _, _) in _NEW.items():
            op.drop_index(name, table_name=table, postgresql_concurrently=True, if_exists=True)
