"""Chargebacks whose dispute is in another currency than the payment: its amount as the gateway has it."""

import sqlalchemy as sa
from alembic import op

revision = "0064"
down_revision = "0063"

_TABLE, _CHECK = "chargebacks", "ck_chargebacks_gateway_amount"
_TOGETHER = "(gateway_currency IS NULL) = (gateway_amount IS NULL)"


def upgrade() -> None:
    op.add_column(_TABLE, sa.Column("gateway_currency", sa.Text(), nullable=True), if_not_exists=True)
    op.add_column(_TABLE, sa.Column("gateway_amount", sa.BigInteger(), nullable=True), if_not_exists=True)
    op.drop_constraint(op.f(_CHECK), _TABLE, type_="check", if_exists=True)
    op.create_check_constraint(op.f(_CHECK), _TABLE, _TOGETHER, postgresql_not_valid=True)
    with op.get_context().autocommit_block():
        op.execute(f"ALTER TABLE {_TABLE} VALIDATE CONSTRAINT {_CHECK}")


def downgrade() -> None:
    op.drop_constraint(op.f(_CHECK), _TABLE, type_="check")
    op.drop_column(_TABLE, "gateway_amount")
    op.drop_column(_TABLE, "gateway_currency")
