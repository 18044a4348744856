"""Who made a one-time password link; one of before has no origin, and ends with the next link of any."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"


def upgrade() -> None:
    op.add_column("password_resets", sa.Column("origin", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("password_resets", "origin")
