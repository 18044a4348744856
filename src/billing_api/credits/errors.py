"""Errors of credit memos."""

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from billing_api.errors import EXAMPLE_ID, AppError, Kind
from billing_api.kit.money import Amount


class CreditMemoNotFoundError(AppError):
    """There is no such credit memo on the caller's account."""

    code, title, kind = "credit_memo_not_found", "There is no such credit memo", Kind.NOT_FOUND
    cure = "Use the `id` of a credit memo of this account."
    sample: ClassVar = {"credit_memo_id": UUID(EXAMPLE_ID)}

    credit_memo_id: Annotated[UUID, Field(description="The id that was asked for")]

    def __init__(self, credit_memo_id: UUID) -> None:
        super().__init__(f"There is no credit memo {credit_memo_id} on this account.", credit_memo_id=credit_memo_id)


class CreditMemoNumberTakenError(AppError):
    """The account has a credit memo with this number."""

    code, title, kind = "credit_memo_number_taken", "The credit memo's number is taken", Kind.CONFLICT
    cure = "Choose another number, or correct the memo that has it."
    sample: ClassVar = {"number": "CM-1042"}

    number: Annotated[str, Field(max_length=100, description="The number that is taken")]

    def __init__(self, number: str) -> None:
        super().__init__(f"The account has a credit memo number {number} already.", number=number)


class CreditExceededError(AppError):
    """The amount to be applied is more than the credit memo has left."""

    code, title, kind = "credit_exceeded", "The credit is not enough", Kind.CONFLICT
    cure = "Apply at most `unapplied`."
    sample: ClassVar = {"credit_memo_id": UUID(EXAMPLE_ID), "number": "CM-1042", "amount": 12_500, "unapplied": 5_000}

    credit_memo_id: Annotated[UUID, Field(description="The credit memo")]
    unapplied: Annotated[Amount, Field(description="The part of it that is left, in the currency's minor unit")]

    def __init__(self, credit_memo_id: UUID, *, number: str, amount: int, unapplied: int) -> None:
        super().__init__(
            f"Credit memo {number} has {unapplied} left, in minor units: {amount} is too much.",
            credit_memo_id=credit_memo_id,
            unapplied=unapplied,
        )
