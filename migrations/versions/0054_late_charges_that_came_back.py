"""Late charges whose refund failed afterwards, and late charges by their ids alone."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0054"
down_revision = "0053"

_TABLE, _CHECK, _INDEX = "late_charges", "ck_late_charges_status", "ix_late_charges_id"


def upgrade() -> None:
    op.add_column(
        _TABLE,
        sa.Column("failed_refunds", postgresql.ARRAY(sa.Text()), nullable=False, server_default="{}"),
        if_not_exists=True,
    )
    op.drop_constraint(op.f(_CHECK), _TABLE, type_="check", if_exists=True)
    op.create_check_constraint(
        op.f(_CHECK),
        _TABLE,
        "status IN ('accepted', 'giving_back', 'given_back', 'came_back', 'given_otherwise')",
        postgresql_not_valid=True,
    )
    with op.get_context().autocommit_block():
        op.execute(f"ALTER TABLE {_TABLE} VALIDATE CONSTRAINT {_CHECK}")
        op.drop_index(_INDEX, table_name=_TABLE, postgresql_concurrently=True, if_exists=True)
        op.create_index(_INDEX, _TABLE, ["id"], postgresql_concurrently=True)


def downgrade() -> None:
    op.drop_index(_INDEX, table_name=_TABLE)
    op.drop_constraint(op.f(_CHECK), _TABLE, type_="check")
    op.execute("UPDATE late_charges SET status = 'given_back' WHERE status IN ('came_back', 'given_otherwise')")
    op.create_check_constraint(op.f(_CHECK), _TABLE, "status IN ('accepted', 'giving_back', 'given_back')")
    op.drop_column(_TABLE, "failed_refunds")
