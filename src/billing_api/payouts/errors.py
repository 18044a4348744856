"""The errors of payouts."""

from typing import ClassVar
from uuid import UUID

from billing_api.errors import EXAMPLE_ID, AppError, Kind


class PayoutNotFoundError(AppError):
    """There is no such payout."""

    code, title, kind = "payout_not_found", "There is no such payout", Kind.NOT_FOUND
    cure = "List the payouts, and use an `id` from there."
    sample: ClassVar = {"payout_id": UUID(EXAMPLE_ID)}

    def __init__(self, payout_id: UUID) -> None:
        super().__init__(f"There is no payout {payout_id}.")
