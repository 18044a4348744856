"""Bank accounts that can't pay any more, since their banks have returned a debit."""

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"

_TABLE, _CHECK = "payment_methods", "ck_payment_methods_blocked_is_no_default"


def upgrade() -> None:
    op.add_column(_TABLE, sa.Column("blocked_code", sa.Text(), nullable=True), if_not_exists=True)
    op.add_column(_TABLE, sa.Column("blocked_at", sa.TIMESTAMP(timezone=True), nullable=True), if_not_exists=True)
    op.drop_constraint(op.f(_CHECK), _TABLE, type_="check", if_exists=True)
    op.create_check_constraint(
        op.f(_CHECK), _TABLE, "blocked_code IS NULL OR NOT is_default", postgresql_not_valid=True
    )
    with op.get_context().autocommit_block():  # no row has a value yet
        op.execute(f"ALTER TABLE {_TABLE} VALIDATE CONSTRAINT {_CHECK}")


def downgrade() -> None:
    op.drop_constraint(op.f(_CHECK), _TABLE, type_="check")
    op.drop_column(_TABLE, "blocked_at")
    op.drop_column(_TABLE, "blocked_code")
