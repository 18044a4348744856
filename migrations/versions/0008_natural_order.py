"""Document numbers are sorted as people count, by an expression that PostgreSQL keeps in an index."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

_FUNCTION = """
CREATE OR REPLACE FUNCTION natural_order(number text) RETURNS bytea
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $function$
DECLARE
    ordered text := '';
    rest text := number;
    digits text;
BEGIN
    LOOP
        digits := substring(rest FROM '[0-9]+');
        IF digits IS NULL THEN
            RETURN convert_to(ordered || rest, 'UTF8');
        END IF;
        ordered := ordered || substr(rest, 1, strpos(rest, digits) - 1);
        rest := substr(rest, strpos(rest, digits) + length(digits));
        digits := ltrim(digits, '0');
        ordered := ordered || lpad(length(digits)::text, 3, '0') || digits;
    END LOOP;
END
$function$
"""
_NATURAL_NUMBER = sa.text("natural_order(number)")
_INVOICES = "ix_invoices_natural_number"
_ENTRIES = "ix_ledger_entries_natural_number"
# Only the sort that this replaces used it. A process of the version before sorts without it until it is gone.
_OLD_ENTRIES = "ix_ledger_entries_account_id_number_seq"


def upgrade() -> None:
    op.execute(_FUNCTION)
    with op.get_context().autocommit_block():
        for table, index, last in (("invoices", _INVOICES, "id"), ("ledger_entries", _ENTRIES, "seq")):
            # one whose building broke off is there, and of no use
            op.drop_index(index, table_name=table, postgresql_concurrently=True, if_exists=True)
            op.create_index(index, table, ["account_id", _NATURAL_NUMBER, last], postgresql_concurrently=True)
        op.drop_index(_OLD_ENTRIES, table_name="ledger_entries", postgresql_concurrently=True, if_exists=True)


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.create_index(_OLD_ENTRIES, "ledger_entries", ["account_id", "number", "seq"], postgresql_concurrently=True)
        op.drop_index(_ENTRIES, table_name="ledger_entries", postgresql_concurrently=True)
        op.drop_index(_INVOICES, table_name="invoices", postgresql_concurrently=True)
    op.execute("DROP FUNCTION natural_order(text)")
