"""The SQL of invoices."""

from collections.abc import Collection, Sequence
from dataclasses import fields
from datetime import date, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Numeric,
    Table,
    Text,
    Uuid,
    and_,
    any_,
    bindparam,
    case,
    cast,
    func,
    literal_column,
    not_,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by

from billing_api.db.base import rows_of
from billing_api.db.database import Database
from billing_api.db.exports import Exports
from billing_api.db.paging import Listing, Natural, Search
from billing_api.db.statements import Command, Statement, arrays_of, columns_of, insert_many, select_by_ids
from billing_api.db.streams import RowStream
from billing_api.invoices.application_schemas import ApplicationQuery
from billing_api.invoices.model import (
    ExportedInvoice,
    Invoice,
    InvoiceApplication,
    InvoiceDetail,
    InvoiceDraft,
    invoice_applications,
    invoice_lines,
    invoice_taxes,
    invoices,
)
from billing_api.invoices.schemas import InvoiceFilters, InvoiceQuery, InvoiceSummaryRead
from billing_api.invoices.values import AppliedPart, BilledInvoice, BilledLine, PayableInvoice
from billing_api.kit.pagination import Rows
from billing_api.kit.schema import InputSchema

RowT = TypeVar("RowT")

_i = invoices.c
_OWN = _i.account_id == bindparam("account_id")
# Constants that are part of the text: a partial index is found only by its own condition, not by a parameter.
_IS_OPEN = _i.status == literal_column("'open'")
_ZERO = literal_column("0", BigInteger)
_IS_PAID = _i.status == literal_column("'paid'")

_DERIVED: dict[str, ColumnElement[Any]] = {
    "payment_status": case(
        (_i.status != literal_column("'open'"), _i.status),
        (_i.amount_pending > 0, literal_column("'processing'")),
        (_i.amount_due < _i.total, literal_column("'partial'")),
        else_=literal_column("'unpaid'"),
    ),
    "overdue": and_(_IS_OPEN, _i.due_on < bindparam("today")),
    "type": _i.kind,
    # LEAST leaves a NULL out.
    "contested": case((_i.contested.is_(None), _ZERO), else_=func.least(_i.contested, _i.amount_due)),
}


def _listing(row: type[RowT], query: type[InputSchema]) -> Listing[RowT]:
    """Return the list of such rows, each field a column or one of the derived ones."""
    names = [field.name for field in fields(row)]  # type: ignore[arg-type] # every row is a dataclass
    return Listing(
        select(*(_DERIVED[name].label(name) if name in _DERIVED else _i[name] for name in names)).where(_OWN),
        row,
        query,
        columns={"type": _i.kind, "date": _i.issued_on, "amount": _i.total},
        filters={
            "due": None,
            "is_open": _IS_OPEN,
            "is_paid": _IS_PAID,
            "contested": None,
            "is_contested": and_(_IS_OPEN, _i.contested.is_not(None)),
            "is_not_contested": or_(not_(_IS_OPEN), _i.contested.is_(None)),
            "window_from": _i.due_on >= bindparam("window_from"),
            "window_to": _i.due_on <= bindparam("window_to"),
            # No B-tree helps a search inside a text, and pg_trgm is not on every server: a search that finds nothing
            # takes 0.1 s among 100,000 invoices of one account, and less than 1 ms among 200 (measured).
            "q": Search(_i.number, _i.po_number),
        },
        sorts=[_i.issued_on, _i.due_on, _i.closed_on, Natural(_i.number), _i.total, _i.amount_due],
        unique=_i.id,
    )


_LIST = _listing(InvoiceSummaryRead, InvoiceQuery)
_EXPORT = _listing(ExportedInvoice, InvoiceFilters)


def _parts(table: Table, names: Sequence[str], *order: ColumnElement[Any], **named: Any) -> ColumnElement[Any]:
    """Return the rows of a table that belong to the invoice, as a JSON array; decimal numbers as text.

    `named` are expressions of the table that no column has.
    """
    pairs: list[ColumnElement[Any]] = []
    for name, column in {**{name: table.c[name] for name in names}, **named}.items():
        value = cast(func.trim_scale(column), Text) if isinstance(column.type, Numeric) else column
        pairs += literal_column(f"'{name}'"), value
    rows = func.jsonb_agg(aggregate_order_by(func.jsonb_build_object(*pairs), *order))
    return (
        select(func.coalesce(rows, literal_column("'[]'::jsonb")))
        .where(table.c.account_id == _i.account_id, table.c.invoice_id == _i.id)
        .correlate(invoices)
        .scalar_subquery()
    )


_kind = invoice_applications.c.kind
_APPLICATION_TYPE = case(
    (_kind == literal_column("'credit'"), literal_column("'credit_application'")),
    (_kind == literal_column("'deposit'"), literal_column("'deposit_application'")),
    else_=_kind,
)
_COMPUTED = {
    **_DERIVED,
    "lines": _parts(invoice_lines, ["description", "quantity", "unit_amount", "amount"], invoice_lines.c.position),
    "taxes": _parts(invoice_taxes, ["name", "rate", "amount"], invoice_taxes.c.position),
    "applications": _parts(
        invoice_applications,
        ["id", "source_id", "source_number", "effective_on", "amount"],
        invoice_applications.c.effective_on,
        invoice_applications.c.id,
        type=_APPLICATION_TYPE,
    ),
}
_DETAIL = Statement(
    select(
        *(
            _COMPUTED[name].label(name) if name in _COMPUTED else _i[name]
            for name in (field.name for field in fields(InvoiceDetail))
        )
    ).where(_OWN, _i.id == bindparam("id")),
    InvoiceDetail,
)


def _by_due_date(row: type[RowT], *, lock: bool = False) -> Statement[RowT]:
    """Return the open invoices in a currency with an amount that is neither reserved nor contested, by due date.

    The order is that of `choosing.by_due_date`.
    """
    found = (
        select(*columns_of(invoices, row))
        .where(
            _OWN,
            _i.currency == bindparam("currency"),
            _IS_OPEN,
            _i.amount_due - _i.amount_pending - _DERIVED["contested"] > _ZERO,
        )
        .order_by(_i.due_on, _i.issued_on, _i.id)
        .limit(bindparam("limit"))
    )
    return Statement(found.with_for_update(key_share=True) if lock else found, row)


_BILLED = Statement(select_by_ids(invoices, BilledInvoice), BilledInvoice)
_l = invoice_lines.c
_BILLED_LINES = Statement(
    select(*columns_of(invoice_lines, BilledLine))
    .where(_l.account_id == bindparam("account_id"), _l.invoice_id == any_(bindparam("ids", type_=ARRAY(Uuid()))))
    .order_by(_l.invoice_id, _l.position)
    .limit(bindparam("limit")),
    BilledLine,
)
_PAYABLE = Statement(select_by_ids(invoices, PayableInvoice), PayableInvoice)
_LOCK = Statement(select_by_ids(invoices, Invoice).with_for_update(key_share=True), Invoice)
_PAYABLE_BY_DUE_DATE, _LOCK_BY_DUE_DATE = _by_due_date(PayableInvoice), _by_due_date(Invoice, lock=True)
_ADD = Statement(
    insert_many(invoices).on_conflict_do_nothing(index_elements=[_i.account_id, _i.number]).returning(_i.id), UUID
)
_ADD_LINES = Command(insert_many(invoice_lines))
_ADD_TAXES = Command(insert_many(invoice_taxes))
_ADD_APPLICATIONS = Command(insert_many(invoice_applications))
# The columns that applications and reservations change.
_MOVED = (
    "status",
    "closed_on",
    "last_applied_on",
    "paid",
    "credited",
    "deposit_applied",
    "discounted",
    "written_off",
    "voided",
    "amount_due",
    "amount_pending",
    "contested",
)
# The account is given with each invoice: beside one account for all, PostgreSQL may read every invoice of it.
_given = rows_of("given", account_id=Uuid(), id=Uuid(), **{name: _i[name].type for name in _MOVED})
_UPDATE = Command(
    update(invoices)
    .where(_i.account_id == _given.c.account_id, _i.id == _given.c.id)
    .values(**{name: _given.c[name] for name in _MOVED}, updated_at=bindparam("updated_at"), version=_i.version + 1)
)
_a, _undoing = invoice_applications.c, invoice_applications.alias("undoing")
_PART = (
    select(
        *(_a[name] for name in ("id", "invoice_id", "kind", "source_id", "source_number", "effective_on")),
        *(_a[name] for name in ("amount", "reverses_id", "created_at")),
        _i.number.label("invoice_number"),
        _i.currency,
        _undoing.c.id.label("reversed_by_id"),
    )
    .join(invoices, and_(_i.account_id == _a.account_id, _i.id == _a.invoice_id))
    .outerjoin(_undoing, and_(_undoing.c.account_id == _a.account_id, _undoing.c.reverses_id == _a.id))
    .where(_a.account_id == bindparam("account_id"))
)
_STANDING = _PART.where(_a.reverses_id.is_(None), _undoing.c.id.is_(None)).order_by(_a.id)
_FIND_PART = Statement(_PART.where(_a.id == bindparam("id")), AppliedPart)
_STANDING_OF_SOURCE = Statement(_STANDING.where(_a.source_id == bindparam("source_id")), AppliedPart)
_STANDING_OF_INVOICE = Statement(
    _STANDING.where(_a.invoice_id == bindparam("invoice_id")).limit(bindparam("limit")), AppliedPart
)
_PARTS = Listing(_PART, AppliedPart, ApplicationQuery, sorts=[_a.id], unique=_a.id, order="-id")


class InvoiceRepository:
    """The invoices of one account at a time."""

    def __init__(self, db: Database, exports: Exports) -> None:
        self._db = db
        self._exports = exports

    async def add(self, drafts: Sequence[InvoiceDraft]) -> set[UUID]:
        """Insert invoices whose numbers are free, then, if all were, lines and taxes; return the inserted ids."""
        written = set(await self._db.fetch(_ADD, **arrays_of([draft.invoice for draft in drafts])))
        if len(written) == len(drafts):
            await self._add_parts(_ADD_LINES, [line for draft in drafts for line in draft.lines])
            await self._add_parts(_ADD_TAXES, [tax for draft in drafts for tax in draft.taxes])
        return written

    async def lock(self, account_id: UUID, invoice_ids: Collection[UUID]) -> list[Invoice]:
        """Return those of the invoices that exist, under their locks, taken in the order of their ids."""
        return await self._db.fetch(_LOCK, account_id=account_id, ids=sorted(set(invoice_ids)))

    async def lock_by_due_date(self, account_id: UUID, currency: str, limit: int) -> list[Invoice]:
        """Return the first payable invoices in a currency by due date, under their locks."""
        return await self._db.fetch(_LOCK_BY_DUE_DATE, account_id=account_id, currency=currency, limit=limit)

    async def update_all(self, changed: Sequence[Invoice], now: datetime) -> None:
        """Write status, sums and the reserved amount of invoices, in one round trip; their versions count on."""
        if changed:
            await self._db.execute(_UPDATE, **_values(changed, now))

    def append_all(self, changed: Sequence[Invoice], now: datetime) -> None:
        """Have the same written at the transaction's end, which must not read these invoices again."""
        if changed:
            self._db.append(_UPDATE, **_values(changed, now))

    def add_applications(self, applications: Sequence[InvoiceApplication]) -> None:
        """Have applications inserted at the transaction's end."""
        if applications:
            self._db.append(_ADD_APPLICATIONS, **arrays_of(applications))

    async def find_part(self, account_id: UUID, application_id: UUID) -> AppliedPart | None:
        """Return one application, or None."""
        return await self._db.fetch_one(_FIND_PART, account_id=account_id, id=application_id)

    async def list_parts(self, account_id: UUID, query: ApplicationQuery) -> Rows[AppliedPart]:
        """Return one page of applications, newest first. Raise BadCursorError."""
        return await _PARTS.fetch(self._db, query, account_id=account_id)

    async def list_standing_of(self, account_id: UUID, source_id: UUID) -> list[AppliedPart]:
        """Return the applications of a document that are not undone, the oldest first."""
        return await self._db.fetch(_STANDING_OF_SOURCE, account_id=account_id, source_id=source_id)

    async def list_standing_on(self, account_id: UUID, invoice_id: UUID, limit: int) -> list[AppliedPart]:
        """Return the first applications to an invoice that are not undone, the oldest first."""
        return await self._db.fetch(_STANDING_OF_INVOICE, account_id=account_id, invoice_id=invoice_id, limit=limit)

    async def _add_parts(self, command: Command, rows: Sequence[object]) -> None:
        if rows:
            await self._db.execute(command, **arrays_of(rows))

    async def find(self, account_id: UUID, invoice_id: UUID, today: date) -> InvoiceDetail | None:
        """Return one invoice with everything, in one round trip, or None."""
        return await self._db.fetch_one(_DETAIL, account_id=account_id, id=invoice_id, today=today)

    async def list_billed(
        self, account_id: UUID, invoice_ids: Collection[UUID], most_lines: int
    ) -> tuple[Sequence[BilledInvoice], Sequence[BilledLine]]:
        """Return these invoices, and up to so many of their lines; what is billed never changes."""
        given = {"account_id": account_id, "ids": list(invoice_ids)}
        billed = await self._db.fetch(_BILLED, **given)
        return billed, await self._db.fetch(_BILLED_LINES, **given, limit=most_lines)

    async def find_payable(self, account_id: UUID, invoice_ids: Collection[UUID]) -> dict[UUID, PayableInvoice]:
        """Return those of the invoices that exist."""
        found = await self._db.fetch(_PAYABLE, account_id=account_id, ids=list(invoice_ids))
        return {invoice.id: invoice for invoice in found}

    async def list_payable(self, account_id: UUID, currency: str, limit: int) -> list[PayableInvoice]:
        """Return the first payable invoices in a currency by due date."""
        return await self._db.fetch(_PAYABLE_BY_DUE_DATE, account_id=account_id, currency=currency, limit=limit)

    async def list_page(self, account_id: UUID, query: InvoiceQuery, today: date) -> Rows[InvoiceSummaryRead]:
        """Return one page. Raise BadCursorError."""
        return await _LIST.fetch(
            self._db, query, given=_other_filters(query, today), account_id=account_id, today=today
        )

    async def list_newest(self, account_id: UUID, count: int, today: date) -> list[InvoiceSummaryRead]:
        """Return so many of the newest invoices, the newest first."""
        return await _LIST.first(self._db, count, sort="-issued_on", account_id=account_id, today=today)

    async def export(self, account_id: UUID, filters: InvoiceFilters, today: date) -> RowStream[ExportedInvoice]:
        """Begin to read all invoices that the filters find. Raise TooManyExportsError, ExportsBusyError."""
        return await _EXPORT.export(
            self._exports, account_id, filters, given=_other_filters(filters, today), today=today
        )


def _values(changed: Sequence[Invoice], now: datetime) -> dict[str, Any]:
    arrays = {f"{name}s": [getattr(invoice, name) for invoice in changed] for name in ("account_id", "id", *_MOVED)}
    return {"updated_at": now, **arrays}


def _other_filters(query: InvoiceFilters, today: date) -> dict[str, Any]:
    """Return the filters that no field of the query gives by itself."""
    filters: dict[str, Any] = {}
    if query.status == ["open"]:  # as a constant, by which partial indexes are found
        filters |= {"status": None, "is_open": True}
    if query.sort.endswith("closed_on"):
        filters["is_paid"] = True
    if query.contested is not None:
        filters["is_contested" if query.contested else "is_not_contested"] = True
    if query.due == "overdue":
        filters |= {"is_open": True, "window_to": today - timedelta(days=1)}
    elif query.due is not None:
        days = int(query.due.removeprefix("within_").removesuffix("_days"))
        filters |= {"is_open": True, "window_from": today, "window_to": today + timedelta(days=days)}
    return filters
