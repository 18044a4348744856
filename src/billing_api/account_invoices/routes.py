"""The back office's side of invoices over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query

from billing_api.account_invoices.schemas import InvoiceVoid
from billing_api.account_invoices.service import AccountInvoices
from billing_api.accounts.errors import AccountNotFoundError
from billing_api.auth.allowances import TooManyRequestsError
from billing_api.auth.deps import InvoiceReader, InvoiceWriter
from billing_api.http.idempotency import OptionalIdempotencyKey
from billing_api.http.provide import RatesDep, provided
from billing_api.http.routes import Routes
from billing_api.invoices.errors import InvoiceNotFoundError, InvoiceNotVoidableError
from billing_api.invoices.schemas import InvoiceQuery, InvoiceRead, InvoiceSummaryRead
from billing_api.kit.pagination import Page
from billing_api.ledger.errors import BooksClosedError, DateInFutureError

router = Routes("/accounts/{account_id}/invoices", tags=["back office invoices"], errors=[AccountNotFoundError])
AccountInvoicesDep = Annotated[AccountInvoices, Depends(provided(AccountInvoices))]
_TODAY = InvoiceVoid()  # of a request without a body


@router.get("", operation_id="account_invoices_list", errors=[TooManyRequestsError])
async def list_account_invoices(
    account_id: UUID,
    query: Annotated[InvoiceQuery, Query()],
    client: InvoiceReader,
    invoices: AccountInvoicesDep,
    rates: RatesDep,
) -> Page[InvoiceSummaryRead]:
    """List the invoices of an account: filtered, searched, sorted; newest first by default."""
    if query.q is not None:
        await rates.spend("searches", client.client_id, account_id)
    return await invoices.list(account_id, query)


@router.get("/{invoice_id}", operation_id="account_invoices_get", errors=[InvoiceNotFoundError])
async def get_account_invoice(
    account_id: UUID, invoice_id: UUID, _: InvoiceReader, invoices: AccountInvoicesDep
) -> InvoiceRead:
    """Read one invoice with its lines, taxes, discount terms and everything applied to it."""
    return await invoices.get(account_id, invoice_id)


@router.post(
    "/{invoice_id}/void",
    operation_id="account_invoices_void",
    errors=[InvoiceNotFoundError, InvoiceNotVoidableError, DateInFutureError, BooksClosedError],
)
async def void_account_invoice(
    account_id: UUID,
    invoice_id: UUID,
    _: InvoiceWriter,
    key: OptionalIdempotencyKey,
    invoices: AccountInvoicesDep,
    wanted: InvoiceVoid = _TODAY,
) -> InvoiceRead:
    """Withdraw an open invoice to which nothing is applied; the refusal of any other lists all that is in the way."""
    return await invoices.void(account_id, invoice_id, wanted, key)
