"""Links that open one file, once and within a minute."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    op.create_table(
        "download_links",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("expires_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("used_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_download_links_account_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_download_links_person_id")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_download_links")),
    )
    op.create_index(op.f("ix_download_links_expires_at"), "download_links", ["expires_at"], unique=False)


def downgrade() -> None:
    op.drop_table("download_links")
