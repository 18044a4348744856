"""Who has said what became of a payment whose outcome was unknown; those of before have none."""

import sqlalchemy as sa
from alembic import op

revision = "0050"
down_revision = "0049"


def upgrade() -> None:
    op.add_column("payments", sa.Column("resolved_by", sa.Text(), nullable=True), if_not_exists=True)
    op.drop_constraint(op.f("ck_payments_resolved_by"), "payments", type_="check", if_exists=True)
    op.create_check_constraint(
        op.f("ck_payments_resolved_by"), "payments", "resolved_by IN ('gateway', 'person')", postgresql_not_valid=True
    )
    with op.get_context().autocommit_block():
        op.execute("ALTER TABLE payments VALIDATE CONSTRAINT ck_payments_resolved_by")


def downgrade() -> None:
    op.drop_column("payments", "resolved_by")
