"""The SQL of invoices."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Numeric,
    Table,
    Text,
    Uuid,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal_column,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by, insert
from sqlalchemy.orm import aliased

from billing_api.db.base import each_of, table_of
from billing_api.db.database import Database
from billing_api.db.listing import Listing, Natural
from billing_api.db.reader import Reader, Statement, columns_of
from billing_api.invoices.model import Invoice, InvoiceApplication, InvoiceLine, InvoiceTax
from billing_api.invoices.schemas import InvoiceKind, InvoiceStatus, InvoiceSummaryRead, PaymentStatus


@dataclass(frozen=True, slots=True)
class PayableInvoice:
    """An invoice as whoever pays it needs to know it; amounts in minor units."""

    id: UUID
    number: str
    status: InvoiceStatus
    currency: str
    issued_on: date
    due_on: date
    net: int
    tax: int
    total: int
    amount_due: int
    amount_pending: int
    discount_basis_points: int
    discount_until: date | None
    discount_includes_tax: bool
    version: int

    @property
    def payable(self) -> int:
        """What is due and not reserved by a payment under way."""
        return self.amount_due - self.amount_pending


@dataclass(frozen=True, slots=True)
class InvoiceDetail:
    """An invoice with all that belongs to it."""

    id: UUID
    number: str
    external_id: str | None
    kind: InvoiceKind
    po_number: str | None
    status: InvoiceStatus
    currency: str
    issued_on: date
    due_on: date
    closed_on: date | None
    memo: str | None
    net: int
    tax: int
    total: int
    paid: int
    credited: int
    deposit_applied: int
    discounted: int
    written_off: int
    voided: int
    amount_due: int
    amount_pending: int
    discount_basis_points: int
    discount_until: date | None
    discount_includes_tax: bool
    created_at: datetime
    updated_at: datetime
    payment_status: PaymentStatus
    overdue: bool
    lines: list[dict[str, Any]]
    taxes: list[dict[str, Any]]
    applications: list[dict[str, Any]]

    @property
    def discount(self) -> dict[str, Any] | None:
        """What paying early earns, if anything."""
        if self.discount_until is None:
            return None
        return {
            "basis_points": self.discount_basis_points,
            "until": self.discount_until,
            "includes_tax": self.discount_includes_tax,
        }


@dataclass(frozen=True, slots=True)
class InvoiceRows:
    """A new invoice, by tables."""

    invoice: dict[str, Any]
    lines: list[dict[str, Any]]
    taxes: list[dict[str, Any]]


_invoices, _lines, _taxes = table_of(Invoice), table_of(InvoiceLine), table_of(InvoiceTax)
_applications = table_of(InvoiceApplication)
_i = _invoices.c
# Constants that are part of the text: a partial index is found only by its own condition, not by a parameter.
_IS_OPEN = _i.status == literal_column("'open'")
_IS_PAID = _i.status == literal_column("'paid'")

_DERIVED: dict[str, ColumnElement[Any]] = {
    "payment_status": case(
        (_i.status != literal_column("'open'"), _i.status),
        (_i.amount_pending > 0, literal_column("'processing'")),
        (_i.amount_due < _i.total, literal_column("'partial'")),
        else_=literal_column("'unpaid'"),
    ),
    "overdue": and_(_IS_OPEN, _i.due_on < bindparam("today")),
}
_OWN = _i.account_id == bindparam("account_id")

_LIST = Listing(
    select(*(_DERIVED[name] if name in _DERIVED else _i[name] for name in InvoiceSummaryRead.__slots__)).where(_OWN),
    filters={
        "status": _i.status == bindparam("status"),
        "is_open": _IS_OPEN,
        "is_paid": _IS_PAID,
        "window_from": _i.due_on >= bindparam("window_from"),
        "window_to": _i.due_on <= bindparam("window_to"),
        "issued_from": _i.issued_on >= bindparam("issued_from"),
        "issued_to": _i.issued_on <= bindparam("issued_to"),
        "due_from": _i.due_on >= bindparam("due_from"),
        "due_to": _i.due_on <= bindparam("due_to"),
        "total_min": _i.total >= bindparam("total_min"),
        "total_max": _i.total <= bindparam("total_max"),
        "currency": _i.currency == bindparam("currency"),
        # No B-tree helps a search inside a text, and pg_trgm is not on every server: a search that finds nothing takes
        # 0.1 s among 100,000 invoices of one account, and less than 1 ms among 200 (measured).
        "q": or_(_i.number.ilike(bindparam("q")), _i.po_number.ilike(bindparam("q"))),
    },
    sorts={
        "issued_on": (_i.issued_on, _i.id),
        "due_on": (_i.due_on, _i.id),
        "closed_on": (_i.closed_on, _i.id),
        "number": (Natural(_i.number), _i.id),
        "total": (_i.total, _i.id),
        "amount_due": (_i.amount_due, _i.id),
    },
)


def _parts(table: Table, names: Sequence[str], *order: ColumnElement[Any]) -> ColumnElement[Any]:
    """The rows of a table that belong to the invoice, as a JSON array; numbers of arbitrary precision as text."""
    pairs: list[ColumnElement[Any]] = []
    for name in names:
        column = table.c[name]
        value = cast(func.trim_scale(column), Text) if isinstance(column.type, Numeric) else column
        pairs += literal_column(f"'{name}'"), value
    rows = func.jsonb_agg(aggregate_order_by(func.jsonb_build_object(*pairs), *order))
    return (
        select(func.coalesce(rows, literal_column("'[]'::jsonb")))
        .where(table.c.account_id == _i.account_id, table.c.invoice_id == _i.id)
        .correlate(_invoices)
        .scalar_subquery()
    )


_COMPUTED = {
    **_DERIVED,
    "lines": _parts(_lines, ["description", "quantity", "unit_amount", "amount"], _lines.c.position),
    "taxes": _parts(_taxes, ["name", "rate", "amount"], _taxes.c.position),
    "applications": _parts(
        _applications,
        ["id", "kind", "source_id", "source_number", "effective_on", "amount"],
        _applications.c.effective_on,
        _applications.c.id,
    ),
}
_DETAIL = Statement(
    select(*(_COMPUTED[name] if name in _COMPUTED else _i[name] for name in InvoiceDetail.__slots__)).where(
        _OWN, _i.id == bindparam("id")
    )
)
# Looked up one by one, whatever the plan: LIMIT keeps PostgreSQL from reading the account and joining the ids to it.
_WANTED = each_of("ids", Uuid())
_IS_WANTED = and_(_OWN, _i.id == _WANTED.c.value)
_ONE: ColumnElement[int] = literal_column("1")
_payable = select(*columns_of(_invoices, PayableInvoice)).where(_IS_WANTED).limit(_ONE).lateral("payable")
_PAYABLE = Statement(select(*_payable.c).select_from(_WANTED).join(_payable, true()))
_locked = aliased(
    Invoice, select(Invoice).where(_IS_WANTED).limit(_ONE).with_for_update(key_share=True).lateral("locked")
)
_LOCK = select(_locked).select_from(_WANTED).join(_locked, true()).execution_options(populate_existing=True)
_ADD = insert(_invoices).on_conflict_do_nothing(index_elements=[_i.account_id, _i.number]).returning(_i.id)


class InvoiceRepository:
    """The invoices of one account at a time."""

    def __init__(self, db: Database, reader: Reader) -> None:
        self._db = db
        self._reader = reader

    async def add(self, drafts: Sequence[InvoiceRows]) -> set[UUID]:
        """Write invoices whose numbers are free, then, if all were, lines and taxes; answer which were written."""
        added = await self._db.session.execute(_ADD, [draft.invoice for draft in drafts])
        written = set(added.scalars())
        if len(written) == len(drafts):
            for table, rows in (
                (_lines, [line for draft in drafts for line in draft.lines]),
                (_taxes, [tax for draft in drafts for tax in draft.taxes]),
            ):
                if rows:
                    await self._db.session.execute(insert(table), rows)
        return written

    async def lock(self, account_id: UUID, invoice_ids: Collection[UUID]) -> dict[UUID, Invoice]:
        """Those of the invoices that exist, under their locks, taken in the order of their ids."""
        rows = await self._db.session.scalars(_LOCK, {"account_id": account_id, "ids": sorted(set(invoice_ids))})
        return {invoice.id: invoice for invoice in rows}

    async def add_applications(self, applications: Sequence[Mapping[str, Any]]) -> None:
        """Note what was applied, in one statement."""
        await self._db.session.execute(insert(_applications), applications)

    async def read(self, account_id: UUID, invoice_id: UUID, today: date) -> InvoiceDetail | None:
        """One invoice with everything, in one round trip, or None."""
        return await self._reader.fetch_one(_DETAIL, InvoiceDetail, account_id=account_id, id=invoice_id, today=today)

    async def read_payable(self, account_id: UUID, invoice_ids: Collection[UUID]) -> dict[UUID, PayableInvoice]:
        """Those of the invoices that exist."""
        rows = await self._reader.fetch(_PAYABLE, PayableInvoice, account_id=account_id, ids=list(invoice_ids))
        return {invoice.id: invoice for invoice in rows}

    async def list_page(
        self,
        account_id: UUID,
        *,
        filters: Mapping[str, Any],
        sort: str,
        after: Sequence[Any] | None,
        limit: int,
        today: date,
    ) -> list[InvoiceSummaryRead]:
        """Up to `limit` invoices after a place; filters and sorts as `_LIST` names them."""
        return await _LIST.fetch(
            self._reader,
            InvoiceSummaryRead,
            account_id=account_id,
            today=today,
            filters=filters,
            sort=sort,
            after=after,
            limit=limit,
        )
