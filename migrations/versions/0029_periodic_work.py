"""What periodic work needs: the indexes of its prunings, and when a run last succeeded."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0029"
down_revision = "0028"

_BY_EXPIRY = ("idempotency_keys", "sessions", "password_resets")


def upgrade() -> None:
    op.add_column("jobs", sa.Column("done_at", postgresql.TIMESTAMP(timezone=True), nullable=True), if_not_exists=True)
    with op.get_context().autocommit_block():
        for table in _BY_EXPIRY:
            op.drop_index(f"ix_{table}_expires_at", table_name=table, postgresql_concurrently=True, if_exists=True)
            op.create_index(f"ix_{table}_expires_at", table, ["expires_at"], postgresql_concurrently=True)
        op.drop_index(
            "ix_idempotency_keys_account_id_expires_at",
            table_name="idempotency_keys",
            postgresql_concurrently=True,
            if_exists=True,
        )


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.create_index(
            "ix_idempotency_keys_account_id_expires_at",
            "idempotency_keys",
            ["account_id", "expires_at"],
            postgresql_concurrently=True,
        )
    for table in reversed(_BY_EXPIRY):
        op.drop_index(f"ix_{table}_expires_at", table_name=table)
    op.drop_column("jobs", "done_at")
