"""Events get numbers once they are committed: readers go through them by number."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0022"
down_revision = "0021"

_WRITTEN = """
    CREATE OR REPLACE FUNCTION refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'UPDATE' {numbered} AND
            (NEW.account_id, NEW.id, NEW.kind, NEW.subject_id, NEW.occurred_at, NEW.data)
            IS NOT DISTINCT FROM (OLD.account_id, OLD.id, OLD.kind, OLD.subject_id, OLD.occurred_at, OLD.data)
        THEN
            RETURN NEW;
        END IF;
        RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
    END $$
"""


def upgrade() -> None:
    op.create_table(
        "event_positions",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("since", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_event_positions")),
        if_not_exists=True,
    )
    op.add_column("outbox_events", sa.Column("number", sa.BigInteger(), nullable=True), if_not_exists=True)
    op.add_column(
        "outbox_events",
        sa.Column("numbered_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        if_not_exists=True,
    )
    # A number is given once.
    op.execute(_WRITTEN.format(numbered="AND OLD.number IS NULL"))
    with op.get_context().autocommit_block():
        op.drop_index(
            "ix_outbox_events_unnumbered", table_name="outbox_events", postgresql_concurrently=True, if_exists=True
        )
        op.create_index(
            "ix_outbox_events_unnumbered",
            "outbox_events",
            ["id"],
            postgresql_where=sa.text("number IS NULL"),
            postgresql_concurrently=True,
        )
        op.drop_index(
            "ix_outbox_events_number", table_name="outbox_events", postgresql_concurrently=True, if_exists=True
        )
        op.create_index(
            "ix_outbox_events_number",
            "outbox_events",
            ["number"],
            postgresql_where=sa.text("number IS NOT NULL"),
            postgresql_concurrently=True,
        )


def downgrade() -> None:
    op.execute(_WRITTEN.format(numbered=""))
    op.drop_index("ix_outbox_events_number", table_name="outbox_events")
    op.drop_index("ix_outbox_events_unnumbered", table_name="outbox_events")
    op.drop_column("outbox_events", "numbered_at")
    op.drop_column("outbox_events", "number")
    op.drop_table("event_positions")
