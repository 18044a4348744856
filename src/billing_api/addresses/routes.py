"""The address book over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query

from billing_api.addresses.errors import AddressBookFullError, AddressNotFoundError
from billing_api.addresses.schemas import AddressCreate, AddressQuery, AddressRead, AddressRemoved, AddressUpdate
from billing_api.addresses.service import AddressBook
from billing_api.auth.deps import Payer, Viewer
from billing_api.http.etag import IfMatch
from billing_api.http.idempotency import OptionalIdempotencyKey
from billing_api.http.provide import provided
from billing_api.http.results import Created
from billing_api.http.routes import Routes
from billing_api.kit.pagination import Page

router = Routes("/addresses", tags=["addresses"], errors=[AddressNotFoundError])
AddressBookDep = Annotated[AddressBook, Depends(provided(AddressBook))]


@router.get("", operation_id="addresses_list")
async def list_addresses(
    query: Annotated[AddressQuery, Query()], caller: Viewer, book: AddressBookDep
) -> Page[AddressRead]:
    """List the address book, oldest first."""
    return await book.list(caller.account_id, query)


@router.post("", operation_id="addresses_create", errors=[AddressBookFullError])
async def create_address(
    new: AddressCreate, caller: Payer, key: OptionalIdempotencyKey, book: AddressBookDep
) -> Created[AddressRead]:
    """Add an address; the first becomes the default for billing and shipping unless it says otherwise."""
    return Created(await book.create(caller.account_id, new, key))


@router.get("/{address_id}", operation_id="addresses_get")
async def get_address(address_id: UUID, caller: Viewer, book: AddressBookDep) -> AddressRead:
    """Read one address."""
    return await book.get(caller.account_id, address_id)


@router.patch("/{address_id}", operation_id="addresses_update")
async def update_address(
    address_id: UUID, change: AddressUpdate, caller: Payer, version: IfMatch, book: AddressBookDep
) -> AddressRead:
    """Change an address; making it a default takes the flag from the one that had it."""
    return await book.update(caller.account_id, address_id, change, version)


@router.delete("/{address_id}", operation_id="addresses_remove")
async def remove_address(address_id: UUID, caller: Payer, version: IfMatch, book: AddressBookDep) -> AddressRemoved:
    """Remove an address; when it was a default no other takes its place, and the response says so."""
    return await book.remove(caller.account_id, address_id, version)
