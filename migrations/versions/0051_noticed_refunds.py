"""Refunds by their ids alone, which are their order ids at the gateway."""

from alembic import op

revision = "0051"
down_revision = "0050"

_INDEX = "ix_refunds_id"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.drop_index(_INDEX, table_name="refunds", postgresql_concurrently=True, if_exists=True)
        op.create_index(_INDEX, "refunds", ["id"], postgresql_concurrently=True)


def downgrade() -> None:
    op.drop_index(_INDEX, table_name="refunds")
