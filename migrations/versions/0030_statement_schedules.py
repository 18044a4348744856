"""Schedules of statements, and the mailing day of a statement that one has made."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0030"
down_revision = "0029"

_INDEX = "uq_statements_scheduled_on"


def upgrade() -> None:
    op.create_table(
        "statement_schedules",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("frequency", sa.Text(), nullable=False),
        sa.Column("day", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("summary", sa.Boolean(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=True),
        sa.Column("recipients", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("next_on", sa.Date(), nullable=True),
        sa.Column("mailed_through", sa.Date(), nullable=True),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("frequency IN ('monthly', 'quarterly')", name=op.f("ck_statement_schedules_frequency")),
        sa.CheckConstraint("kind IN ('activity', 'open_items')", name=op.f("ck_statement_schedules_kind")),
        sa.CheckConstraint("day BETWEEN 1 AND 31", name=op.f("ck_statement_schedules_day")),
        sa.CheckConstraint("enabled = (next_on IS NOT NULL)", name=op.f("ck_statement_schedules_enabled")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_statement_schedules_account_id")),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_statement_schedules")),
        if_not_exists=True,
    )
    op.create_index(
        "ix_statement_schedules_next_on",
        "statement_schedules",
        ["next_on", "account_id"],
        postgresql_where=sa.text("next_on IS NOT NULL"),
        if_not_exists=True,
    )
    op.add_column("statements", sa.Column("scheduled_on", sa.Date(), nullable=True), if_not_exists=True)
    with op.get_context().autocommit_block():
        # One whose building broke off is there, and of no use.
        op.drop_index(_INDEX, table_name="statements", postgresql_concurrently=True, if_exists=True)
        op.create_index(
            _INDEX,
            "statements",
            ["account_id", "scheduled_on"],
            unique=True,
            postgresql_where=sa.text("scheduled_on IS NOT NULL"),
            postgresql_concurrently=True,
        )


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.drop_index(_INDEX, table_name="statements", postgresql_concurrently=True)
    op.drop_column("statements", "scheduled_on")
    op.drop_index(
        "ix_statement_schedules_next_on",
        table_name="statement_schedules",
        postgresql_where=sa.text("next_on IS NOT NULL"),
    )
    op.drop_table("statement_schedules")
