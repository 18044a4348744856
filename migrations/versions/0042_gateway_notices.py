"""The inbox of the gateway's webhooks, and how far the sweep has come."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0042"
down_revision = "0041"


def upgrade() -> None:
    op.create_table(
        "gateway_notices",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=True),
        sa.Column("order_id", sa.Text(), nullable=True),
        sa.Column("return_code", sa.Text(), nullable=True),
        sa.Column("received_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("applied_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint("(result IS NULL) = (applied_at IS NULL)", name=op.f("ck_gateway_notices_applied_at")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gateway_notices")),
        sa.UniqueConstraint("digest", name=op.f("uq_gateway_notices_digest")),
    )
    op.create_index("ix_gateway_notices_received_at", "gateway_notices", ["received_at"], unique=False)
    op.create_table(
        "gateway_sweeps",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("swept_through", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_gateway_sweeps")),
    )


def downgrade() -> None:
    op.drop_table("gateway_sweeps")
    op.drop_index("ix_gateway_notices_received_at", table_name="gateway_notices")
    op.drop_table("gateway_notices")
