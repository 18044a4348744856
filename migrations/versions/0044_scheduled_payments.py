"""Scheduled payments: their day, and the choice that is worked out again on it.

The columns keep their default for the release before this one, which does not name them.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0044"
down_revision = "0043"

_STATES = (
    "'submitting', 'succeeded', 'processing', 'declined', 'failed', 'unknown', 'returned', 'cancelling', 'cancelled'"
)

_INDEX = "ix_payments_scheduled_on"


def upgrade() -> None:
    op.add_column("payments", sa.Column("scheduled_on", sa.Date(), nullable=True), if_not_exists=True)
    op.add_column(
        "payments", sa.Column("is_autopay", sa.Boolean(), server_default=sa.false(), nullable=False), if_not_exists=True
    )
    op.add_column(
        "payments", sa.Column("submitted_at", postgresql.TIMESTAMP(timezone=True), nullable=True), if_not_exists=True
    )
    _require_state(f"'scheduled', {_STATES}")
    op.create_table(
        "payment_schedules",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("choice", postgresql.JSONB(), nullable=False),
        sa.Column("figures", postgresql.JSONB(), nullable=False),
        sa.Column("most", sa.BigInteger(), nullable=True),
        sa.Column("attempt", sa.BigInteger(), nullable=False),
        sa.Column("reminded_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column("ended_code", sa.Text(), nullable=True),
        sa.Column("ended_text", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id", "payment_id"],
            ["payments.account_id", "payments.id"],
            name=op.f("fk_payment_schedules_account_id_payment_id"),
        ),
        sa.PrimaryKeyConstraint("account_id", "payment_id", name=op.f("pk_payment_schedules")),
        if_not_exists=True,
    )
    with op.get_context().autocommit_block():  # the rows obey already, and reading them blocks no writer
        op.execute("ALTER TABLE payments VALIDATE CONSTRAINT ck_payments_state")
        op.drop_index(_INDEX, table_name="payments", postgresql_concurrently=True, if_exists=True)
        op.create_index(
            _INDEX,
            "payments",
            ["scheduled_on", "id"],
            postgresql_where=sa.text("state = 'scheduled'"),
            postgresql_concurrently=True,
        )


def downgrade() -> None:
    op.drop_index(_INDEX, table_name="payments")
    op.drop_table("payment_schedules")
    op.execute("UPDATE payments SET state = 'cancelled' WHERE state = 'scheduled'")
    _require_state(_STATES)
    for name in ("submitted_at", "is_autopay", "scheduled_on"):
        op.drop_column("payments", name)


def _require_state(states: str) -> None:
    op.drop_constraint(op.f("ck_payments_state"), "payments", type_="check", if_exists=True)
    op.create_check_constraint(op.f("ck_payments_state"), "payments", f"state IN ({states})", postgresql_not_valid=True)
