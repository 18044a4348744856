"""The errors of the address book."""

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from billing_api.errors import EXAMPLE_ID, AppError, Kind


class AddressNotFoundError(AppError):
    """No such address, or not the caller's."""

    code, title, kind = "address_not_found", "There is no such address", Kind.NOT_FOUND
    cure = "List the address book, and use an `id` from there."
    sample: ClassVar = {"address_id": EXAMPLE_ID}

    def __init__(self, address_id: UUID) -> None:
        super().__init__(f"There is no address {address_id} in this address book.")


class AddressBookFullError(AppError):
    """The address book has as many addresses as it may have."""

    code, title, kind = "address_book_full", "The address book is full", Kind.CONFLICT
    cure = "Remove an address that is not needed, then add the new one."
    sample: ClassVar = {"limit": 250}

    limit: Annotated[int, Field(ge=1, le=100_000, description="The most addresses of an account")]

    def __init__(self, limit: int) -> None:
        super().__init__(f"An address book holds at most {limit} addresses: remove one first.", limit=limit)
