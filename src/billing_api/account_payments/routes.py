"""The back office's side of payments over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query

from billing_api.account_payments.schemas import PaymentReturn
from billing_api.account_payments.service import AccountPayments
from billing_api.accounts.errors import AccountNotFoundError, ExternalIdTakenError
from billing_api.auth.deps import PaymentReader, PaymentWriter
from billing_api.http.idempotency import OptionalIdempotencyKey
from billing_api.http.provide import provided
from billing_api.http.results import Created, Existing, at_location
from billing_api.http.routes import Routes
from billing_api.invoices.errors import InvoiceNotFoundError, OtherCurrencyError
from billing_api.kit.pagination import Page
from billing_api.ledger.errors import BooksClosedError, DateInFutureError
from billing_api.payments.errors import PaymentNotFoundError
from billing_api.payments.offline_errors import PaymentNotOfflineError, PaymentNotSucceededError
from billing_api.payments.offline_schemas import OfflinePaymentCreate
from billing_api.payments.schemas import PaymentQuery, PaymentRead, PaymentSummaryRead

router = Routes("/accounts/{account_id}/payments", tags=["back office payments"], errors=[AccountNotFoundError])
AccountPaymentsDep = Annotated[AccountPayments, Depends(provided(AccountPayments))]
Repeated = Annotated[Existing[PaymentRead], "The same payment was recorded before"]


@router.get("", operation_id="account_payments_list")
async def list_account_payments(
    account_id: UUID, query: Annotated[PaymentQuery, Query()], _: PaymentReader, payments: AccountPaymentsDep
) -> Page[PaymentSummaryRead]:
    """List the payments of an account, newest first."""
    return await payments.list(account_id, query)


@router.post(
    "",
    operation_id="account_payments_record",
    errors=[ExternalIdTakenError, InvoiceNotFoundError, OtherCurrencyError, DateInFutureError, BooksClosedError],
)
async def record_account_payment(
    account_id: UUID,
    new: OfflinePaymentCreate,
    _: PaymentWriter,
    key: OptionalIdempotencyKey,
    payments: AccountPaymentsDep,
) -> Created[PaymentRead] | Repeated:
    """Record a check, a wire or cash that has come, for invoices or as the account's credit.

    The money is there, so it is never refused because an invoice was paid meanwhile: the part that an invoice has no
    room for stays `unapplied`. A repeat by `external_id` gives the payment that there is.
    """
    return at_location(await payments.record(account_id, new, key))


@router.get("/{payment_id}", operation_id="account_payments_get", errors=[PaymentNotFoundError])
async def get_account_payment(
    account_id: UUID, payment_id: UUID, _: PaymentReader, payments: AccountPaymentsDep
) -> PaymentRead:
    """Read one payment of an account, with the allocations that it was made with."""
    return await payments.get(account_id, payment_id)


@router.post(
    "/{payment_id}/return",
    operation_id="account_payments_return",
    errors=[
        PaymentNotFoundError,
        PaymentNotOfflineError,
        PaymentNotSucceededError,
        DateInFutureError,
        BooksClosedError,
    ],
)
async def return_account_payment(
    account_id: UUID,
    payment_id: UUID,
    wanted: PaymentReturn,
    _: PaymentWriter,
    key: OptionalIdempotencyKey,
    payments: AccountPaymentsDep,
) -> PaymentRead:
    """Undo an offline payment whose money did not come, such as a check that bounced: its invoices are open again."""
    return await payments.record_return(account_id, payment_id, wanted, key)
