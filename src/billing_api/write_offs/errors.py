"""The errors of write-offs."""

from datetime import date
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from billing_api.errors import EXAMPLE_ID, AppError, Kind


class WriteOffNotFoundError(AppError):
    """There is no such write-off on the account."""

    code, title, kind = "write_off_not_found", "There is no such write-off", Kind.NOT_FOUND
    cure = "List the account's write-offs, and use an `id` from there."
    sample: ClassVar = {"write_off_id": UUID(EXAMPLE_ID)}

    def __init__(self, write_off_id: UUID) -> None:
        super().__init__(f"There is no write-off {write_off_id} on this account.")


class WriteOffReversedError(AppError):
    """The write-off was undone before."""

    code, title, kind = "write_off_reversed", "The write-off was undone before", Kind.CONFLICT
    cure = "Read the write-off: it has `reversed_on`. Write the amount off anew if that is meant."
    sample: ClassVar = {"number": "WO-000017", "reversed_on": date(2026, 11, 2)}

    reversed_on: Annotated[date, Field(description="The day from which it is undone")]

    def __init__(self, number: str, reversed_on: date) -> None:
        super().__init__(f"Write-off {number} was undone on {reversed_on}.", reversed_on=reversed_on)
