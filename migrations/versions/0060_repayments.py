"""Refunds that their payments do not cover: the invoice by which the money is due again."""

import sqlalchemy as sa
from alembic import op

revision = "0060"
down_revision = "0059"

_INVOICES, _KIND = "invoices", "ck_invoices_kind"
_REFUNDS, _COLUMN, _KEY, _INDEX = (
    "refunds",
    "repayment_id",
    "fk_refunds_account_id_repayment_id",
    "ix_refunds_repayment",
)


def _allow(kinds: str) -> None:
    op.drop_constraint(op.f(_KIND), _INVOICES, type_="check", if_exists=True)
    op.create_check_constraint(op.f(_KIND), _INVOICES, f"kind IN ({kinds})", postgresql_not_valid=True)


def upgrade() -> None:
    _allow("'invoice', 'fee', 'repayment'")
    op.add_column(_REFUNDS, sa.Column(_COLUMN, sa.Uuid(), nullable=True), if_not_exists=True)
    op.drop_constraint(op.f(_KEY), _REFUNDS, type_="foreignkey", if_exists=True)
    columns = ["account_id", _COLUMN], ["account_id", "id"]
    op.create_foreign_key(op.f(_KEY), _REFUNDS, _INVOICES, *columns, postgresql_not_valid=True)
    with op.get_context().autocommit_block():
        op.execute(f"ALTER TABLE {_INVOICES} VALIDATE CONSTRAINT {_KIND}")
        op.execute(f"ALTER TABLE {_REFUNDS} VALIDATE CONSTRAINT {_KEY}")
        op.drop_index(_INDEX, table_name=_REFUNDS, postgresql_concurrently=True, if_exists=True)
        where = sa.text(f"{_COLUMN} IS NOT NULL")
        op.create_index(_INDEX, _REFUNDS, ["id"], postgresql_where=where, postgresql_concurrently=True)


def downgrade() -> None:
    op.drop_index(_INDEX, table_name=_REFUNDS)
    op.drop_constraint(op.f(_KEY), _REFUNDS, type_="foreignkey")
    op.drop_column(_REFUNDS, _COLUMN)
    _allow("'invoice', 'fee'")
