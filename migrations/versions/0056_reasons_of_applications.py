"""Why an application to an invoice undoes an earlier one, or brings one back; those of before have none."""

import sqlalchemy as sa
from alembic import op

revision = "0056"
down_revision = "0055"

_TABLE, _NAME = "invoice_applications", "ck_invoice_applications_reason"
_REASONS = "'return', 'cancellation', 'refund', 'refund_failed', 'chargeback', 'chargeback_won', 'correction'"


def upgrade() -> None:
    op.add_column(_TABLE, sa.Column("reason", sa.Text(), nullable=True), if_not_exists=True)
    op.drop_constraint(op.f(_NAME), _TABLE, type_="check", if_exists=True)
    op.create_check_constraint(op.f(_NAME), _TABLE, f"reason IN ({_REASONS})", postgresql_not_valid=True)
    with op.get_context().autocommit_block():
        op.execute(f"ALTER TABLE {_TABLE} VALIDATE CONSTRAINT {_NAME}")


def downgrade() -> None:
    op.drop_column(_TABLE, "reason")
