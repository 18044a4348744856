"""The contested amounts that a statement shows; one of before has none."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"

_TABLES = ("statement_balances", "statement_lines")


def upgrade() -> None:
    for table in _TABLES:
        op.add_column(table, sa.Column("contested", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    for table in _TABLES:
        op.drop_column(table, "contested")
