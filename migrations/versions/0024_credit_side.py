"""Credits and deposits by their day: open items need every one of them, and none of an account's other entries."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"

_INDEX = "ix_ledger_entries_customer_credit"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        # One whose building broke off is there, and of no use.
        op.drop_index(_INDEX, table_name="ledger_entries", postgresql_concurrently=True, if_exists=True)
        op.create_index(
            _INDEX,
            "ledger_entries",
            ["account_id", "effective_on"],
            postgresql_where=sa.text("customer_credit <> 0"),
            postgresql_concurrently=True,
        )


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.drop_index(_INDEX, table_name="ledger_entries", postgresql_concurrently=True)
