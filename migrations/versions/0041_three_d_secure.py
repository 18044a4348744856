"""The result of 3-D Secure with a stored card; cards of before have none."""

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"


def upgrade() -> None:
    op.add_column("payment_methods", sa.Column("three_d_secure_status", sa.Text(), nullable=True))
    op.add_column("payment_methods", sa.Column("liability_shifted", sa.Boolean(), nullable=True))


def downgrade() -> None:
    for name in ("liability_shifted", "three_d_secure_status"):
        op.drop_column("payment_methods", name)
