"""The back office's side of refunds over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query

from billing_api.account_refunds.service import AccountRefunds
from billing_api.accounts.errors import AccountNotFoundError
from billing_api.auth.deps import RefundReader, RefundWriter
from billing_api.credits.errors import CreditMemoNotFoundError
from billing_api.http.idempotency import RequiredIdempotencyKey
from billing_api.http.provide import provided
from billing_api.http.results import Accepted, Created
from billing_api.http.routes import Routes
from billing_api.kit.pagination import Page
from billing_api.payments.errors import CreditNotFoundError, PaymentNotFoundError
from billing_api.refunds.errors import (
    InvoiceNotRefundableError,
    NothingRefundableError,
    PaymentNotRefundableError,
    RefundDeclinedError,
    RefundExceededError,
    RefundNotFoundError,
    RefundNotSentError,
)
from billing_api.refunds.schemas import RefundCreate, RefundQuery, RefundRead

router = Routes(
    "/accounts/{account_id}/payments/{payment_id}/refunds",
    tags=["back office refunds"],
    errors=[AccountNotFoundError],
)
AccountRefundsDep = Annotated[AccountRefunds, Depends(provided(AccountRefunds))]
Pending = Annotated[Accepted[RefundRead], "The outcome is open"]


@router.get("", operation_id="account_refunds_list", errors=[PaymentNotFoundError])
async def list_account_refunds(
    account_id: UUID,
    payment_id: UUID,
    query: Annotated[RefundQuery, Query()],
    _: RefundReader,
    refunds: AccountRefundsDep,
) -> Page[RefundRead]:
    """List the refunds of a payment, newest first."""
    return await refunds.list(account_id, payment_id, query)


@router.post(
    "",
    operation_id="account_refunds_create",
    errors=[
        PaymentNotFoundError,
        PaymentNotRefundableError,
        NothingRefundableError,
        InvoiceNotRefundableError,
        RefundExceededError,
        CreditMemoNotFoundError,
        CreditNotFoundError,
        RefundDeclinedError,
        RefundNotSentError,
    ],
)
async def create_account_refund(
    account_id: UUID,
    payment_id: UUID,
    _: RefundWriter,
    key: RequiredIdempotencyKey,
    wanted: RefundCreate,
    refunds: AccountRefundsDep,
) -> Created[RefundRead] | Pending:
    """Give money of a payment back; a repeat with the same key gets the same response.

    Through the gateway, to the card or account that paid; for an offline payment it records that the vendor has paid
    the money out. While the charge has not settled, the whole is voided, and a part is `waiting_for_settlement`. A
    202 means that the gateway's response was lost: the refund must not be made again, and `next_check_at` says when it
    is looked up.
    """
    refund = await refunds.create(account_id, payment_id, wanted, key)
    return Accepted(refund) if refund.status.is_open else Created(refund)


@router.get("/{refund_id}", operation_id="account_refunds_get", errors=[RefundNotFoundError])
async def get_account_refund(
    account_id: UUID, payment_id: UUID, refund_id: UUID, _: RefundReader, refunds: AccountRefundsDep
) -> RefundRead:
    """Read one refund of a payment."""
    return await refunds.get(account_id, payment_id, refund_id)
