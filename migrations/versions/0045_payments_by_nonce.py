"""Payments by a nonce: the card that one stores, and the result of 3-D Secure; payments of before have neither."""

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"

_KEY = "fk_payments_account_id_new_method_id"


def upgrade() -> None:
    op.add_column("payments", sa.Column("new_method_id", sa.Uuid(), nullable=True), if_not_exists=True)
    op.add_column("payments", sa.Column("three_d_secure_status", sa.Text(), nullable=True), if_not_exists=True)
    op.add_column("payments", sa.Column("liability_shifted", sa.Boolean(), nullable=True), if_not_exists=True)
    op.drop_constraint(op.f(_KEY), "payments", type_="foreignkey", if_exists=True)
    columns = ["account_id", "new_method_id"], ["account_id", "id"]
    op.create_foreign_key(op.f(_KEY), "payments", "payment_methods", *columns, postgresql_not_valid=True)
    with op.get_context().autocommit_block():
        op.execute(f"ALTER TABLE payments VALIDATE CONSTRAINT {_KEY}")


def downgrade() -> None:
    op.drop_constraint(op.f(_KEY), "payments", type_="foreignkey")
    for name in ("liability_shifted", "three_d_secure_status", "new_method_id"):
        op.drop_column("payments", name)
