"""The payment by which a scheduled payment that was not sent is tried again."""

import sqlalchemy as sa
from alembic import op

revision = "0053"
down_revision = "0052"

_TABLE, _COLUMN = "payment_schedules", "retried_by"
_KEY = "fk_payment_schedules_account_id_retried_by"


def upgrade() -> None:
    op.add_column(_TABLE, sa.Column(_COLUMN, sa.Uuid(), nullable=True), if_not_exists=True)
    op.drop_constraint(op.f(_KEY), _TABLE, type_="foreignkey", if_exists=True)
    columns = ["account_id", _COLUMN], ["account_id", "id"]
    op.create_foreign_key(op.f(_KEY), _TABLE, "payments", *columns, postgresql_not_valid=True)
    with op.get_context().autocommit_block():
        op.execute(f"ALTER TABLE {_TABLE} VALIDATE CONSTRAINT {_KEY}")


def downgrade() -> None:
    op.drop_constraint(op.f(_KEY), _TABLE, type_="foreignkey")
    op.drop_column(_TABLE, _COLUMN)
