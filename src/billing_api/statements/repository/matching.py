"""The columns by which a customer matches a payment's line: its reference, and the invoices that got its parts."""

from itertools import chain

from sqlalchemy import ColumnElement, Subquery, Uuid, bindparam, case, func, literal_column, null, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from billing_api.db.statements import constant
from billing_api.deposits.model import deposits
from billing_api.payments.model import ALLOCATED_KINDS, payment_allocations, payments

_OWN = bindparam("account_id", type_=Uuid())


def reference_of(rows: Subquery) -> ColumnElement[str | None]:
    """Return the reference of a line's payment or deposit."""
    return func.coalesce(
        *(
            select(table.c.reference)
            .where(table.c.account_id == _OWN, table.c.id == rows.c.document_id)
            .correlate(rows)
            .scalar_subquery()
            for table in (payments, deposits)
        )
    )


def allocations_of(rows: Subquery) -> ColumnElement[object]:
    """Return the parts of a payment's money that its invoices got, as a JSON array; NULL for another line."""
    part = payment_allocations.c
    names = [(constant(name), part[name]) for name in ("invoice_id", "invoice_number", "amount")]
    found = (
        select(func.jsonb_agg(aggregate_order_by(func.jsonb_build_object(*chain(*names)), part.id)))
        .where(part.account_id == _OWN, part.payment_id == rows.c.document_id, part.amount > literal_column("0"))
        .correlate(rows)
        .scalar_subquery()
    )
    return case((rows.c.kind.in_([constant(kind) for kind in ALLOCATED_KINDS]), found), else_=null())
