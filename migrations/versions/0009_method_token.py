"""The token that a payment was charged with: what is found at the gateway must have been made with it."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column("payments", sa.Column("method_token", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("payments", "method_token")
