"""The order in which people count document numbers: INV-9 before INV-10.

PostgreSQL works the order out itself, in an index over an expression: no column has to be filled, and rows that were
there before are in their place too (docs/decisions/0017).
"""

from sqlalchemy import DDL, ColumnElement, LargeBinary, event, func

from billing_api.db.base import METADATA

# Each run of digits becomes its length in three digits and the run without leading zeros. Bytes, so that no server's
# collation has a say.
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
event.listen(METADATA, "before_create", DDL(_FUNCTION))  # type: ignore[no-untyped-call]

# The same for an index, which is declared before its table has columns.
NATURAL_NUMBER = "natural_order(number)"


def natural_order(number: ColumnElement[str]) -> ColumnElement[bytes]:
    """Return the sort key of document numbers; of two that count the same (INV-1, INV-01) neither comes first."""
    return func.natural_order(number, type_=LargeBinary)
