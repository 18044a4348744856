"""Invoices: posted, listed, paid off and voided."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

from billing_api.accounts.locked import LockedAccount
from billing_api.core import Core
from billing_api.db.statements import values_of
from billing_api.invoices import applying
from billing_api.invoices.application_schemas import AppliedPartRead
from billing_api.invoices.applying import Application, ApplicationKind
from billing_api.invoices.contests import ClosedInvoice, Contests
from billing_api.invoices.create_schemas import InvoiceCreate
from billing_api.invoices.drafts import INVOICE, draft
from billing_api.invoices.errors import (
    InvoiceNotFoundError,
    InvoiceNotVoidableError,
)
from billing_api.invoices.locked import LockedInvoices
from billing_api.invoices.model import Invoice, InvoiceApplication
from billing_api.invoices.repository import InvoiceRepository
from billing_api.invoices.schemas import InvoiceQuery, InvoiceRead, InvoiceSummaryRead
from billing_api.invoices.values import BilledInvoice, BilledLine, PayableInvoice
from billing_api.kit.pagination import Page
from billing_api.ledger import postings
from billing_api.ledger.documents import post_documents
from billing_api.ledger.postings import Document
from billing_api.ledger.service import Ledger

_NEWEST = 5
_IN_THE_WAY = 100  # applications that a refusal names
_PAGE = Page[InvoiceSummaryRead]  # once: the look-up of a generic model takes time


class Invoices:
    """The invoices of one account at a time."""

    def __init__(self, core: Core, invoices: InvoiceRepository, ledger: Ledger, contests: Contests) -> None:
        self._core = core
        self._invoices = invoices
        self._ledger = ledger
        self._contests = contests

    # Reads, outside transactions

    async def list(self, account_id: UUID, query: InvoiceQuery) -> Page[InvoiceSummaryRead]:
        """Return one page in one round trip, whatever its depth. Raise BadCursorError."""
        found = await self._invoices.list_page(account_id, query, self._core.clock.today())
        return _PAGE.of(found)

    async def newest(self, account_id: UUID) -> Sequence[InvoiceSummaryRead]:
        """Return the five newest invoices, the newest first."""
        return await self._invoices.list_newest(account_id, _NEWEST, self._core.clock.today())

    async def get(self, account_id: UUID, invoice_id: UUID) -> InvoiceRead:
        """Return one invoice with lines, taxes, terms and applications. Raise InvoiceNotFoundError."""
        detail = await self._invoices.find(account_id, invoice_id, self._core.clock.today())
        if detail is None:
            raise InvoiceNotFoundError(invoice_id)
        return InvoiceRead.model_validate(detail)

    async def get_payable(self, account_id: UUID, invoice_ids: Collection[UUID]) -> dict[UUID, PayableInvoice]:
        """Return the invoices for a quote, without a lock. Raise InvoiceNotFoundError."""
        found = {one.id: one for one in await self._invoices.list_by_ids(account_id, invoice_ids)}
        _require_all(invoice_ids, found)
        return found

    async def list_billed(
        self, account_id: UUID, invoice_ids: Collection[UUID], *, most_lines: int
    ) -> tuple[Sequence[BilledInvoice], Sequence[BilledLine]]:
        """Return these invoices, and up to so many of their lines, by invoice and position."""
        return await self._invoices.list_billed(account_id, invoice_ids, most_lines)

    async def list_payable(self, account_id: UUID, currency: str, limit: int) -> dict[UUID, PayableInvoice]:
        """Return up to `limit` invoices for a quote, those that are due first, without a lock.

        They have an amount to pay that is neither reserved nor contested.
        """
        return {one.id: one for one in await self._invoices.list_payable(account_id, currency, limit)}

    # Posting

    async def post(
        self, account: LockedAccount, new_invoices: Sequence[InvoiceCreate], digests: Mapping[str, str] | None = None
    ) -> Sequence[UUID]:
        """Post invoices in this order, and return their ids; `digests` are kept with the external ids.

        Raise InvoiceNumberTakenError, ExternalIdTakenError, DateTooFarAheadError, BooksClosedError.
        """
        for new in new_invoices:
            self._ledger.require_near("issued_on", new.issued_on)
        now = self._core.clock.now()
        drafts = [draft(account, new, now) for new in new_invoices]
        await post_documents(self._ledger, account, INVOICE, drafts, write=self._invoices.add, digests=digests)
        return [drafted.id for drafted in drafts]

    async def void(
        self, account: LockedAccount, invoice_id: UUID, *, voided_on: date | None = None, reason: str | None = None
    ) -> None:
        """Void an open invoice without applications, dated `voided_on` or today, but never before it was issued.

        `reason` are the vendor's words, as the customer reads them. Raise InvoiceNotFoundError,
        InvoiceNotVoidableError, BooksClosedError.
        """
        locked = await self.lock(account, [invoice_id])
        invoice = locked[invoice_id]
        is_repayment = invoice.kind == "repayment"
        if is_repayment or invoice.status != "open" or invoice.amount_due < invoice.total or invoice.amount_pending:
            standing = await self._invoices.list_standing_on(account.id, invoice_id, _IN_THE_WAY)
            raise InvoiceNotVoidableError(
                invoice_id,
                number=invoice.number,
                status=invoice.status,
                pending=invoice.amount_pending,
                is_repayment=is_repayment,
                parts=[AppliedPartRead.of(part) for part in standing],
            )
        effective_on = max(voided_on or self._core.clock.today(), invoice.issued_on)
        application = Application(
            invoice_id=invoice_id,
            kind=ApplicationKind.VOID,
            source_id=invoice_id,
            source_number=invoice.number,
            effective_on=effective_on,
            amount=invoice.total,
            reason_text=reason,
        )
        await self.apply(account, locked, [application])
        document = Document(invoice_id, invoice.number, invoice.currency, effective_on)
        await self._ledger.post(account, postings.void(document, net=invoice.net, tax=invoice.tax))
        self._core.audit.record(account.id, "invoice.voided", invoice_id, number=invoice.number, reason=reason)
        self._core.events.record(account.id, "invoice.voided", invoice_id, number=invoice.number)

    # For payments, credits and deposits: they lock the invoices once, and give the locked ones to the next calls.

    async def lock(
        self, account: LockedAccount, invoice_ids: Collection[UUID], held: LockedInvoices | None = None
    ) -> LockedInvoices:
        """Lock the invoices in the order of their ids, and return them, with those that this transaction has `held`.

        An invoice that is held is not locked again. Raise InvoiceNotFoundError.
        """
        locked = dict(held or {})
        if missing := [one for one in invoice_ids if one not in locked]:
            locked |= {invoice.id: invoice for invoice in await self._invoices.lock(account.id, missing)}
        _require_all(invoice_ids, locked)
        return LockedInvoices(locked)

    async def lock_payable(self, account: LockedAccount, currency: str, limit: int) -> LockedInvoices:
        """Lock and return the invoices that `list_payable` lists."""
        found = await self._invoices.lock_by_due_date(account.id, currency, limit)
        return LockedInvoices({one.id: one for one in found})

    def reserve_at_end(self, invoices: LockedInvoices, amounts: Mapping[UUID, int]) -> None:
        """Reserve amounts for a payment under way, so that no other payment takes them.

        That is written at the transaction's end, which must not read the invoices again. The caller moves the ledger's
        pending amount. Raise AmountExceedsDueError.
        """
        reserved = [applying.reserve(invoices[invoice_id], amount) for invoice_id, amount in amounts.items()]
        self._invoices.update_at_end(reserved, self._core.clock.now())

    async def release(self, invoices: LockedInvoices, amounts: Mapping[UUID, int]) -> LockedInvoices:
        """Release reserved amounts, because the payment failed, and return the invoices as they are now.

        The caller moves the ledger's pending amount. Raise ValueError for more than is reserved.
        """
        released = {one: applying.release(invoices[one], amount) for one, amount in amounts.items()}
        await self._write(released.values())
        return LockedInvoices({**invoices, **released})

    async def contest(self, invoices: LockedInvoices, invoice_id: UUID, amount: int | None) -> None:
        """Set the contested amount of an invoice; None ends the dispute."""
        await self._write([replace(invoices[invoice_id], contested=amount)])

    async def apply(
        self,
        account: LockedAccount,
        invoices: LockedInvoices,
        applications: Sequence[Application],
        *,
        reserved: bool = False,
    ) -> LockedInvoices:
        """Apply amounts, or undo earlier ones by negative amounts, and return the invoices as they are now.

        They close and reopen by themselves. The dispute of an invoice that closes is settled.

        A reserved amount can be applied by its own payment only: with `reserved` the amounts are taken from the amounts
        that are reserved for it. The caller posts to the ledger. Raise AmountExceedsDueError.
        """
        changed = applying.apply_all(invoices, applications, reserved=reserved)
        await self._write(changed.values())
        await self._settle_disputes(account, invoices, changed.values())
        self._add_applications(changed, applications)
        return LockedInvoices({**invoices, **changed})

    async def apply_at_end(
        self,
        account: LockedAccount,
        invoices: LockedInvoices,
        applications: Sequence[Application],
        *,
        reserved: bool = False,
    ) -> None:
        """Apply as `apply` does, at the transaction's end, which must not read the invoices again."""
        changed = applying.apply_all(invoices, applications, reserved=reserved)
        self._invoices.update_at_end(list(changed.values()), self._core.clock.now())
        await self._settle_disputes(account, invoices, changed.values())
        self._add_applications(changed, applications)

    async def _settle_disputes(self, account: LockedAccount, before: LockedInvoices, after: Iterable[Invoice]) -> None:
        """Settle the disputes of invoices that closed by what was applied to them."""
        closed = [
            ClosedInvoice(one.id, one.number, one.status)
            for one in after
            if one.contested is None and before[one.id].contested is not None
        ]
        if closed:
            await self._contests.settle(account, closed)

    async def _write(self, invoices: Iterable[Invoice]) -> None:
        await self._invoices.update_all(list(invoices), self._core.clock.now())

    def _add_applications(self, invoices: Mapping[UUID, Invoice], applications: Sequence[Application]) -> None:
        now = self._core.clock.now()
        self._invoices.add_applications(
            [
                InvoiceApplication(account_id=invoices[one.invoice_id].account_id, created_at=now, **values_of(one))
                for one in applications
            ]
        )


def _require_all(invoice_ids: Collection[UUID], found: Mapping[UUID, object]) -> None:
    for invoice_id in invoice_ids:
        if invoice_id not in found:
            raise InvoiceNotFoundError(invoice_id)
