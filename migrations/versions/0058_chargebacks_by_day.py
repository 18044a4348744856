"""Chargebacks of all accounts by the day on which banks opened them."""

from alembic import op

revision = "0058"
down_revision = "0057"

_INDEX = "ix_chargebacks_opened_on"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.drop_index(_INDEX, table_name="chargebacks", postgresql_concurrently=True, if_exists=True)
        op.create_index(_INDEX, "chargebacks", ["opened_on"], postgresql_concurrently=True)


def downgrade() -> None:
    op.drop_index(_INDEX, table_name="chargebacks")
