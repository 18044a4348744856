"""The use of money and credits for invoices over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query

from billing_api.accounts.errors import AccountNotFoundError, ExternalIdTakenError
from billing_api.applications.errors import SourceNotFoundError
from billing_api.applications.service import Applications
from billing_api.auth.deps import PaymentReader, PaymentWriter
from billing_api.credits.errors import CreditExceededError, CreditMemoNotFoundError
from billing_api.deposits.errors import DepositExceededError, DepositNotFoundError
from billing_api.http.idempotency import OptionalIdempotencyKey
from billing_api.http.provide import provided
from billing_api.http.results import Created, Existing, at_location
from billing_api.http.routes import Routes
from billing_api.invoices.application_schemas import (
    ApplicationCreate,
    ApplicationQuery,
    AppliedPartRead,
    ReversalCreate,
)
from billing_api.invoices.errors import (
    AmountExceedsDueError,
    ApplicationNotFoundError,
    ApplicationNotReversibleError,
    InvoiceNotFoundError,
    OtherCurrencyError,
)
from billing_api.kit.pagination import Page
from billing_api.ledger.errors import BooksClosedError, DateInFutureError
from billing_api.payments.errors import PaymentNotFoundError
from billing_api.payments.offline_errors import PaymentExceededError, PaymentNotOfflineError, PaymentNotSucceededError

router = Routes("/accounts/{account_id}/applications", tags=["back office applications"], errors=[AccountNotFoundError])
ApplicationsDep = Annotated[Applications, Depends(provided(Applications))]
Repeated = Annotated[Existing[AppliedPartRead], "The same application was made before"]

_TODAY = ReversalCreate()  # of a request without a body
_OF_PAYMENTS = [PaymentNotOfflineError, PaymentNotSucceededError]
_OF_DAYS = [DateInFutureError, BooksClosedError]


@router.get("", operation_id="applications_list")
async def list_applications(
    account_id: UUID,
    query: Annotated[ApplicationQuery, Query()],
    _: PaymentReader,
    applications: ApplicationsDep,
) -> Page[AppliedPartRead]:
    """List all that was applied to the invoices of an account, and what has undone it, newest first."""
    return await applications.list(account_id, query)


@router.post(
    "",
    operation_id="applications_create",
    errors=[
        ExternalIdTakenError,
        SourceNotFoundError,
        PaymentNotFoundError,
        CreditMemoNotFoundError,
        DepositNotFoundError,
        InvoiceNotFoundError,
        PaymentExceededError,
        CreditExceededError,
        DepositExceededError,
        AmountExceedsDueError,
        OtherCurrencyError,
        *_OF_PAYMENTS,
        *_OF_DAYS,
    ],
)
async def create_application(
    account_id: UUID,
    new: ApplicationCreate,
    _: PaymentWriter,
    key: OptionalIdempotencyKey,
    applications: ApplicationsDep,
) -> Created[AppliedPartRead] | Repeated:
    """Use unapplied money, a credit memo or a deposit for an invoice, all of the amount or nothing.

    A repeat by `external_id` gives the application that there is.
    """
    return at_location(await applications.create(account_id, new, key))


@router.get("/{application_id}", operation_id="applications_get", errors=[ApplicationNotFoundError])
async def get_application(
    account_id: UUID, application_id: UUID, _: PaymentReader, applications: ApplicationsDep
) -> AppliedPartRead:
    """Read one application, and whether it was undone."""
    return await applications.get(account_id, application_id)


@router.post(
    "/{application_id}/reversal",
    operation_id="applications_reverse",
    errors=[ApplicationNotFoundError, ApplicationNotReversibleError, *_OF_PAYMENTS, *_OF_DAYS],
)
async def reverse_application(
    account_id: UUID,
    application_id: UUID,
    _: PaymentWriter,
    key: OptionalIdempotencyKey,
    applications: ApplicationsDep,
    wanted: ReversalCreate = _TODAY,
) -> AppliedPartRead:
    """Undo the use of a document for an invoice by an application of its own: the amount is due, and left, again."""
    return await applications.reverse(account_id, application_id, wanted, key)
