"""Index the back office's key of each account: papers name it."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"

_TABLE = "external_references"
_OF_ACCOUNTS = "ix_external_references_of_accounts"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.drop_index(_OF_ACCOUNTS, table_name=_TABLE, postgresql_concurrently=True, if_exists=True)
        op.create_index(
            _OF_ACCOUNTS,
            _TABLE,
            ["account_id"],
            postgresql_where=sa.text("kind = 'account'"),
            postgresql_concurrently=True,
        )


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.drop_index(_OF_ACCOUNTS, table_name=_TABLE, postgresql_concurrently=True, if_exists=True)
