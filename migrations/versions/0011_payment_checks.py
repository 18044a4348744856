"""Payments are looked up whatever their state, as long as they say when; built and validated beside the traffic."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

_TABLE = "payments"
_DUE = "ix_payments_next_check_at"
_LIVE = "ix_payments_live"


def upgrade() -> None:
    _swap(new=_DUE, where="next_check_at IS NOT NULL", old=_LIVE)
    with op.get_context().autocommit_block():
        op.execute("ALTER TABLE payments VALIDATE CONSTRAINT ck_payments_state")


def downgrade() -> None:
    _swap(new=_LIVE, where="state IN ('submitting', 'processing', 'unknown')", old=_DUE)


def _swap(*, new: str, where: str, old: str) -> None:
    """Build one index, then drop the other; one whose building broke off is there, and of no use."""
    with op.get_context().autocommit_block():
        op.drop_index(new, table_name=_TABLE, postgresql_concurrently=True, if_exists=True)
        op.create_index(
            new,
            _TABLE,
            ["next_check_at", "id"],
            postgresql_where=sa.text(where),
            postgresql_concurrently=True,
        )
        op.drop_index(old, table_name=_TABLE, postgresql_concurrently=True, if_exists=True)
