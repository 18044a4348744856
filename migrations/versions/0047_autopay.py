"""Autopay: the choice of each account, and the invoices that it has planned once."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0047"
down_revision = "0046"


def upgrade() -> None:
    op.create_table(
        "autopay",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("payment_method_id", sa.Uuid(), nullable=True),
        sa.Column("most", sa.BigInteger(), nullable=True),
        sa.Column("use_credits", sa.Boolean(), nullable=False),
        sa.Column("pays_from", sa.Date(), nullable=True),
        sa.Column("consent_text", sa.Text(), nullable=True),
        sa.Column("consented_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("switched_off_code", sa.Text(), nullable=True),
        sa.Column("switched_off_text", sa.Text(), nullable=True),
        sa.Column("switched_off_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("switched_off_by", sa.Uuid(), nullable=True),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "NOT enabled OR (payment_method_id IS NOT NULL AND pays_from IS NOT NULL)", name=op.f("ck_autopay_enabled")
        ),
        sa.CheckConstraint("most > 0", name=op.f("ck_autopay_most")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_autopay_account_id")),
        sa.ForeignKeyConstraint(
            ["account_id", "payment_method_id"],
            ["payment_methods.account_id", "payment_methods.id"],
            name=op.f("fk_autopay_account_id_payment_method_id"),
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_autopay")),
    )
    op.create_index("ix_autopay_enabled", "autopay", ["account_id"], postgresql_where=sa.text("enabled"))
    op.create_table(
        "autopay_invoices",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=True),
        sa.Column("attempt", sa.BigInteger(), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            "status IN ('planned', 'sent', 'above_limit', 'ended')", name=op.f("ck_autopay_invoices_status")
        ),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_autopay_invoices_account_id")),
        sa.ForeignKeyConstraint(
            ["account_id", "invoice_id"],
            ["invoices.account_id", "invoices.id"],
            name=op.f("fk_autopay_invoices_account_id_invoice_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "payment_id"],
            ["payments.account_id", "payments.id"],
            name=op.f("fk_autopay_invoices_account_id_payment_id"),
        ),
        sa.PrimaryKeyConstraint("account_id", "invoice_id", name=op.f("pk_autopay_invoices")),
    )
    op.create_index(op.f("ix_autopay_invoices_account_id_payment_id"), "autopay_invoices", ["account_id", "payment_id"])


def downgrade() -> None:
    op.drop_table("autopay_invoices")
    op.drop_table("autopay")
