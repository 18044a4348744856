"""Errors of deposits."""

from uuid import UUID

from billing_api.errors import AppError, Kind


class DepositNotFoundError(AppError):
    """There is no such deposit on the caller's account."""

    code, title, kind = "deposit_not_found", "There is no such deposit", Kind.NOT_FOUND

    def __init__(self, deposit_id: UUID) -> None:
        super().__init__(f"There is no deposit {deposit_id} on this account.", deposit_id=deposit_id)


class DepositNumberTakenError(AppError):
    """The account has a deposit with this number."""

    code, title, kind = "deposit_number_taken", "The deposit's number is taken", Kind.CONFLICT

    def __init__(self, number: str) -> None:
        super().__init__(f"The account has a deposit number {number} already.", number=number)


class DepositExceededError(AppError):
    """The amount to be applied is more than the deposit has left."""

    code, title, kind = "deposit_exceeded", "The deposit is not enough", Kind.CONFLICT

    def __init__(self, deposit_id: UUID, *, number: str, amount: int, unapplied: int) -> None:
        super().__init__(
            f"Deposit {number} has {unapplied} left, in minor units: {amount} is too much.",
            deposit_id=deposit_id,
            unapplied=unapplied,
        )
