"""Add the table of deliveries."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    op.create_table(
        "deliveries",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        sa.Column("response", sa.Text(), nullable=True),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("tried_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("sent_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint("(status = 'sent') = (sent_at IS NOT NULL)", name=op.f("ck_deliveries_sent_at")),
        sa.CheckConstraint("status IN ('queued', 'sent', 'failed')", name=op.f("ck_deliveries_status")),
        sa.CheckConstraint("tries >= 0", name=op.f("ck_deliveries_tries")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_deliveries_account_id")),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_deliveries")),
        sa.UniqueConstraint("account_id", "message_id", name=op.f("uq_deliveries_account_id_message_id")),
    )
    op.create_index(
        op.f("ix_deliveries_account_id_subject_id_id"), "deliveries", ["account_id", "subject_id", "id"], unique=False
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_deliveries_account_id_subject_id_id"), table_name="deliveries")
    op.drop_table("deliveries")
