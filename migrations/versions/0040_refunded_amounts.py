"""The amounts of payments that were given back, and those that refunds under way have reserved."""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"


def upgrade() -> None:
    for name in ("refunded", "refund_pending"):
        op.add_column(
            "payments", sa.Column(name, sa.BigInteger(), server_default="0", nullable=False), if_not_exists=True
        )
    op.drop_constraint(op.f("ck_payments_refunded"), "payments", type_="check", if_exists=True)
    op.create_check_constraint(
        op.f("ck_payments_refunded"),
        "payments",
        "least(refunded, refund_pending, amount - refunded - refund_pending) >= 0",
        postgresql_not_valid=True,
    )
    with op.get_context().autocommit_block():
        op.execute("ALTER TABLE payments VALIDATE CONSTRAINT ck_payments_refunded")


def downgrade() -> None:
    for name in ("refund_pending", "refunded"):
        op.drop_column("payments", name)
