"""The transaction history over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from billing_api.auth.allowances import TooManyRequestsError
from billing_api.auth.deps import Viewer, spend
from billing_api.http import responses
from billing_api.http.problems import problems
from billing_api.http.provide import provided
from billing_api.kit.pagination import BadCursorError
from billing_api.transactions.schemas import TransactionPage, TransactionQuery
from billing_api.transactions.service import Transactions

router = APIRouter(prefix="/transactions", tags=["transactions"])
TransactionsDep = Annotated[Transactions, Depends(provided(Transactions))]


@router.get(
    "",
    operation_id="transactions_list",
    response_model=TransactionPage,
    responses=problems(BadCursorError, TooManyRequestsError),
)
async def list_transactions(
    request: Request, query: Annotated[TransactionQuery, Query()], caller: Viewer, transactions: TransactionsDep
) -> Response:
    """List everything that was posted: invoices, payments, credits, deposits, what was applied, and what was undone."""
    if query.q is not None:
        await spend(request, "searches", caller)
    return responses.page(request, await transactions.list(caller.account_id, query))
