"""The earlier application that an application undoes; those of before undo none."""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"

_TABLE = "invoice_applications"
_UNIQUE = "uq_invoice_applications_account_id_reverses_id"
_KEY = "fk_invoice_applications_account_id_reverses_id"
_CHECK = "ck_invoice_applications_reverses_id"


def upgrade() -> None:
    op.add_column(_TABLE, sa.Column("reverses_id", sa.Uuid(), nullable=True), if_not_exists=True)
    op.drop_constraint(op.f(_CHECK), _TABLE, type_="check", if_exists=True)
    op.create_check_constraint(op.f(_CHECK), _TABLE, "reverses_id IS NULL OR amount < 0", postgresql_not_valid=True)
    op.drop_constraint(op.f(_KEY), _TABLE, type_="foreignkey", if_exists=True)
    op.create_foreign_key(
        op.f(_KEY), _TABLE, _TABLE, ["account_id", "reverses_id"], ["account_id", "id"], postgresql_not_valid=True
    )
    with op.get_context().autocommit_block():  # no row has a value yet
        op.execute(f"ALTER TABLE {_TABLE} VALIDATE CONSTRAINT {_CHECK}")
        op.execute(f"ALTER TABLE {_TABLE} VALIDATE CONSTRAINT {_KEY}")
        op.drop_index(_UNIQUE, table_name=_TABLE, postgresql_concurrently=True, if_exists=True)
        op.create_index(
            _UNIQUE,
            _TABLE,
            ["account_id", "reverses_id"],
            unique=True,
            postgresql_where=sa.text("reverses_id IS NOT NULL"),
            postgresql_concurrently=True,
        )


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.drop_index(_UNIQUE, table_name=_TABLE, postgresql_concurrently=True)
    op.drop_constraint(op.f(_KEY), _TABLE, type_="foreignkey")
    op.drop_constraint(op.f(_CHECK), _TABLE, type_="check")
    op.drop_column(_TABLE, "reverses_id")
