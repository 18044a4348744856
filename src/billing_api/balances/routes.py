"""The account's balance over HTTP."""

from typing import Annotated

from fastapi import Depends, Query

from billing_api.auth.deps import Viewer
from billing_api.balances.history import BalanceHistory
from billing_api.balances.schemas import BalanceHistoryQuery, BalanceHistoryRead, BalanceQuery, BalanceRead
from billing_api.balances.service import Balances
from billing_api.http.provide import provided
from billing_api.http.routes import Routes

router = Routes("/balance", tags=["balance"])
BalancesDep = Annotated[Balances, Depends(provided(Balances))]
BalanceHistoryDep = Annotated[BalanceHistory, Depends(provided(BalanceHistory))]


@router.get("", operation_id="balance_get")
async def get_balance(query: Annotated[BalanceQuery, Query()], caller: Viewer, balances: BalancesDep) -> BalanceRead:
    """Read the amounts due, overdue and under way, with ageing, credits and deposits, by currency."""
    return await balances.get(caller.account_id, query.as_of)


@router.get("/history", operation_id="balance_history_get")
async def get_balance_history(
    query: Annotated[BalanceHistoryQuery, Query()], caller: Viewer, history: BalanceHistoryDep
) -> BalanceHistoryRead:
    """Read the balance month by month, with the movements that explain it, for a plot."""
    return await history.get(caller.account_id, query)
