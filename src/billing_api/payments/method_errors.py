"""The errors of paying by a nonce."""

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from billing_api.errors import EXAMPLE_ID, AppError, Kind

# Braintree's errors for an account, by its nonce or its token, that must be verified before it pays.
UNVERIFIED_CODES = frozenset({"915171", "915172"})


class BankAccountUnverifiedError(AppError):
    """The bank account must be verified before it can pay. Source: Braintree validation errors 915171 and 915172."""

    code, title, kind = "bank_account_unverified", "The bank account must be verified first", Kind.DECLINED
    cure = (
        "Store the bank account, take the steps of its verification, and pay with its `payment_method_id`. Make a new "
        "nonce and a new `Idempotency-Key` for that."
    )
    sample: ClassVar = {"payment_id": UUID(EXAMPLE_ID)}

    payment_id: Annotated[UUID, Field(description="The payment that the request made")]

    def __init__(self, payment_id: UUID) -> None:
        super().__init__(
            "This bank account can't pay before it is verified, and nothing was charged: store it, and verify it.",
            payment_id=payment_id,
        )
