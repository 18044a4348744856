"""The errors of the address book."""

from uuid import UUID

from billing_api.errors import AppError, Kind


class AddressNotFoundError(AppError):
    """No such address, or not the caller's."""

    code, title, kind = "address_not_found", "There is no such address", Kind.NOT_FOUND

    def __init__(self, address_id: UUID) -> None:
        super().__init__(f"There is no address {address_id} in this address book.")


class AddressBookFullError(AppError):
    """The address book has as many addresses as it may have."""

    code, title, kind = "address_book_full", "The address book is full", Kind.CONFLICT

    def __init__(self, limit: int) -> None:
        super().__init__(f"An address book holds at most {limit} addresses: remove one first.", limit=limit)
