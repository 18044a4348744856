"""Invoices over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from billing_api.auth.allowances import TooManyRequestsError
from billing_api.auth.deps import Viewer, spend
from billing_api.http import responses
from billing_api.http.problems import problems
from billing_api.http.provide import provided
from billing_api.invoices.errors import InvoiceNotFoundError
from billing_api.invoices.schemas import InvoicePage, InvoiceQuery, InvoiceRead
from billing_api.invoices.service import Invoices
from billing_api.kit.pagination import BadCursorError

router = APIRouter(prefix="/invoices", tags=["invoices"])
InvoicesDep = Annotated[Invoices, Depends(provided(Invoices))]


@router.get(
    "",
    operation_id="invoices_list",
    response_model=InvoicePage,
    responses=problems(BadCursorError, TooManyRequestsError),
)
async def list_invoices(
    request: Request, query: Annotated[InvoiceQuery, Query()], caller: Viewer, invoices: InvoicesDep
) -> Response:
    """List invoices: filtered, searched, sorted; newest first unless told otherwise."""
    if query.q is not None:
        await spend(request, "searches", caller)
    return responses.page(request, await invoices.list(caller.account_id, query))


@router.get(
    "/{invoice_id}", operation_id="invoices_get", response_model=InvoiceRead, responses=problems(InvoiceNotFoundError)
)
async def get_invoice(request: Request, invoice_id: UUID, caller: Viewer, invoices: InvoicesDep) -> Response:
    """Read one invoice with its lines, taxes, discount terms and everything applied to it."""
    return responses.resource(request, await invoices.get(caller.account_id, invoice_id))
