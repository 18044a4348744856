"""Disputes that are settled because their invoices are paid or void, also those that were left open before."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"

_TABLE = "invoice_disputes"
_STATUS, _SETTLEMENT, _SETTLED = (f"ck_{_TABLE}_{name}" for name in ("status", "settlement", "settled"))
_BEFORE = "status IN ('open', 'withdrawn', 'accepted', 'rejected')"
_NOW = "status IN ('open', 'withdrawn', 'accepted', 'rejected', 'settled')"


def upgrade() -> None:
    op.add_column(_TABLE, sa.Column("settlement", sa.Text(), nullable=True), if_not_exists=True)
    op.drop_constraint(op.f(_STATUS), _TABLE, type_="check", if_exists=True)
    op.create_check_constraint(op.f(_STATUS), _TABLE, _NOW, postgresql_not_valid=True)
    op.drop_constraint(op.f(_SETTLEMENT), _TABLE, type_="check", if_exists=True)
    op.create_check_constraint(
        op.f(_SETTLEMENT), _TABLE, "settlement IN ('invoice_paid', 'invoice_voided')", postgresql_not_valid=True
    )
    op.drop_constraint(op.f(_SETTLED), _TABLE, type_="check", if_exists=True)
    op.create_check_constraint(
        op.f(_SETTLED), _TABLE, "(status = 'settled') = (settlement IS NOT NULL)", postgresql_not_valid=True
    )
    op.execute(
        "UPDATE invoice_disputes d SET status = 'settled', closed_at = now(), updated_at = now(), version = d.version + 1, "
        "settlement = CASE i.status WHEN 'void' THEN 'invoice_voided' ELSE 'invoice_paid' END FROM invoices i "
        "WHERE i.account_id = d.account_id AND i.id = d.invoice_id AND i.status <> 'open' AND d.status = 'open'"
    )
    op.execute(
        "UPDATE invoices SET contested = NULL, version = version + 1, updated_at = now() "
        "WHERE contested IS NOT NULL AND status <> 'open'"
    )
    with op.get_context().autocommit_block():
        for name in (_STATUS, _SETTLEMENT, _SETTLED):
            op.execute(f"ALTER TABLE {_TABLE} VALIDATE CONSTRAINT {name}")


def downgrade() -> None:
    op.drop_constraint(op.f(_SETTLED), _TABLE, type_="check")
    op.drop_constraint(op.f(_SETTLEMENT), _TABLE, type_="check")
    op.drop_constraint(op.f(_STATUS), _TABLE, type_="check")
    op.execute("UPDATE invoice_disputes SET status = 'withdrawn' WHERE status = 'settled'")
    op.create_check_constraint(op.f(_STATUS), _TABLE, _BEFORE, postgresql_not_valid=True)
    op.drop_column(_TABLE, "settlement")
