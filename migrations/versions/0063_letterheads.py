"""The letterheads that statements were made with. A statement of before has none, and is printed with the present one."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0063"
down_revision = "0062"


def upgrade() -> None:
    op.create_table(
        "statement_letterheads",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("content", postgresql.JSONB(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_statement_letterheads")),
    )
    op.add_column("statements", sa.Column("letterhead_digest", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("statements", "letterhead_digest")
    op.drop_table("statement_letterheads")
