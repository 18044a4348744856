"""A telephone extension beside each number: E.164 has no place for it."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_TABLES = ("profiles", "addresses")


def upgrade() -> None:
    for table in _TABLES:
        op.add_column(table, sa.Column("phone_extension", sa.Text(), nullable=True))


def downgrade() -> None:
    for table in _TABLES:
        op.drop_column(table, "phone_extension")
