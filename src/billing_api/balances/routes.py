"""The account's balance over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from billing_api.auth.deps import Viewer
from billing_api.balances.schemas import BalanceQuery, BalanceRead
from billing_api.balances.service import Balances
from billing_api.http import responses
from billing_api.http.provide import provided

router = APIRouter(prefix="/balance", tags=["balance"])
BalancesDep = Annotated[Balances, Depends(provided(Balances))]


@router.get("", operation_id="balance_get", response_model=BalanceRead)
async def get_balance(
    request: Request, query: Annotated[BalanceQuery, Query()], caller: Viewer, balances: BalancesDep
) -> Response:
    """Read what is due, overdue and under way, with ageing, credits and deposits, by currency."""
    return responses.resource(request, await balances.get(caller.account_id, query.as_of))
