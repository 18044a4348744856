"""Refunds, and the money that invoices lose by them."""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"


def upgrade() -> None:
    op.create_table(
        "refunds",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("payment_number", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("unapplied", sa.BigInteger(), nullable=False),
        sa.Column("deposit_id", sa.Uuid(), nullable=True),
        sa.Column("deposit_amount", sa.BigInteger(), nullable=False),
        sa.Column("deposit_reserved", sa.BigInteger(), nullable=False),
        sa.Column("credit_memo_id", sa.Uuid(), nullable=True),
        sa.Column("credit_memo_amount", sa.BigInteger(), nullable=False),
        sa.Column("credit_memo_reserved", sa.BigInteger(), nullable=False),
        sa.Column("is_whole", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("charge_id", sa.Text(), nullable=True),
        sa.Column("transaction_id", sa.Text(), nullable=True),
        sa.Column("decline_code", sa.Text(), nullable=True),
        sa.Column("decline_text", sa.Text(), nullable=True),
        sa.Column("decline_is_soft", sa.Boolean(), nullable=True),
        sa.Column("refunded_on", sa.Date(), nullable=True),
        sa.Column("sent_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("next_check_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("absent_since", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint("method IN ('refund', 'void', 'offline')", name=op.f("ck_refunds_method")),
        sa.CheckConstraint(
            "state IN ('submitting', 'waiting_for_settlement', 'pending', 'unknown', 'succeeded', 'failed')",
            name=op.f("ck_refunds_state"),
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_refunds_amount")),
        sa.CheckConstraint(
            "least(unapplied, deposit_amount, deposit_reserved, credit_memo_amount, credit_memo_reserved) >= 0",
            name=op.f("ck_refunds_parts"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "credit_memo_id"],
            ["credit_memos.account_id", "credit_memos.id"],
            name=op.f("fk_refunds_account_id_credit_memo_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "deposit_id"],
            ["deposits.account_id", "deposits.id"],
            name=op.f("fk_refunds_account_id_deposit_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "payment_id"],
            ["payments.account_id", "payments.id"],
            name=op.f("fk_refunds_account_id_payment_id"),
        ),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_refunds_account_id")),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_refunds")),
        sa.UniqueConstraint("account_id", "transaction_id", name=op.f("uq_refunds_account_id_transaction_id")),
    )
    op.create_index(
        op.f("ix_refunds_account_id_credit_memo_id"),
        "refunds",
        ["account_id", "credit_memo_id"],
        unique=False,
        postgresql_where=sa.text("credit_memo_id IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_refunds_account_id_deposit_id"),
        "refunds",
        ["account_id", "deposit_id"],
        unique=False,
        postgresql_where=sa.text("deposit_id IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_refunds_account_id_payment_id_id"), "refunds", ["account_id", "payment_id", "id"], unique=False
    )
    op.create_index(
        "ix_refunds_next_check_at",
        "refunds",
        ["next_check_at", "id"],
        unique=False,
        postgresql_where=sa.text("next_check_at IS NOT NULL"),
    )
    op.create_table(
        "refund_parts",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("refund_id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("invoice_number", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_refund_parts_amount")),
        sa.ForeignKeyConstraint(
            ["account_id", "invoice_id"],
            ["invoices.account_id", "invoices.id"],
            name=op.f("fk_refund_parts_account_id_invoice_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "refund_id"],
            ["refunds.account_id", "refunds.id"],
            name=op.f("fk_refund_parts_account_id_refund_id"),
        ),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_refund_parts")),
    )
    op.create_index(
        op.f("ix_refund_parts_account_id_invoice_id"), "refund_parts", ["account_id", "invoice_id"], unique=False
    )
    op.create_index(
        op.f("ix_refund_parts_account_id_refund_id"), "refund_parts", ["account_id", "refund_id"], unique=False
    )


def downgrade() -> None:
    op.drop_table("refund_parts")
    op.drop_table("refunds")
