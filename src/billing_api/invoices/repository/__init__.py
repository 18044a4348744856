"""The SQL of invoices."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, bindparam, select, update

from billing_api.db.base import rows_of
from billing_api.db.database import Database
from billing_api.db.exports import Exports
from billing_api.db.statements import Command, Statement, arrays_of, columns_of, insert_many, select_by_ids
from billing_api.db.streams import RowStream
from billing_api.invoices.application_schemas import ApplicationQuery
from billing_api.invoices.model import (
    Invoice,
    InvoiceApplication,
    InvoiceDetail,
    InvoiceDraft,
    invoice_applications,
    invoice_lines,
    invoice_taxes,
    invoices,
)
from billing_api.invoices.repository.applied import FIND_PART, PARTS, STANDING_OF_INVOICE, STANDING_OF_SOURCE
from billing_api.invoices.repository.reading import (
    CONTESTED,
    DETAIL,
    EXPORT,
    IS_OPEN,
    LIST,
    OWN,
    ZERO,
    other_filters,
)
from billing_api.invoices.schemas import InvoiceFilters, InvoiceQuery, InvoiceSummaryRead
from billing_api.invoices.values import (
    AppliedPart,
    BilledInvoice,
    BilledLine,
    ExportedInvoice,
    PayableInvoice,
)
from billing_api.kit.pagination import Rows

RowT = TypeVar("RowT")

_i = invoices.c


def _by_due_date(row: type[RowT], *, lock: bool = False) -> Statement[RowT]:
    """Return the open invoices in a currency with an amount that is neither reserved nor contested, by due date.

    The order is that of `choosing.by_due_date`.
    """
    found = (
        select(*columns_of(invoices, row))
        .where(
            OWN,
            _i.currency == bindparam("currency"),
            IS_OPEN,
            _i.amount_due - _i.amount_pending - CONTESTED > ZERO,
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

    def update_at_end(self, changed: Sequence[Invoice], now: datetime) -> None:
        """Have the same written at the transaction's end, which must not read these invoices again."""
        if changed:
            self._db.append(_UPDATE, **_values(changed, now))

    def add_applications(self, applications: Sequence[InvoiceApplication]) -> None:
        """Have applications inserted at the transaction's end."""
        if applications:
            self._db.append(_ADD_APPLICATIONS, **arrays_of(applications))

    async def find_part(self, account_id: UUID, application_id: UUID) -> AppliedPart | None:
        """Return one application, or None."""
        return await self._db.fetch_one(FIND_PART, account_id=account_id, id=application_id)

    async def list_parts(self, account_id: UUID, query: ApplicationQuery) -> Rows[AppliedPart]:
        """Return one page of applications, newest first. Raise BadCursorError."""
        return await PARTS.fetch(self._db, query, account_id=account_id)

    async def list_standing_of(self, account_id: UUID, source_id: UUID) -> list[AppliedPart]:
        """Return the applications of a document that are not undone, the oldest first."""
        return await self._db.fetch(STANDING_OF_SOURCE, account_id=account_id, source_id=source_id)

    async def list_standing_on(self, account_id: UUID, invoice_id: UUID, limit: int) -> list[AppliedPart]:
        """Return the first applications to an invoice that are not undone, the oldest first."""
        return await self._db.fetch(STANDING_OF_INVOICE, account_id=account_id, invoice_id=invoice_id, limit=limit)

    async def _add_parts(self, command: Command, rows: Sequence[object]) -> None:
        if rows:
            await self._db.execute(command, **arrays_of(rows))

    async def find(self, account_id: UUID, invoice_id: UUID, today: date) -> InvoiceDetail | None:
        """Return one invoice with everything, in one round trip, or None."""
        return await self._db.fetch_one(DETAIL, account_id=account_id, id=invoice_id, today=today)

    async def list_billed(
        self, account_id: UUID, invoice_ids: Collection[UUID], most_lines: int
    ) -> tuple[Sequence[BilledInvoice], Sequence[BilledLine]]:
        """Return these invoices, and up to so many of their lines; what is billed never changes."""
        given = {"account_id": account_id, "ids": list(invoice_ids)}
        billed = await self._db.fetch(_BILLED, **given)
        return billed, await self._db.fetch(_BILLED_LINES, **given, limit=most_lines)

    async def list_by_ids(self, account_id: UUID, invoice_ids: Collection[UUID]) -> list[PayableInvoice]:
        """Return those of the invoices that exist."""
        return await self._db.fetch(_PAYABLE, account_id=account_id, ids=list(invoice_ids))

    async def list_payable(self, account_id: UUID, currency: str, limit: int) -> list[PayableInvoice]:
        """Return the first payable invoices in a currency by due date."""
        return await self._db.fetch(_PAYABLE_BY_DUE_DATE, account_id=account_id, currency=currency, limit=limit)

    async def list_page(self, account_id: UUID, query: InvoiceQuery, today: date) -> Rows[InvoiceSummaryRead]:
        """Return one page. Raise BadCursorError."""
        return await LIST.fetch(self._db, query, given=other_filters(query, today), account_id=account_id, today=today)

    async def list_newest(self, account_id: UUID, count: int, today: date) -> list[InvoiceSummaryRead]:
        """Return so many of the newest invoices, the newest first."""
        return await LIST.first(self._db, count, sort="-issued_on", account_id=account_id, today=today)

    async def export(self, account_id: UUID, filters: InvoiceFilters, today: date) -> RowStream[ExportedInvoice]:
        """Begin to read all invoices that the filters find. Raise TooManyExportsError, ExportsBusyError."""
        return await EXPORT.export(self._exports, account_id, filters, given=other_filters(filters, today), today=today)


def _values(changed: Sequence[Invoice], now: datetime) -> dict[str, Any]:
    arrays = {f"{name}s": [getattr(invoice, name) for invoice in changed] for name in ("account_id", "id", *_MOVED)}
    return {"updated_at": now, **arrays}
