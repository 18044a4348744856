"""Charges that turn up late: a row for each, and a state for payments whose charge is given back."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"

_PAYMENTS = "payments"
_STATE = "ck_payments_state"
_BEFORE = "state IN ('submitting', 'succeeded', 'processing', 'declined', 'failed', 'unknown', 'returned', 'cancelled')"
_NOW = (
    "state IN ('submitting', 'succeeded', 'processing', 'declined', 'failed', 'unknown', 'returned', 'cancelling', "
    "'cancelled')"
)


def upgrade() -> None:
    op.drop_constraint(op.f(_STATE), _PAYMENTS, type_="check")
    # It allows more than the one before: every row is valid, and the next revision says so beside the traffic.
    op.create_check_constraint(op.f(_STATE), _PAYMENTS, _NOW, postgresql_not_valid=True)
    op.create_table(
        "late_charges",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("transaction_id", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint("status IN ('accepted', 'giving_back', 'given_back')", name=op.f("ck_late_charges_status")),
        sa.ForeignKeyConstraint(
            ["account_id", "payment_id"],
            ["payments.account_id", "payments.id"],
            name=op.f("fk_late_charges_account_id_payment_id"),
        ),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_late_charges")),
        sa.UniqueConstraint(
            "account_id",
            "payment_id",
            "transaction_id",
            name=op.f("uq_late_charges_account_id_payment_id_transaction_id"),
        ),
    )


def downgrade() -> None:
    op.drop_table("late_charges")
    op.drop_constraint(op.f(_STATE), _PAYMENTS, type_="check")
    op.execute("UPDATE payments SET state = 'cancelled', next_check_at = NULL WHERE state = 'cancelling'")
    op.create_check_constraint(op.f(_STATE), _PAYMENTS, _BEFORE, postgresql_not_valid=True)
