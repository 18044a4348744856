"""Chargebacks: disputes that the bank of a card has opened, and the amounts of payments that they take."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0048"
down_revision = "0047"

_CHECK = "ck_payments_disputed"


def upgrade() -> None:
    op.create_table(
        "chargebacks",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("payment_number", sa.Text(), nullable=False),
        sa.Column("dispute_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("gateway_status", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("taken", sa.BigInteger(), nullable=False),
        sa.Column("won", sa.BigInteger(), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("reply_by", sa.Date(), nullable=True),
        sa.Column("case_number", sa.Text(), nullable=True),
        sa.Column("resolved_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("kind IN ('chargeback', 'pre_arbitration', 'retrieval')", name=op.f("ck_chargebacks_kind")),
        sa.CheckConstraint(
            "state IN ('open', 'under_review', 'won', 'lost', 'accepted', 'expired')", name=op.f("ck_chargebacks_state")
        ),
        sa.CheckConstraint("least(taken, won, amount - taken, taken - won) >= 0", name=op.f("ck_chargebacks_amounts")),
        sa.ForeignKeyConstraint(
            ["account_id", "payment_id"],
            ["payments.account_id", "payments.id"],
            name=op.f("fk_chargebacks_account_id_payment_id"),
        ),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_chargebacks_account_id")),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_chargebacks")),
        sa.UniqueConstraint("account_id", "dispute_id", name=op.f("uq_chargebacks_account_id_dispute_id")),
        sa.UniqueConstraint("account_id", "number", name=op.f("uq_chargebacks_account_id_number")),
        if_not_exists=True,
    )
    op.create_index(
        op.f("ix_chargebacks_account_id_payment_id"),
        "chargebacks",
        ["account_id", "payment_id"],
        unique=False,
        if_not_exists=True,
    )
    op.create_index("ix_chargebacks_dispute_id", "chargebacks", ["dispute_id"], unique=False, if_not_exists=True)
    op.create_table(
        "chargeback_parts",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("chargeback_id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("invoice_number", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("discounted", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount > 0 AND discounted >= 0", name=op.f("ck_chargeback_parts_amount")),
        sa.ForeignKeyConstraint(
            ["account_id", "chargeback_id"],
            ["chargebacks.account_id", "chargebacks.id"],
            name=op.f("fk_chargeback_parts_account_id_chargeback_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "invoice_id"],
            ["invoices.account_id", "invoices.id"],
            name=op.f("fk_chargeback_parts_account_id_invoice_id"),
        ),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_chargeback_parts")),
        sa.UniqueConstraint(
            "account_id",
            "chargeback_id",
            "invoice_id",
            name=op.f("uq_chargeback_parts_account_id_chargeback_id_invoice_id"),
        ),
        if_not_exists=True,
    )
    op.add_column(
        "payments", sa.Column("disputed", sa.BigInteger(), server_default="0", nullable=False), if_not_exists=True
    )
    op.drop_constraint(op.f(_CHECK), "payments", type_="check", if_exists=True)
    op.create_check_constraint(
        op.f(_CHECK), "payments", "least(disputed, amount - disputed) >= 0", postgresql_not_valid=True
    )
    with op.get_context().autocommit_block():  # no row has a value yet
        op.execute(f"ALTER TABLE payments VALIDATE CONSTRAINT {_CHECK}")


def downgrade() -> None:
    op.drop_constraint(op.f(_CHECK), "payments", type_="check")
    op.drop_column("payments", "disputed")
    op.drop_table("chargeback_parts")
    op.drop_index("ix_chargebacks_dispute_id", table_name="chargebacks")
    op.drop_index(op.f("ix_chargebacks_account_id_payment_id"), table_name="chargebacks")
    op.drop_table("chargebacks")
