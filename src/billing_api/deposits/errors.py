"""Errors of deposits."""

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from billing_api.errors import EXAMPLE_ID, AppError, Kind
from billing_api.kit.money import Amount


class DepositNotFoundError(AppError):
    """There is no such deposit on the caller's account."""

    code, title, kind = "deposit_not_found", "There is no such deposit", Kind.NOT_FOUND
    cure = "Use the `id` of a deposit of this account."
    sample: ClassVar = {"deposit_id": UUID(EXAMPLE_ID)}

    deposit_id: Annotated[UUID, Field(description="The id that was asked for")]

    def __init__(self, deposit_id: UUID) -> None:
        super().__init__(f"There is no deposit {deposit_id} on this account.", deposit_id=deposit_id)


class DepositNumberTakenError(AppError):
    """The account has a deposit with this number."""

    code, title, kind = "deposit_number_taken", "The deposit's number is taken", Kind.CONFLICT
    cure = "Choose another number, or correct the deposit that has it."
    sample: ClassVar = {"number": "DEP-1042"}

    number: Annotated[str, Field(max_length=100, description="The number that is taken")]

    def __init__(self, number: str) -> None:
        super().__init__(f"The account has a deposit number {number} already.", number=number)


class DepositExceededError(AppError):
    """The amount to be applied is more than the deposit has left."""

    code, title, kind = "deposit_exceeded", "The deposit is not enough", Kind.CONFLICT
    cure = "Apply at most `unapplied`."
    sample: ClassVar = {"deposit_id": UUID(EXAMPLE_ID), "number": "DEP-1042", "amount": 12_500, "unapplied": 5_000}

    deposit_id: Annotated[UUID, Field(description="The deposit")]
    unapplied: Annotated[Amount, Field(description="The part of it that is left, in the currency's minor unit")]

    def __init__(self, deposit_id: UUID, *, number: str, amount: int, unapplied: int) -> None:
        super().__init__(
            f"Deposit {number} has {unapplied} left, in minor units: {amount} is too much.",
            deposit_id=deposit_id,
            unapplied=unapplied,
        )
