"""A used refresh token keeps the salt of its successor, so that the same one can be given again."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("refresh_tokens", sa.Column("successor_salt", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    op.drop_column("refresh_tokens", "successor_salt")
