"""The errors of chargebacks."""

from typing import ClassVar
from uuid import UUID

from billing_api.errors import EXAMPLE_ID, AppError, Kind


class ChargebackNotFoundError(AppError):
    """No such chargeback, or one of another account."""

    code, title, kind = "chargeback_not_found", "There is no such chargeback", Kind.NOT_FOUND
    cure = "List the chargebacks, and use an `id` from there."
    sample: ClassVar = {"chargeback_id": EXAMPLE_ID}

    def __init__(self, chargeback_id: UUID) -> None:
        super().__init__(f"There is no chargeback {chargeback_id} on this account.")
