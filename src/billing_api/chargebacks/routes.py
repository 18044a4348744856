"""Chargebacks over HTTP, as the customer sees them."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query

from billing_api.auth.deps import Viewer
from billing_api.chargebacks.errors import ChargebackNotFoundError
from billing_api.chargebacks.schemas import ChargebackQuery, ChargebackRead
from billing_api.chargebacks.service import Chargebacks
from billing_api.http.provide import provided
from billing_api.http.routes import Routes
from billing_api.kit.pagination import Page

router = Routes("/chargebacks", tags=["chargebacks"])
ChargebacksDep = Annotated[Chargebacks, Depends(provided(Chargebacks))]


@router.get("", operation_id="chargebacks_list")
async def list_chargebacks(
    query: Annotated[ChargebackQuery, Query()], caller: Viewer, chargebacks: ChargebacksDep
) -> Page[ChargebackRead]:
    """List the payments that a card's owner disputes at their bank, newest first.

    The customer's own objection to an invoice is another thing: it is at `/v1/invoices/{id}/disputes`.
    """
    return await chargebacks.list(caller.account_id, query)


@router.get("/{chargeback_id}", operation_id="chargebacks_get", errors=[ChargebackNotFoundError])
async def get_chargeback(chargeback_id: UUID, caller: Viewer, chargebacks: ChargebacksDep) -> ChargebackRead:
    """Read one chargeback, with the invoices that lost money by it."""
    return await chargebacks.get(caller.account_id, chargeback_id)
