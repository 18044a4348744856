"""What is due for a look at the gateway, and cards that end, are found by an index: built beside the traffic."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_TABLE = "payment_methods"
_DUE = "ix_payment_methods_next_check_at"
_ENDING = "ix_payment_methods_expiration_year_expiration_month"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        for index in (_DUE, _ENDING):  # one whose building broke off is there, and of no use
            op.drop_index(index, table_name=_TABLE, postgresql_concurrently=True, if_exists=True)
        op.create_index(
            _DUE,
            _TABLE,
            ["next_check_at"],
            postgresql_where=sa.text("next_check_at IS NOT NULL"),
            postgresql_concurrently=True,
        )
        op.drop_index(_ENDING, table_name=_TABLE, postgresql_concurrently=True, if_exists=True)
        op.create_index(
            _ENDING,
            _TABLE,
            ["expiration_year", "expiration_month"],
            postgresql_where=sa.text("status = 'active' AND expiry_told IS DISTINCT FROM 'expired'"),
            postgresql_concurrently=True,
        )


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.drop_index(_ENDING, table_name=_TABLE, postgresql_concurrently=True)
        op.drop_index(_DUE, table_name=_TABLE, postgresql_concurrently=True)
