"""Disputes of invoices, and the contested amount of each."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0028"
down_revision = "0027"

_CHECK, _INDEX = "ck_invoices_contested", "ix_invoices_contested"


def upgrade() -> None:
    op.create_table(
        "invoice_disputes",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("closed_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("(status = 'open') = (closed_at IS NULL)", name=op.f("ck_invoice_disputes_closed")),
        sa.CheckConstraint(
            "status IN ('open', 'withdrawn', 'accepted', 'rejected')", name=op.f("ck_invoice_disputes_status")
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_invoice_disputes_amount")),
        sa.ForeignKeyConstraint(
            ["account_id", "invoice_id"],
            ["invoices.account_id", "invoices.id"],
            name=op.f("fk_invoice_disputes_account_id_invoice_id"),
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_invoice_disputes_person_id")),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_invoice_disputes")),
        if_not_exists=True,
    )
    op.create_index(
        op.f("ix_invoice_disputes_account_id_invoice_id_id"),
        "invoice_disputes",
        ["account_id", "invoice_id", "id"],
        unique=False,
        if_not_exists=True,
    )
    op.create_index(
        "ix_invoice_disputes_open",
        "invoice_disputes",
        ["id"],
        unique=False,
        postgresql_where=sa.text("status = 'open'"),
        if_not_exists=True,
    )
    op.create_index(
        "uq_invoice_disputes_open",
        "invoice_disputes",
        ["account_id", "invoice_id"],
        unique=True,
        postgresql_where=sa.text("status = 'open'"),
        if_not_exists=True,
    )
    op.add_column("invoices", sa.Column("contested", sa.BigInteger(), nullable=True), if_not_exists=True)
    op.drop_constraint(op.f(_CHECK), "invoices", type_="check", if_exists=True)
    op.create_check_constraint(
        op.f(_CHECK), "invoices", "0 < contested AND contested <= total", postgresql_not_valid=True
    )
    with op.get_context().autocommit_block():
        op.execute(f"ALTER TABLE invoices VALIDATE CONSTRAINT {_CHECK}")
        # One whose building broke off is there, and of no use.
        op.drop_index(_INDEX, table_name="invoices", postgresql_concurrently=True, if_exists=True)
        op.create_index(
            _INDEX,
            "invoices",
            ["account_id", "currency", "due_on"],
            postgresql_where=sa.text("status = 'open' AND contested IS NOT NULL"),
            postgresql_include=["amount_due", "contested"],
            postgresql_concurrently=True,
        )


def downgrade() -> None:
    op.drop_column("invoices", "contested")
    op.drop_table("invoice_disputes")
