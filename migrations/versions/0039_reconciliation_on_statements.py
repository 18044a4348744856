"""What an accountant matches statements by: references, settled invoices, payments under way; one of before has none."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0039"
down_revision = "0038"


def upgrade() -> None:
    op.add_column("statement_balances", sa.Column("pending", sa.BigInteger(), nullable=True))
    op.add_column("statement_balances", sa.Column("place", sa.BigInteger(), nullable=True))
    op.add_column("statement_lines", sa.Column("pending", sa.BigInteger(), nullable=True))
    op.add_column("statement_lines", sa.Column("reference", sa.Text(), nullable=True))
    op.add_column("statement_lines", sa.Column("allocations", postgresql.JSONB(), nullable=True))


def downgrade() -> None:
    for name in ("allocations", "reference", "pending"):
        op.drop_column("statement_lines", name)
    for name in ("place", "pending"):
        op.drop_column("statement_balances", name)
