"""Invoices: posted, listed, paid off and voided."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from billing_api.accounts.schemas import Terms
from billing_api.accounts.service import Accounts
from billing_api.audit.service import AuditLog
from billing_api.db.database import Database
from billing_api.events.service import Outbox
from billing_api.invoices import applying
from billing_api.invoices.applying import Application, ApplicationKind, Source, Use, Used
from billing_api.invoices.drafts import document_of, draft, told_of
from billing_api.invoices.errors import (
    InvoiceNotFoundError,
    InvoiceNotVoidableError,
    InvoiceNumberTakenError,
)
from billing_api.invoices.model import Invoice
from billing_api.invoices.repository import InvoiceRepository, PayableInvoice
from billing_api.invoices.schemas import InvoiceCreate, InvoiceQuery, InvoiceRead, InvoiceSummaryRead
from billing_api.kit.clock import Clock
from billing_api.kit.ids import new_id
from billing_api.kit.pagination import Page
from billing_api.kit.search import contains
from billing_api.ledger import postings
from billing_api.ledger.postings import Document
from billing_api.ledger.service import Ledger

_SORT_TYPES: dict[str, type] = {
    "issued_on": date,
    "due_on": date,
    "closed_on": date,
    "number": str,
    "total": int,
    "amount_due": int,
}
_FILTERS = ("status", "issued_from", "issued_to", "due_from", "due_to", "total_min", "total_max", "currency")


class Invoices:
    """The invoices of one account at a time; whoever changes them holds the account's lock."""

    def __init__(
        self,
        db: Database,
        invoices: InvoiceRepository,
        accounts: Accounts,
        ledger: Ledger,
        audit: AuditLog,
        outbox: Outbox,
        clock: Clock,
    ) -> None:
        self.db = db
        self._invoices = invoices
        self._accounts = accounts
        self._ledger = ledger
        self._audit = audit
        self._outbox = outbox
        self._clock = clock

    # Reads, outside transactions

    async def list(self, account_id: UUID, query: InvoiceQuery) -> Page[InvoiceSummaryRead]:
        """One page in one round trip, whatever its depth. Raises BadCursorError."""
        sort = query.sort.removeprefix("-")
        today = self._clock.today()
        rows = await self._invoices.list_page(
            account_id,
            filters=_filters(query, today),
            sort=query.sort,
            after=query.position(_SORT_TYPES[sort], UUID),
            limit=query.limit + 1,
            today=today,
        )
        return Page[InvoiceSummaryRead].of(query, rows, _as_it_is, lambda row: (getattr(row, sort), row.id))

    async def get(self, account_id: UUID, invoice_id: UUID) -> InvoiceRead:
        """One invoice with lines, taxes, terms and what was applied. Raises InvoiceNotFoundError."""
        detail = await self._invoices.read(account_id, invoice_id, self._clock.today())
        if detail is None:
            raise InvoiceNotFoundError(invoice_id)
        return InvoiceRead.model_validate(detail)

    async def get_payable(self, account_id: UUID, invoice_ids: Collection[UUID]) -> dict[UUID, PayableInvoice]:
        """The invoices as a quote needs them, without a lock. Raises InvoiceNotFoundError."""
        found = await self._invoices.read_payable(account_id, invoice_ids)
        _require_all(invoice_ids, found)
        return found

    # Posting

    async def post_in(self, account_id: UUID, terms: Terms, new: InvoiceCreate) -> UUID:
        """Post one invoice and answer its id; see `post_all_in`."""
        return (await self.post_all_in(account_id, terms, [new]))[0]

    async def post_all_in(
        self,
        account_id: UUID,
        terms: Terms,
        news: Sequence[InvoiceCreate],
        digests: Mapping[str, str] | None = None,
    ) -> Sequence[UUID]:
        """Post invoices in this order, into the books too, and answer their ids; the caller holds the account's lock.

        `terms` are the account's; `digests` are kept with the external ids. However many, it takes ten statements.
        Raises InvoiceNumberTakenError, ExternalIdTakenError, DateTooFarAheadError, BooksClosedError.
        """
        for new in news:
            self._ledger.require_near("issued_on", new.issued_on)
        ids = [new_id() for _ in news]
        drafts = [
            draft(account_id, invoice_id, new, terms, self._clock.now())
            for invoice_id, new in zip(ids, news, strict=True)
        ]
        rows = [drafted.invoice for drafted in drafts]
        written = await self._invoices.add(drafts)
        for invoice_id, new in zip(ids, news, strict=True):
            if invoice_id not in written:
                raise InvoiceNumberTakenError(new.number)
        await self._ledger.post_in(
            account_id,
            *(
                postings.invoice(document_of(row), net=row["net"], tax=row["tax"], is_fee=row["kind"] == "fee")
                for row in rows
            ),
        )
        await self._accounts.claim_references_in(
            "invoice",
            account_id,
            {
                new.external_id: (invoice_id, (digests or {}).get(new.external_id))
                for invoice_id, new in zip(ids, news, strict=True)
                if new.external_id is not None
            },
        )
        numbers = {row["id"]: {"number": row["number"]} for row in rows}
        await self._audit.record_all_in(account_id, "invoice.posted", numbers)
        await self._outbox.record_all_in(account_id, "invoice.posted", {row["id"]: told_of(row) for row in rows})
        return ids

    async def void_in(self, account_id: UUID, invoice_id: UUID, *, on: date | None = None) -> None:
        """Void an open invoice that nothing was applied to, dated `on` or today, and never before it was issued.

        Raises InvoiceNotFoundError, InvoiceNotVoidableError, BooksClosedError.
        """
        invoice = (await self._lock_in(account_id, [invoice_id]))[invoice_id]
        if invoice.status != "open" or invoice.amount_due < invoice.total or invoice.amount_pending:
            raise InvoiceNotVoidableError(invoice_id, invoice.number)
        voided_on = max(on or self._clock.today(), invoice.issued_on)
        await self.apply_in(
            account_id,
            [
                Application(
                    invoice_id=invoice_id,
                    kind=ApplicationKind.VOID,
                    source_id=invoice_id,
                    source_number=invoice.number,
                    effective_on=voided_on,
                    amount=invoice.total,
                )
            ],
        )
        document = Document(id=invoice_id, number=invoice.number, currency=invoice.currency, effective_on=voided_on)
        await self._ledger.post_in(account_id, postings.void(document, net=invoice.net, tax=invoice.tax))
        await self._audit.record_in(account_id, "invoice.voided", invoice_id, number=invoice.number)
        await self._outbox.record_in(account_id, "invoice.voided", invoice_id, number=invoice.number)

    # What payments, credits and deposits call. None of these posts to the ledger: the caller does, in the same
    # transaction, and moves the ledger's pending amount beside `reserve_in` and `release_in`.

    async def lock_payable_in(self, account_id: UUID, invoice_ids: Collection[UUID]) -> dict[UUID, PayableInvoice]:
        """The invoices as they are now, locked in the order of their ids. Raises InvoiceNotFoundError."""
        locked = await self._lock_in(account_id, invoice_ids)
        return {invoice_id: _payable(invoice) for invoice_id, invoice in locked.items()}

    async def reserve_in(self, account_id: UUID, amounts: Mapping[UUID, int]) -> None:
        """Hold amounts for a payment under way, so that no other payment takes them.

        Raises InvoiceNotFoundError, AmountExceedsDueError.
        """
        now = self._clock.now()
        for invoice_id, invoice in (await self._lock_in(account_id, amounts)).items():
            applying.reserve(invoice, amounts[invoice_id], now)

    async def release_in(self, account_id: UUID, amounts: Mapping[UUID, int]) -> None:
        """Give back what was held: before it is applied, or because nothing came of the payment.

        Raises InvoiceNotFoundError, and ValueError for more than is held.
        """
        now = self._clock.now()
        for invoice_id, invoice in (await self._lock_in(account_id, amounts)).items():
            applying.release(invoice, amounts[invoice_id], now)

    async def apply_in(self, account_id: UUID, applications: Sequence[Application], *, reserved: bool = False) -> None:
        """Apply amounts, or undo earlier ones by negative amounts; invoices close and reopen by themselves.

        What is reserved is not free to be applied, except by whom it is reserved for: `reserved` says that the very
        amounts are, and releases them. Raises InvoiceNotFoundError, AmountExceedsDueError.
        """
        if not applications:
            return
        now = self._clock.now()
        locked = await self._lock_in(account_id, {application.invoice_id for application in applications})
        for application in applications:
            if reserved:
                applying.release(locked[application.invoice_id], application.amount, now)
            applying.apply(locked[application.invoice_id], application, now)
        await self._add_applications_in(account_id, applications)

    async def use_in(self, account_id: UUID, source: Source, uses: Sequence[Use]) -> Used:
        """Apply parts of one document to invoices of its currency, each as far as its invoice has room.

        Raise InvoiceNotFoundError, OtherCurrencyError.
        """
        locked = await self._lock_in(account_id, {use.invoice_id for use in uses})
        used = applying.use(locked, source, uses, today=self._clock.today(), now=self._clock.now())
        await self._add_applications_in(account_id, used.applications)
        return used

    async def _add_applications_in(self, account_id: UUID, applications: Sequence[Application]) -> None:
        if not applications:
            return
        now = self._clock.now()
        await self._invoices.add_applications(
            [
                {"account_id": account_id, "id": new_id(), "created_at": now}
                | {field.name: getattr(application, field.name) for field in fields(application)}
                for application in applications
            ]
        )

    async def _lock_in(self, account_id: UUID, invoice_ids: Collection[UUID]) -> dict[UUID, Invoice]:
        locked = await self._invoices.lock(account_id, invoice_ids)
        _require_all(invoice_ids, locked)
        return locked


def _require_all(invoice_ids: Collection[UUID], found: Mapping[UUID, object]) -> None:
    for invoice_id in invoice_ids:
        if invoice_id not in found:
            raise InvoiceNotFoundError(invoice_id)


def _as_it_is(row: InvoiceSummaryRead) -> InvoiceSummaryRead:
    return row


def _filters(query: InvoiceQuery, today: date) -> dict[str, Any]:
    filters: dict[str, Any] = {name: getattr(query, name) for name in _FILTERS}
    if query.q is not None:
        filters["q"] = contains(query.q)
    if query.status == "open":  # as a constant, by which partial indexes are found
        filters |= {"status": None, "is_open": True}
    if query.sort.endswith("closed_on"):
        filters["is_paid"] = True
    if query.due == "overdue":
        filters |= {"is_open": True, "window_to": today - timedelta(days=1)}
    elif query.due is not None:
        days = int(query.due.removeprefix("within_").removesuffix("_days"))
        filters |= {"is_open": True, "window_from": today, "window_to": today + timedelta(days=days)}
    return filters


def _payable(invoice: Invoice) -> PayableInvoice:
    return PayableInvoice(**{field.name: getattr(invoice, field.name) for field in fields(PayableInvoice)})
