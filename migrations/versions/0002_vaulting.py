"""Methods: what was asked for, duplicates, verification, expiry, and when to look each up at the gateway again."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"

_TABLE = "payment_methods"


def upgrade() -> None:
    op.create_table(
        "gateway_tokens",
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_gateway_tokens")),
    )
    op.execute("INSERT INTO gateway_tokens (token, account_id) SELECT token, account_id FROM payment_methods")
    op.add_column(_TABLE, sa.Column("wanted", postgresql.JSONB(), nullable=True))
    op.add_column(_TABLE, sa.Column("fingerprint", sa.Text(), nullable=True))
    op.add_column(_TABLE, sa.Column("expiry_told", sa.Text(), nullable=True))
    op.add_column(_TABLE, sa.Column("billing_address", postgresql.JSONB(), nullable=True))
    op.add_column(_TABLE, sa.Column("verification_id", sa.Text(), nullable=True))
    op.add_column(_TABLE, sa.Column("verification_wants_amounts", sa.Boolean(), nullable=True))
    op.add_column(_TABLE, sa.Column("verification_tries", sa.BigInteger(), nullable=True))
    op.add_column(_TABLE, sa.Column("amounts_confirmed_at", postgresql.TIMESTAMP(timezone=True), nullable=True))
    op.add_column(_TABLE, sa.Column("verified_at", postgresql.TIMESTAMP(timezone=True), nullable=True))
    op.add_column(_TABLE, sa.Column("decline_code", sa.Text(), nullable=True))
    op.add_column(_TABLE, sa.Column("decline_text", sa.Text(), nullable=True))
    op.add_column(_TABLE, sa.Column("next_check_at", postgresql.TIMESTAMP(timezone=True), nullable=True))
    op.drop_constraint(op.f("ck_payment_methods_status"), _TABLE, type_="check")
    # What was stored before is looked up at once: the gateway knows fingerprints, addresses and verifications. What a
    # request has left half stored is kept as if it had asked for nothing in particular. What had failed may have left
    # something at the gateway.
    op.execute(
        "UPDATE payment_methods SET verification_wants_amounts = false, verification_tries = 0, "
        "verified_at = CASE WHEN kind = 'us_bank_account' AND status IN ('active', 'removing') THEN updated_at END, "
        "wanted = CASE WHEN status = 'vaulting' THEN '{}'::jsonb END, "
        "status = CASE status WHEN 'failed' THEN 'discarding' ELSE status END, "
        "next_check_at = CASE WHEN status <> 'removed' THEN now() END"
    )
    op.alter_column(_TABLE, "verification_wants_amounts", nullable=False)
    op.alter_column(_TABLE, "verification_tries", nullable=False)
    op.create_check_constraint(
        op.f("ck_payment_methods_status"),
        _TABLE,
        "status IN ('vaulting', 'refused', 'discarding', 'pending', 'active', 'verification_failed', 'removing', "
        "'removed')",
    )
    op.create_check_constraint(
        op.f("ck_payment_methods_verified_before_it_pays"),
        _TABLE,
        "kind <> 'us_bank_account' OR status <> 'active' OR verified_at IS NOT NULL",
    )
    op.create_check_constraint(op.f("ck_payment_methods_expiry_told"), _TABLE, "expiry_told IN ('soon', 'expired')")


def downgrade() -> None:
    op.drop_constraint(op.f("ck_payment_methods_expiry_told"), _TABLE, type_="check")
    op.drop_constraint(op.f("ck_payment_methods_verified_before_it_pays"), _TABLE, type_="check")
    op.drop_constraint(op.f("ck_payment_methods_status"), _TABLE, type_="check")
    op.execute(
        "UPDATE payment_methods SET status = CASE status WHEN 'verification_failed' THEN 'pending' ELSE 'failed' END "
        "WHERE status IN ('refused', 'discarding', 'verification_failed')"
    )
    op.create_check_constraint(
        op.f("ck_payment_methods_status"),
        _TABLE,
        "status IN ('vaulting', 'pending', 'active', 'failed', 'removing', 'removed')",
    )
    for column in (
        "next_check_at",
        "decline_text",
        "decline_code",
        "verified_at",
        "amounts_confirmed_at",
        "verification_tries",
        "verification_wants_amounts",
        "verification_id",
        "billing_address",
        "expiry_told",
        "fingerprint",
        "wanted",
    ):
        op.drop_column(_TABLE, column)
    op.drop_table("gateway_tokens")
