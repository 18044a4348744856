"""What is written once: no table of it can be emptied, and an event keeps what was written of it."""

from alembic import op

revision = "0013"
down_revision = "0012"

_OLD = ("ledger_entries", "audit_log")
_NEW = ("invoice_lines", "invoice_taxes", "invoice_applications", "credit_memo_taxes", "payment_allocations")
_EVENTS = "outbox_events"


def upgrade() -> None:
    # Whoever relays events will number them: a column that is not named here may be set later.
    op.execute(
        """
        CREATE FUNCTION refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'UPDATE' AND
                (NEW.account_id, NEW.id, NEW.kind, NEW.subject_id, NEW.occurred_at, NEW.data)
                IS NOT DISTINCT FROM (OLD.account_id, OLD.id, OLD.kind, OLD.subject_id, OLD.occurred_at, OLD.data)
            THEN
                RETURN NEW;
            END IF;
            RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
        END $$
        """
    )
    op.execute(
        f"CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON {_EVENTS} "
        "FOR EACH ROW EXECUTE FUNCTION refuse_rewriting()"
    )
    for table in _NEW:
        op.execute(
            f"CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
    for table in (*_OLD, *_NEW, _EVENTS):
        op.execute(
            f"CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    for table in (*_OLD, *_NEW, _EVENTS):
        op.execute(f"DROP TRIGGER refuse_truncate ON {table}")
    for table in (*_NEW, _EVENTS):
        op.execute(f"DROP TRIGGER refuse_change ON {table}")
    op.execute("DROP FUNCTION refuse_rewriting")
