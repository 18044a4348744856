"""Payments over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from billing_api.auth.allowances import TooManyRequestsError
from billing_api.auth.deps import Payer, Viewer, spend
from billing_api.http import responses
from billing_api.http.idempotency import IdempotencyKeyError, RequiredIdempotencyKey
from billing_api.http.problems import problems
from billing_api.http.provide import provided
from billing_api.invoices.errors import AmountExceedsDueError, InvoiceNotFoundError, OtherCurrencyError
from billing_api.kit.idempotency import IdempotencyKeyReusedError, RequestInFlightError
from billing_api.payment_methods.errors import (
    CurrencyNotPayableError,
    PaymentMethodNotFoundError,
    PaymentMethodNotVerifiedError,
    PaymentMethodRemovedError,
    TooManyDeclinesError,
)
from billing_api.payments.errors import (
    InvoiceNotPayableError,
    PaymentCancelledError,
    PaymentDeclinedError,
    PaymentNotFoundError,
    PaymentNotSentError,
    PaymentReturnedError,
    QuoteStaleError,
)
from billing_api.payments.results import is_pending
from billing_api.payments.schemas import (
    PaymentCreate,
    PaymentPage,
    PaymentQuery,
    PaymentQuoteCreate,
    PaymentQuoteRead,
    PaymentRead,
)
from billing_api.payments.service import Payments

router = APIRouter(prefix="/payments", tags=["payments"])
PaymentsDep = Annotated[Payments, Depends(provided(Payments))]


@router.get("", operation_id="payments_list", response_model=PaymentPage)
async def list_payments(
    request: Request, query: Annotated[PaymentQuery, Query()], caller: Viewer, payments: PaymentsDep
) -> Response:
    """List payments, newest first."""
    return responses.page(request, await payments.list(caller.account_id, query))


@router.post(
    "/quote",
    operation_id="payments_quote",
    response_model=PaymentQuoteRead,
    responses=problems(
        InvoiceNotFoundError, OtherCurrencyError, InvoiceNotPayableError, AmountExceedsDueError, TooManyRequestsError
    ),
)
async def quote_payment(
    request: Request, wanted: PaymentQuoteCreate, caller: Viewer, payments: PaymentsDep
) -> Response:
    """Work out what paying these invoices costs now; nothing is changed or kept."""
    await spend(request, "quotes", caller)
    return responses.resource(request, await payments.quote(caller.account_id, wanted), no_store=True)


@router.post(
    "",
    operation_id="payments_create",
    status_code=201,
    response_model=PaymentRead,
    responses=problems(
        IdempotencyKeyError,
        PaymentDeclinedError,
        PaymentReturnedError,
        PaymentCancelledError,
        InvoiceNotFoundError,
        PaymentMethodNotFoundError,
        RequestInFlightError,
        OtherCurrencyError,
        InvoiceNotPayableError,
        AmountExceedsDueError,
        PaymentMethodNotVerifiedError,
        PaymentMethodRemovedError,
        CurrencyNotPayableError,
        QuoteStaleError,
        IdempotencyKeyReusedError,
        TooManyDeclinesError,
        PaymentNotSentError,
    )
    | {202: {"model": PaymentRead, "description": "The outcome is open, or a late charge is given back"}},
)
async def create_payment(
    request: Request, caller: Payer, key: RequiredIdempotencyKey, wanted: PaymentCreate, payments: PaymentsDep
) -> Response:
    """Pay invoices with a stored method, in one charge; a repeat with the same key gets the same answer.

    A card's payment has `succeeded`, a bank account's is `processing` for days. A 202 means that the gateway's answer
    was lost, or that the charge came too late and is given back (`cancelling`): the payment must not be made again, and
    `next_check_at` says when it is looked up.
    """
    payment = await payments.pay(caller.account_id, wanted, key)
    return responses.resource(request, payment, status=202 if is_pending(payment) else 201, created=payment.id)


@router.get(
    "/{payment_id}",
    operation_id="payments_get",
    response_model=PaymentRead,
    responses=problems(PaymentNotFoundError),
)
async def get_payment(request: Request, payment_id: UUID, caller: Viewer, payments: PaymentsDep) -> Response:
    """Read one payment, with what it is for."""
    return responses.resource(request, await payments.get(caller.account_id, payment_id))
