"""Payouts over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query

from billing_api.auth.deps import PaymentReader
from billing_api.http.provide import provided
from billing_api.http.routes import Routes
from billing_api.kit.pagination import Page
from billing_api.payouts.errors import PayoutNotFoundError
from billing_api.payouts.schemas import PayoutItemQuery, PayoutItemRead, PayoutQuery, PayoutRead
from billing_api.payouts.service import Payouts

router = Routes("/payouts", tags=["payouts"])
PayoutsDep = Annotated[Payouts, Depends(provided(Payouts))]


@router.get("", operation_id="payouts_list")
async def list_payouts(
    query: Annotated[PayoutQuery, Query()], _: PaymentReader, payouts: PayoutsDep
) -> Page[PayoutRead]:
    """List the gateway's settlement batches, the newest first."""
    return await payouts.list(query)


@router.get("/{payout_id}", operation_id="payouts_get", errors=[PayoutNotFoundError])
async def get_payout(payout_id: UUID, _: PaymentReader, payouts: PayoutsDep) -> PayoutRead:
    """Read one payout."""
    return await payouts.get(payout_id)


@router.get("/{payout_id}/items", operation_id="payouts_list_items", errors=[PayoutNotFoundError])
async def list_payout_items(
    payout_id: UUID, query: Annotated[PayoutItemQuery, Query()], _: PaymentReader, payouts: PayoutsDep
) -> Page[PayoutItemRead]:
    """List the charges and refunds of a payout, with their payments."""
    return await payouts.list_items(payout_id, query)
