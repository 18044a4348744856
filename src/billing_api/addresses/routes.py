"""The address book over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from billing_api.addresses.errors import AddressBookFullError, AddressNotFoundError
from billing_api.addresses.schemas import (
    AddressCreate,
    AddressPage,
    AddressQuery,
    AddressRead,
    AddressRemoved,
    AddressUpdate,
)
from billing_api.addresses.service import AddressBook
from billing_api.auth.deps import Payer, Viewer
from billing_api.errors import StaleVersionError
from billing_api.http import responses
from billing_api.http.etag import IfMatch, PreconditionRequiredError
from billing_api.http.idempotency import OptionalIdempotencyKey
from billing_api.http.problems import problems
from billing_api.http.provide import provided
from billing_api.kit.idempotency import IdempotencyKeyReusedError

router = APIRouter(prefix="/addresses", tags=["addresses"])
AddressBookDep = Annotated[AddressBook, Depends(provided(AddressBook))]
_CHANGE_PROBLEMS = problems(AddressNotFoundError, StaleVersionError, PreconditionRequiredError)


@router.get("", operation_id="addresses_list", response_model=AddressPage)
async def list_addresses(
    request: Request, query: Annotated[AddressQuery, Query()], caller: Viewer, book: AddressBookDep
) -> Response:
    """List the address book, oldest first."""
    return responses.page(request, await book.list(caller.account_id, query))


@router.post(
    "",
    operation_id="addresses_create",
    status_code=201,
    response_model=AddressRead,
    responses=problems(AddressBookFullError, IdempotencyKeyReusedError),
)
async def create_address(
    request: Request, new: AddressCreate, caller: Payer, key: OptionalIdempotencyKey, book: AddressBookDep
) -> Response:
    """Add an address; the first becomes the default for billing and shipping unless it says otherwise."""
    address = await book.create(caller.account_id, new, key)
    return responses.resource(request, address, status=201, created=address.id)


@router.get(
    "/{address_id}",
    operation_id="addresses_get",
    response_model=AddressRead,
    responses=problems(AddressNotFoundError),
)
async def get_address(request: Request, address_id: UUID, caller: Viewer, book: AddressBookDep) -> Response:
    """Read one address."""
    return responses.resource(request, await book.get(caller.account_id, address_id))


@router.patch("/{address_id}", operation_id="addresses_update", response_model=AddressRead, responses=_CHANGE_PROBLEMS)
async def update_address(
    request: Request, address_id: UUID, change: AddressUpdate, caller: Payer, version: IfMatch, book: AddressBookDep
) -> Response:
    """Change an address; making it a default takes the flag from the one that had it."""
    return responses.resource(request, await book.update(caller.account_id, address_id, change, version))


@router.delete(
    "/{address_id}", operation_id="addresses_remove", response_model=AddressRemoved, responses=_CHANGE_PROBLEMS
)
async def remove_address(
    request: Request, address_id: UUID, caller: Payer, version: IfMatch, book: AddressBookDep
) -> Response:
    """Remove an address; when it was a default no other takes its place, and the answer says so."""
    return responses.resource(request, await book.remove(caller.account_id, address_id, version))
