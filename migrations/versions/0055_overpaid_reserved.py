"""The money of an overpayment that refunds have reserved before it became a deposit."""

import sqlalchemy as sa
from alembic import op

revision = "0055"
down_revision = "0054"


def upgrade() -> None:
    op.add_column("payments", sa.Column("overpaid_reserved", sa.BigInteger(), nullable=False, server_default="0"))


def downgrade() -> None:
    op.drop_column("payments", "overpaid_reserved")
