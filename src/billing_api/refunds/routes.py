"""The refunds of a payment over HTTP, as its customer sees them."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query

from billing_api.auth.deps import Viewer
from billing_api.http.provide import provided
from billing_api.http.routes import Routes
from billing_api.kit.pagination import Page
from billing_api.payments.errors import PaymentNotFoundError
from billing_api.refunds.errors import RefundNotFoundError
from billing_api.refunds.schemas import RefundQuery, RefundRead
from billing_api.refunds.service import Refunds

router = Routes("/payments/{payment_id}/refunds", tags=["refunds"])
RefundsDep = Annotated[Refunds, Depends(provided(Refunds))]


@router.get("", operation_id="refunds_list", errors=[PaymentNotFoundError])
async def list_refunds(
    payment_id: UUID, query: Annotated[RefundQuery, Query()], caller: Viewer, refunds: RefundsDep
) -> Page[RefundRead]:
    """List the refunds of a payment, newest first."""
    return await refunds.list(caller.account_id, payment_id, query)


@router.get("/{refund_id}", operation_id="refunds_get", errors=[RefundNotFoundError])
async def get_refund(payment_id: UUID, refund_id: UUID, caller: Viewer, refunds: RefundsDep) -> RefundRead:
    """Read one refund of a payment."""
    return await refunds.get(caller.account_id, payment_id, refund_id)
