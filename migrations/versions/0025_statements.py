"""Statements: their figures and lines stay as they were written, and their addressees can be erased."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0025"
down_revision = "0024"

_APPEND_ONLY = ("statements", "statement_balances", "statement_lines")


def upgrade() -> None:
    op.create_table(
        "statements",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("date_from", sa.Date(), nullable=True),
        sa.Column("date_to", sa.Date(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("summary", sa.Boolean(), nullable=False),
        sa.Column("as_of_seq", sa.BigInteger(), nullable=False),
        sa.Column("previous_id", sa.Uuid(), nullable=True),
        sa.Column("previous_number", sa.Text(), nullable=True),
        sa.Column("line_count", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind = 'activity' OR (date_from IS NULL AND previous_id IS NULL)", name=op.f("ck_statements_open_items")
        ),
        sa.CheckConstraint("kind IN ('activity', 'open_items')", name=op.f("ck_statements_kind")),
        sa.CheckConstraint("date_from <= date_to", name=op.f("ck_statements_period")),
        sa.ForeignKeyConstraint(
            ["account_id", "previous_id"],
            ["statements.account_id", "statements.id"],
            name=op.f("fk_statements_account_id_previous_id"),
        ),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_statements_account_id")),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_statements")),
        sa.UniqueConstraint("account_id", "number", name=op.f("uq_statements_account_id_number")),
    )
    op.create_index(op.f("ix_statements_account_id_date_to_id"), "statements", ["account_id", "date_to", "id"])
    op.create_table(
        "statement_addressees",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("statement_id", sa.Uuid(), nullable=False),
        sa.Column("company_name", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("account_number", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id", "statement_id"],
            ["statements.account_id", "statements.id"],
            name=op.f("fk_statement_addressees_account_id_statement_id"),
        ),
        sa.PrimaryKeyConstraint("account_id", "statement_id", name=op.f("pk_statement_addressees")),
    )
    op.create_table(
        "statement_balances",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("statement_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("opening_balance", sa.BigInteger(), nullable=True),
        sa.Column("adjustments", sa.BigInteger(), nullable=True),
        sa.Column("charges", sa.BigInteger(), nullable=True),
        sa.Column("credits", sa.BigInteger(), nullable=True),
        sa.Column("closing_balance", sa.BigInteger(), nullable=False),
        sa.Column("unapplied_credits", sa.BigInteger(), nullable=False),
        sa.Column("unapplied_deposits", sa.BigInteger(), nullable=False),
        sa.Column("current", sa.BigInteger(), nullable=False),
        sa.Column("days_1_30", sa.BigInteger(), nullable=False),
        sa.Column("days_31_60", sa.BigInteger(), nullable=False),
        sa.Column("days_61_90", sa.BigInteger(), nullable=False),
        sa.Column("days_over_90", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "current + days_1_30 + days_31_60 + days_61_90 + days_over_90 - unapplied_credits - unapplied_deposits"
            " = closing_balance",
            name=op.f("ck_statement_balances_ageing"),
        ),
        sa.CheckConstraint(
            "opening_balance + adjustments + charges + credits = closing_balance",
            name=op.f("ck_statement_balances_proof"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "statement_id"],
            ["statements.account_id", "statements.id"],
            name=op.f("fk_statement_balances_account_id_statement_id"),
        ),
        sa.PrimaryKeyConstraint("account_id", "statement_id", "currency", name=op.f("pk_statement_balances")),
    )
    op.create_table(
        "statement_lines",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("statement_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("section", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("document_id", sa.Uuid(), nullable=True),
        sa.Column("invoice_id", sa.Uuid(), nullable=True),
        sa.Column("invoice_number", sa.Text(), nullable=True),
        sa.Column("po_number", sa.Text(), nullable=True),
        sa.Column("effective_on", sa.Date(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("balance_effect", sa.BigInteger(), nullable=False),
        sa.Column("balance", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "section IN ('adjustment', 'movement', 'open_item')", name=op.f("ck_statement_lines_section")
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "statement_id"],
            ["statements.account_id", "statements.id"],
            name=op.f("fk_statement_lines_account_id_statement_id"),
        ),
        sa.PrimaryKeyConstraint("account_id", "statement_id", "position", name=op.f("pk_statement_lines")),
    )
    for table in _APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    op.drop_table("statement_lines")
    op.drop_table("statement_balances")
    op.drop_table("statement_addressees")
    op.drop_index(op.f("ix_statements_account_id_date_to_id"), table_name="statements")
    op.drop_table("statements")
