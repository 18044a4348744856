"""Open invoices by what is due of them: an account's paid ones, which are most, are not read."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

_INDEX = "ix_invoices_open_by_amount_due"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        # One whose building broke off is there, and of no use.
        op.drop_index(_INDEX, table_name="invoices", postgresql_concurrently=True, if_exists=True)
        op.create_index(
            _INDEX,
            "invoices",
            ["account_id", "amount_due", "id"],
            postgresql_where=sa.text("status = 'open'"),
            postgresql_concurrently=True,
        )


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.drop_index(_INDEX, table_name="invoices", postgresql_concurrently=True)
