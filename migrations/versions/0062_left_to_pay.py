"""What a statement asks for: less what was paid between its last day and its making. One of before has none."""

import sqlalchemy as sa
from alembic import op

revision = "0062"
down_revision = "0061"

_NEW = ("paid_since", "left_to_pay")


def upgrade() -> None:
    for name in _NEW:
        op.add_column("statement_balances", sa.Column(name, sa.BigInteger(), nullable=True))


def downgrade() -> None:
    for name in reversed(_NEW):
        op.drop_column("statement_balances", name)
