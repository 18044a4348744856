"""The vendor's words for why an application was undone or an invoice voided; those of before have none."""

import sqlalchemy as sa
from alembic import op

revision = "0061"
down_revision = "0060"

_COLUMNS = {"invoice_applications": "reason_text", "write_offs": "reversal_reason"}


def upgrade() -> None:
    for table, column in _COLUMNS.items():
        op.add_column(table, sa.Column(column, sa.Text(), nullable=True), if_not_exists=True)


def downgrade() -> None:
    for table, column in _COLUMNS.items():
        op.drop_column(table, column)
