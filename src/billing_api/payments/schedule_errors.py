"""The errors of scheduled payments."""

from datetime import date, datetime
from typing import Annotated, ClassVar

from pydantic import Field

from billing_api.errors import AppError, Kind
from billing_api.payments.fields import PaymentStatus
from billing_api.payments.states import PaymentState


class PaymentNotScheduledError(AppError):
    """The payment does not wait for its day: it was made at once, it was sent on its day, or it was cancelled."""

    code, title, kind = "payment_not_scheduled", "The payment is not scheduled", Kind.CONFLICT
    cure = "Read the payment: only one that is `scheduled` can be changed or cancelled."
    sample: ClassVar = {"status": PaymentState.SUCCEEDED}

    payment_status: Annotated[PaymentStatus, Field(description="The payment's status")]

    def __init__(self, status: PaymentState) -> None:
        words = "It was sent, or is about to be: it" if status.is_open else f"A payment that is {status}"
        super().__init__(f"{words} can't be changed or cancelled.", payment_status=status)


class PaymentCutOffPassedError(AppError):
    """The hour has come at which the payments of this day are made: it is about to be sent."""

    code, title, kind = "payment_cut_off_passed", "The payment can't be changed any more", Kind.CONFLICT
    cure = "Cancel it and pay again, or read it until it is final. Change a payment before `schedule.change_until`."
    sample: ClassVar = {"scheduled_on": date(2026, 12, 15), "cut_off": datetime.fromisoformat("2026-12-15T06:00:00Z")}

    change_until: Annotated[datetime, Field(description="The moment until which it could be changed, in UTC")]

    def __init__(self, scheduled_on: date, cut_off: datetime) -> None:
        super().__init__(
            f"The payments of {scheduled_on} are being made since {cut_off:%Y-%m-%d %H:%M} UTC.",
            change_until=f"{cut_off:%Y-%m-%dT%H:%M:%SZ}",
        )


class TooManyScheduledPaymentsError(AppError):
    """The account has as many scheduled payments as it may have."""

    code, title, kind = "too_many_scheduled_payments", "There are too many scheduled payments", Kind.CONFLICT
    cure = "Cancel a scheduled payment that is not needed. One payment pays many invoices."
    sample: ClassVar = {"limit": 200}

    limit: Annotated[int, Field(ge=1, le=100_000, description="The most scheduled payments of an account")]

    def __init__(self, limit: int) -> None:
        super().__init__(f"An account has at most {limit} scheduled payments.", limit=limit)
