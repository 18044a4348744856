"""The SELECTs of applications: what was applied to invoices, and undone."""

from sqlalchemy import and_, bindparam, select

from billing_api.db.paging import Listing
from billing_api.db.statements import Statement
from billing_api.invoices.application_schemas import ApplicationQuery
from billing_api.invoices.model import invoice_applications, invoices
from billing_api.invoices.values import AppliedPart

_i, _a, _undoing = invoices.c, invoice_applications.c, invoice_applications.alias("undoing")
_PART = (
    select(
        *(_a[name] for name in ("id", "invoice_id", "kind", "source_id", "source_number", "effective_on")),
        *(_a[name] for name in ("amount", "reverses_id", "reason", "reason_text", "created_at")),
        _i.number.label("invoice_number"),
        _i.currency,
        _undoing.c.id.label("reversed_by_id"),
    )
    .join(invoices, and_(_i.account_id == _a.account_id, _i.id == _a.invoice_id))
    .outerjoin(_undoing, and_(_undoing.c.account_id == _a.account_id, _undoing.c.reverses_id == _a.id))
    .where(_a.account_id == bindparam("account_id"))
)
_STANDING = _PART.where(_a.reverses_id.is_(None), _undoing.c.id.is_(None)).order_by(_a.id)
FIND_PART = Statement(_PART.where(_a.id == bindparam("id")), AppliedPart)
STANDING_OF_SOURCE = Statement(_STANDING.where(_a.source_id == bindparam("source_id")), AppliedPart)
STANDING_OF_INVOICE = Statement(
    _STANDING.where(_a.invoice_id == bindparam("invoice_id")).limit(bindparam("limit")), AppliedPart
)
PARTS = Listing(_PART, AppliedPart, ApplicationQuery, sorts=[_a.id], unique=_a.id, order="-id")
