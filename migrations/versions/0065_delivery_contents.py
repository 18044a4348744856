"""The bytes of mails that may have to be sent again."""

import sqlalchemy as sa
from alembic import op

revision = "0065"
down_revision = "0064"


def upgrade() -> None:
    op.create_table(
        "delivery_contents",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("delivery_id", sa.Uuid(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id", "delivery_id"],
            ["deliveries.account_id", "deliveries.id"],
            name=op.f("fk_delivery_contents_account_id_delivery_id"),
        ),
        sa.PrimaryKeyConstraint("account_id", "delivery_id", name=op.f("pk_delivery_contents")),
    )
    op.create_index("ix_delivery_contents_created_at", "delivery_contents", ["created_at"])


def downgrade() -> None:
    op.drop_table("delivery_contents")
