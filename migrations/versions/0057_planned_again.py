"""Invoices that autopay plans again, since its choice has changed."""

from alembic import op

revision = "0057"
down_revision = "0056"

_TABLE, _CHECK = "autopay_invoices", "ck_autopay_invoices_status"
_BEFORE = "'planned', 'sent', 'above_limit', 'ended'"


def upgrade() -> None:
    _require_status(f"{_BEFORE}, 'again'")
    with op.get_context().autocommit_block():  # the rows obey already, and reading them blocks no writer
        op.execute(f"ALTER TABLE {_TABLE} VALIDATE CONSTRAINT {_CHECK}")


def downgrade() -> None:
    op.execute("DELETE FROM autopay_invoices WHERE status = 'again'")
    _require_status(_BEFORE)


def _require_status(statuses: str) -> None:
    op.drop_constraint(op.f(_CHECK), _TABLE, type_="check", if_exists=True)
    op.create_check_constraint(op.f(_CHECK), _TABLE, f"status IN ({statuses})", postgresql_not_valid=True)
