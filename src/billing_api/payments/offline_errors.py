"""The errors of checks, wires and cash."""

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from billing_api.errors import EXAMPLE_ID, AppError, Kind
from billing_api.kit.money import Amount
from billing_api.payments.fields import PaymentStatus
from billing_api.payments.states import PaymentState


class PaymentNotOfflineError(AppError):
    """The payment went through the gateway; only a check, a wire or cash is moved by the back office."""

    code, title, kind = "payment_not_offline", "The payment went through the gateway", Kind.CONFLICT
    cure = "Leave it: the gateway says what becomes of it. Use an offline payment, a credit memo or a deposit."
    sample: ClassVar = {"payment_id": UUID(EXAMPLE_ID)}

    payment_id: Annotated[UUID, Field(description="The payment")]

    def __init__(self, payment_id: UUID) -> None:
        super().__init__(f"The payment {payment_id} went through the gateway.", payment_id=payment_id)


class PaymentNotSucceededError(AppError):
    """The payment has no money to be moved: it was returned."""

    code, title, kind = "payment_not_succeeded", "The payment has no money", Kind.CONFLICT
    cure = "Read the payment: its `status` must be `succeeded`. Record money that came again as a new payment."
    sample: ClassVar = {"status": PaymentState.RETURNED}

    payment_status: Annotated[PaymentStatus, Field(description="The payment's status")]

    def __init__(self, status: PaymentState) -> None:
        super().__init__(f"The payment is {status}.", payment_status=status)


class PaymentExceededError(AppError):
    """The amount to be applied is more than the payment has left."""

    code, title, kind = "payment_exceeded", "The payment is not enough", Kind.CONFLICT
    cure = "Apply at most `unapplied`."
    sample: ClassVar = {"payment_id": UUID(EXAMPLE_ID), "number": "PMT-000042", "amount": 12_500, "unapplied": 5_000}

    payment_id: Annotated[UUID, Field(description="The payment")]
    unapplied: Annotated[Amount, Field(description="The part of it that is left, in the currency's minor unit")]

    def __init__(self, payment_id: UUID, *, number: str, amount: int, unapplied: int) -> None:
        super().__init__(
            f"Payment {number} has {unapplied} left, in minor units: {amount} is too much.",
            payment_id=payment_id,
            unapplied=unapplied,
        )
