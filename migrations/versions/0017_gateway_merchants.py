"""The merchant that has confirmed a customer: with another merchant's keys everything seems to be gone."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"

_TABLE = "gateway_customers"
_MERCHANTS = "ix_gateway_customers_merchant_id"


def upgrade() -> None:
    # The block below commits first, so a run that broke off there has the column already.
    op.add_column(_TABLE, sa.Column("merchant_id", sa.Text(), nullable=True), if_not_exists=True)
    with op.get_context().autocommit_block():
        op.drop_index(_MERCHANTS, table_name=_TABLE, postgresql_concurrently=True, if_exists=True)
        op.create_index(_MERCHANTS, _TABLE, ["merchant_id"], postgresql_concurrently=True)


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.drop_index(_MERCHANTS, table_name=_TABLE, postgresql_concurrently=True, if_exists=True)
    op.drop_column(_TABLE, "merchant_id")
