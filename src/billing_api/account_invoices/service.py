"""The invoices of any account, for the back office."""

from uuid import UUID

from billing_api.account_invoices.schemas import InvoiceVoid
from billing_api.core import Core
from billing_api.invoices.schemas import InvoiceQuery, InvoiceRead, InvoiceSummaryRead
from billing_api.invoices.service import Invoices
from billing_api.kit.idempotency import IdempotencyKey, StoredResult
from billing_api.kit.pagination import Page
from billing_api.ledger.service import Ledger


class AccountInvoices:
    """Read and void the invoices of an account, which the request names."""

    def __init__(self, core: Core, invoices: Invoices, ledger: Ledger) -> None:
        self._core = core
        self._invoices = invoices
        self._ledger = ledger

    async def list(self, account_id: UUID, query: InvoiceQuery) -> Page[InvoiceSummaryRead]:
        """Return one page. Raise AccountNotFoundError, BadCursorError."""
        await self._core.accounts.get(account_id)
        return await self._invoices.list(account_id, query)

    async def get(self, account_id: UUID, invoice_id: UUID) -> InvoiceRead:
        """Return one invoice with everything. Raise AccountNotFoundError, InvoiceNotFoundError."""
        await self._core.accounts.get(account_id)
        return await self._invoices.get(account_id, invoice_id)

    async def void(
        self, account_id: UUID, invoice_id: UUID, wanted: InvoiceVoid, key: IdempotencyKey | None
    ) -> InvoiceRead:
        """Void an open invoice to which nothing is applied.

        Raise AccountNotFoundError, InvoiceNotFoundError, InvoiceNotVoidableError, DateInFutureError, BooksClosedError.
        """

        async def work() -> InvoiceRead:
            account = await self._core.accounts.lock(account_id)
            if wanted.voided_on is not None:
                self._ledger.require_arrived("voided_on", wanted.voided_on)
            await self._invoices.void(account, invoice_id, voided_on=wanted.voided_on, reason=wanted.reason)
            await self._core.db.write_appended()
            return await self._invoices.get(account_id, invoice_id)

        await self._core.accounts.get(account_id)  # a key belongs to an account
        return await self._core.keys.once(account_id, key, work, stored=StoredResult.done)
