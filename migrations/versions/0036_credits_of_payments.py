"""Credits, deposits, discounts and overpayments of payments; payments of before have none.

The columns keep their default for the release before this one, which does not name them.
"""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"

_NEW = {
    "payments": ("credited", "deposit_applied", "discounted", "overpaid"),
    "payment_allocations": ("discounted",),
    "credit_memos": ("reserved",),
    "deposits": ("reserved",),
}
_CHECKS = {
    "payments": {
        "kind": "kind IN ('card', 'us_bank_account', 'check', 'wire', 'cash', 'other', 'credit')",
        "parts": "least(credited, deposit_applied, discounted, overpaid, amount - overpaid) >= 0",
    },
    "payment_allocations": {"amount": "least(amount, discounted) >= 0"},
    "credit_memos": {"reserved": "0 <= reserved AND reserved <= unapplied"},
    "deposits": {"reserved": "0 <= reserved AND reserved <= unapplied"},
}
_BEFORE = {
    "payments": {"kind": "kind IN ('card', 'us_bank_account', 'check', 'wire', 'cash', 'other')"},
    "payment_allocations": {"amount": "amount > 0"},
}


def upgrade() -> None:
    for table, names in _NEW.items():
        for name in names:
            op.add_column(
                table, sa.Column(name, sa.BigInteger(), server_default="0", nullable=False), if_not_exists=True
            )
    op.add_column("payments", sa.Column("deposit_id", sa.Uuid(), nullable=True), if_not_exists=True)
    _replace(_BEFORE, _CHECKS)
    op.create_table(
        "payment_credits",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("credit_memo_id", sa.Uuid(), nullable=True),
        sa.Column("deposit_id", sa.Uuid(), nullable=True),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("dated_on", sa.Date(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("num_nonnulls(credit_memo_id, deposit_id) = 1", name=op.f("ck_payment_credits_one_source")),
        sa.CheckConstraint("amount > 0", name=op.f("ck_payment_credits_amount")),
        *(
            sa.ForeignKeyConstraint(
                ["account_id", column],
                [f"{table}.account_id", f"{table}.id"],
                name=op.f(f"fk_payment_credits_account_id_{column}"),
            )
            for column, table in (
                ("payment_id", "payments"),
                ("invoice_id", "invoices"),
                ("credit_memo_id", "credit_memos"),
                ("deposit_id", "deposits"),
            )
        ),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_payment_credits")),
        if_not_exists=True,
    )
    op.create_index(
        op.f("ix_payment_credits_account_id_payment_id"),
        "payment_credits",
        ["account_id", "payment_id"],
        if_not_exists=True,
    )
    op.create_index(
        op.f("ix_payment_credits_account_id_deposit_id"),
        "payment_credits",
        ["account_id", "deposit_id"],
        postgresql_where=sa.text("deposit_id IS NOT NULL"),
        if_not_exists=True,
    )
    with op.get_context().autocommit_block():  # the rows obey already, and reading them blocks no writer
        for table, checks in _CHECKS.items():
            for name in checks:
                op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT ck_{table}_{name}")


def downgrade() -> None:
    op.drop_table("payment_credits")
    _replace(_CHECKS, _BEFORE)
    op.drop_column("payments", "deposit_id")
    for table, names in _NEW.items():
        for name in names:
            op.drop_column(table, name)


def _replace(old: dict[str, dict[str, str]], new: dict[str, dict[str, str]]) -> None:
    for table, checks in [*old.items(), *new.items()]:  # the new ones are there where it broke off
        for name in checks:
            op.drop_constraint(op.f(f"ck_{table}_{name}"), table, type_="check", if_exists=True)
    for table, checks in new.items():
        for name, condition in checks.items():
            op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, condition, postgresql_not_valid=True)
