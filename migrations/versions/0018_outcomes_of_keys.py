"""An idempotency key stores a word for its outcome in place of a status; one of the version before keeps its result.

A key that a process of the version before answers later has a status alone. A repeat then gets the payment itself, once
the lease has lapsed. The column of statuses goes with a later migration.
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.add_column("idempotency_keys", sa.Column("outcome", sa.Text(), nullable=True), if_not_exists=True)
    # Beside the traffic: rows are written without the lock of the new column.
    with op.get_context().autocommit_block():
        op.execute(
            "UPDATE idempotency_keys SET outcome = CASE status WHEN 201 THEN 'created' WHEN 202 THEN 'accepted'"
            " WHEN 402 THEN 'declined' WHEN 503 THEN 'unavailable' END WHERE status IS NOT NULL AND outcome IS NULL"
        )


def downgrade() -> None:
    op.drop_column("idempotency_keys", "outcome")
