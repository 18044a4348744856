"""The transaction history over HTTP."""

from typing import Annotated

from fastapi import Depends, Query

from billing_api.auth.allowances import TooManyRequestsError
from billing_api.auth.deps import Viewer
from billing_api.db.exports import ExportsBusyError, TooManyExportsError
from billing_api.http.csv_files import CSV, CsvFile
from billing_api.http.provide import RatesDep, provided
from billing_api.http.routes import Routes
from billing_api.kit.pagination import Page
from billing_api.transactions.schemas import TransactionFilters, TransactionQuery, TransactionRead
from billing_api.transactions.service import Transactions

router = Routes("/transactions", tags=["transactions"])
TransactionsDep = Annotated[Transactions, Depends(provided(Transactions))]


@router.get("", operation_id="transactions_list", errors=[TooManyRequestsError])
async def list_transactions(
    query: Annotated[TransactionQuery, Query()], caller: Viewer, transactions: TransactionsDep, rates: RatesDep
) -> Page[TransactionRead]:
    """List all posted entries: invoices, payments, credits, deposits, their use for invoices, and reversals."""
    if query.q is not None:
        await rates.spend("searches", caller.user_id, caller.account_id)
    return await transactions.list(caller.account_id, query)


@router.get(
    ".csv",
    operation_id="transactions_export",
    errors=[TooManyRequestsError, TooManyExportsError, ExportsBusyError],
    openapi_extra=CSV,
)
async def export_transactions(
    filters: Annotated[TransactionFilters, Query()], caller: Viewer, transactions: TransactionsDep, rates: RatesDep
) -> CsvFile:
    """Export all entries that the filters find, as a CSV file of any length. Amounts are decimals in major units."""
    await rates.spend("exports", caller.user_id, caller.account_id)
    return CsvFile(await transactions.export(caller.account_id, filters))
