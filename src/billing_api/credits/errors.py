"""Errors of credit memos."""

from uuid import UUID

from billing_api.errors import AppError, Kind


class CreditMemoNotFoundError(AppError):
    """There is no such credit memo on the caller's account."""

    code, title, kind = "credit_memo_not_found", "There is no such credit memo", Kind.NOT_FOUND

    def __init__(self, credit_memo_id: UUID) -> None:
        super().__init__(f"There is no credit memo {credit_memo_id} on this account.", credit_memo_id=credit_memo_id)


class CreditMemoNumberTakenError(AppError):
    """The account has a credit memo with this number."""

    code, title, kind = "credit_memo_number_taken", "The credit memo's number is taken", Kind.CONFLICT

    def __init__(self, number: str) -> None:
        super().__init__(f"The account has a credit memo number {number} already.", number=number)


class CreditExceededError(AppError):
    """The amount to be applied is more than the credit memo has left."""

    code, title, kind = "credit_exceeded", "The credit is not enough", Kind.CONFLICT

    def __init__(self, credit_memo_id: UUID, *, number: str, amount: int, unapplied: int) -> None:
        super().__init__(
            f"Credit memo {number} has {unapplied} left, in minor units: {amount} is too much.",
            credit_memo_id=credit_memo_id,
            unapplied=unapplied,
        )
