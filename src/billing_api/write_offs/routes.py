"""Write-offs over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query

from billing_api.accounts.errors import AccountNotFoundError, ExternalIdTakenError
from billing_api.auth.deps import InvoiceReader, InvoiceWriter
from billing_api.http.idempotency import OptionalIdempotencyKey
from billing_api.http.provide import provided
from billing_api.http.results import Created, Existing, at_location
from billing_api.http.routes import Routes
from billing_api.invoices.application_schemas import ReversalCreate
from billing_api.invoices.errors import AmountExceedsDueError, InvoiceNotFoundError, OtherCurrencyError
from billing_api.kit.pagination import Page
from billing_api.ledger.errors import BooksClosedError, DateInFutureError
from billing_api.write_offs.errors import WriteOffNotFoundError, WriteOffReversedError
from billing_api.write_offs.schemas import WriteOffCreate, WriteOffQuery, WriteOffRead
from billing_api.write_offs.service import WriteOffs

router = Routes("/accounts/{account_id}/write-offs", tags=["back office write-offs"], errors=[AccountNotFoundError])
WriteOffsDep = Annotated[WriteOffs, Depends(provided(WriteOffs))]
Repeated = Annotated[Existing[WriteOffRead], "The same write-off was made before"]
_TODAY = ReversalCreate()  # of a request without a body


@router.get("", operation_id="write_offs_list")
async def list_write_offs(
    account_id: UUID, query: Annotated[WriteOffQuery, Query()], _: InvoiceReader, write_offs: WriteOffsDep
) -> Page[WriteOffRead]:
    """List the write-offs of an account, newest first."""
    return await write_offs.list(account_id, query)


@router.post(
    "",
    operation_id="write_offs_create",
    errors=[
        ExternalIdTakenError,
        InvoiceNotFoundError,
        OtherCurrencyError,
        AmountExceedsDueError,
        DateInFutureError,
        BooksClosedError,
    ],
)
async def create_write_off(
    account_id: UUID,
    new: WriteOffCreate,
    _: InvoiceWriter,
    key: OptionalIdempotencyKey,
    write_offs: WriteOffsDep,
) -> Created[WriteOffRead] | Repeated:
    """Give up an amount of an invoice, or all that can be paid of it.

    A repeat by `external_id` gives the write-off that there is.
    """
    return at_location(await write_offs.create(account_id, new, key))


@router.get("/{write_off_id}", operation_id="write_offs_get", errors=[WriteOffNotFoundError])
async def get_write_off(
    account_id: UUID, write_off_id: UUID, _: InvoiceReader, write_offs: WriteOffsDep
) -> WriteOffRead:
    """Read one write-off."""
    return await write_offs.get(account_id, write_off_id)


@router.post(
    "/{write_off_id}/reversal",
    operation_id="write_offs_reverse",
    errors=[WriteOffNotFoundError, WriteOffReversedError, DateInFutureError, BooksClosedError],
)
async def reverse_write_off(
    account_id: UUID,
    write_off_id: UUID,
    _: InvoiceWriter,
    key: OptionalIdempotencyKey,
    write_offs: WriteOffsDep,
    wanted: ReversalCreate = _TODAY,
) -> WriteOffRead:
    """Undo a write-off: its amount is due again."""
    return await write_offs.reverse(account_id, write_off_id, wanted, key)
