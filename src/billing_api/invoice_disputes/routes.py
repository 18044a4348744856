"""Disputes over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query

from billing_api.auth.deps import Payer, Viewer
from billing_api.http.idempotency import OptionalIdempotencyKey
from billing_api.http.provide import provided
from billing_api.http.results import Created
from billing_api.http.routes import Routes
from billing_api.invoice_disputes.errors import (
    ContestedTooMuchError,
    DisputeClosedError,
    DisputeNotFoundError,
    InvoiceContestedError,
    InvoiceNotContestableError,
)
from billing_api.invoice_disputes.schemas import DisputeCreate, DisputeQuery, DisputeRead
from billing_api.invoice_disputes.service import InvoiceDisputes
from billing_api.invoices.errors import InvoiceNotFoundError
from billing_api.kit.pagination import Page

router = Routes("/invoices/{invoice_id}/disputes", tags=["disputes"])
DisputesDep = Annotated[InvoiceDisputes, Depends(provided(InvoiceDisputes))]


@router.get("", operation_id="disputes_list", errors=[InvoiceNotFoundError])
async def list_disputes(
    invoice_id: UUID, query: Annotated[DisputeQuery, Query()], caller: Viewer, disputes: DisputesDep
) -> Page[DisputeRead]:
    """List an invoice's disputes, newest first."""
    return await disputes.list(caller.account_id, invoice_id, query)


@router.post(
    "",
    operation_id="disputes_create",
    errors=[InvoiceNotFoundError, InvoiceNotContestableError, InvoiceContestedError, ContestedTooMuchError],
)
async def create_dispute(
    invoice_id: UUID, new: DisputeCreate, caller: Payer, key: OptionalIdempotencyKey, disputes: DisputesDep
) -> Created[DisputeRead]:
    """Contest an invoice, or a part of it, until the vendor answers. The balance shows the contested amount apart."""
    return Created(await disputes.open(caller, invoice_id, new, key))


@router.get("/{dispute_id}", operation_id="disputes_get", errors=[DisputeNotFoundError])
async def get_dispute(invoice_id: UUID, dispute_id: UUID, caller: Viewer, disputes: DisputesDep) -> DisputeRead:
    """Read one dispute, with the vendor's answer."""
    return await disputes.get(caller.account_id, invoice_id, dispute_id)


@router.post(
    "/{dispute_id}/withdrawal",
    operation_id="disputes_withdraw",
    status=200,
    errors=[DisputeNotFoundError, DisputeClosedError],
)
async def withdraw_dispute(invoice_id: UUID, dispute_id: UUID, caller: Payer, disputes: DisputesDep) -> DisputeRead:
    """Take an objection back; a second time changes nothing."""
    return await disputes.withdraw(caller.account_id, invoice_id, dispute_id)
