"""The settlement batches of the gateway, with their charges and refunds."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0049"
down_revision = "0048"


def upgrade() -> None:
    op.create_table(
        "payouts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.Text(), nullable=False),
        sa.Column("merchant_account", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("settled_on", sa.Date(), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=True),
        sa.Column("charged", sa.BigInteger(), nullable=False),
        sa.Column("refunded", sa.BigInteger(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint("status IN ('in_transit', 'paid', 'failed')", name=op.f("ck_payouts_status")),
        sa.CheckConstraint("least(charged, refunded, count) >= 0", name=op.f("ck_payouts_amounts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payouts")),
        sa.UniqueConstraint("batch_id", name=op.f("uq_payouts_batch_id")),
    )
    op.create_index(op.f("ix_payouts_settled_on_id"), "payouts", ["settled_on", "id"], unique=False)
    op.create_table(
        "payout_items",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("payout_id", sa.Uuid(), nullable=False),
        sa.Column("transaction_id", sa.Text(), nullable=False),
        sa.Column("movement", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("payment_id", sa.Uuid(), nullable=True),
        sa.Column("payment_number", sa.Text(), nullable=True),
        sa.CheckConstraint("movement IN ('charge', 'refund') AND amount >= 0", name=op.f("ck_payout_items_amount")),
        sa.CheckConstraint(
            "num_nulls(account_id, payment_id, payment_number) IN (0, 3)", name=op.f("ck_payout_items_payment")
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "payment_id"],
            ["payments.account_id", "payments.id"],
            name=op.f("fk_payout_items_account_id_payment_id"),
        ),
        sa.ForeignKeyConstraint(["payout_id"], ["payouts.id"], name=op.f("fk_payout_items_payout_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payout_items")),
        sa.UniqueConstraint("transaction_id", name=op.f("uq_payout_items_transaction_id")),
    )
    op.create_index(
        op.f("ix_payout_items_account_id_payment_id"), "payout_items", ["account_id", "payment_id"], unique=False
    )
    op.create_index(op.f("ix_payout_items_payout_id_id"), "payout_items", ["payout_id", "id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_payout_items_payout_id_id"), table_name="payout_items")
    op.drop_index(op.f("ix_payout_items_account_id_payment_id"), table_name="payout_items")
    op.drop_table("payout_items")
    op.drop_index(op.f("ix_payouts_settled_on_id"), table_name="payouts")
    op.drop_table("payouts")
