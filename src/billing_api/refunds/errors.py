"""The errors of refunds."""

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from billing_api.errors import EXAMPLE_ID, AppError, Kind
from billing_api.gateway.errors import DeclineCode, DeclineText, RetryMayHelp
from billing_api.kit.money import Amount
from billing_api.payments.fields import PaymentStatus
from billing_api.payments.states import PaymentState

RefundId = Annotated[UUID, Field(description="The refund that the request made")]


class RefundNotFoundError(AppError):
    """There is no such refund of this payment."""

    code, title, kind = "refund_not_found", "There is no such refund", Kind.NOT_FOUND
    cure = "List the refunds of the payment, and use an `id` from there."
    sample: ClassVar = {"refund_id": EXAMPLE_ID}

    def __init__(self, refund_id: UUID) -> None:
        super().__init__(f"There is no refund {refund_id} of this payment.")


class PaymentNotRefundableError(AppError):
    """The payment has no money to give back: its outcome is open, it has none, or it lost it again."""

    code, title, kind = "payment_not_refundable", "The payment can't be refunded", Kind.CONFLICT
    cure = "Read the payment: only one that is `succeeded` or `processing`, and took money, can be refunded."
    sample: ClassVar = {"status": PaymentState.DECLINED}

    payment_status: Annotated[PaymentStatus, Field(description="The payment's status")]

    def __init__(self, status: PaymentState) -> None:
        super().__init__(f"The payment is {status}, and has no money to be given back.", payment_status=status)


class RefundExceededError(AppError):
    """The amount is more than can be given back of this part, with the refunds under way."""

    code, title, kind = "refund_exceeded", "The refund is more than is left", Kind.CONFLICT
    cure = "Refund at most `refundable`. Where a refund is under way, wait until it is final."
    sample: ClassVar = {"amount": 12_500, "refundable": 5_000}

    refundable: Annotated[Amount, Field(description="The most that can be refunded so, in the currency's minor unit")]

    def __init__(self, amount: int, refundable: int) -> None:
        super().__init__(
            f"At most {refundable} can be refunded so, in minor units: {amount} is too much.", refundable=refundable
        )


class NothingRefundableError(AppError):
    """Nothing is left of the part that is to be refunded."""

    code, title, kind = "nothing_refundable", "There is nothing to refund", Kind.CONFLICT
    cure = "Read the payment: `refunded` and `refund_pending` say how much of `amount` is gone. Choose another part."

    def __init__(self) -> None:
        super().__init__("Nothing is left of this part of the payment.")


class InvoiceNotRefundableError(AppError):
    """The payment has not paid this invoice, or refunds have taken all of its money there."""

    code, title, kind = "invoice_not_refundable", "The invoice has no money of this payment", Kind.CONFLICT
    cure = "Read the payment: name invoices of its `allocations` whose money was not refunded before."
    sample: ClassVar = {"invoice_id": UUID(EXAMPLE_ID)}

    invoice_id: Annotated[UUID, Field(description="The invoice that the request names")]

    def __init__(self, invoice_id: UUID) -> None:
        super().__init__(f"The invoice {invoice_id} has no money of this payment.", invoice_id=invoice_id)


class RefundDeclinedError(AppError):
    """The bank or the gateway refused the refund. Source: Braintree processor response codes."""

    code, title, kind = "refund_declined", "The refund was declined", Kind.DECLINED
    cure = "Pay the customer in another way, and record that. Try again only if `retry_may_help`."
    sample: ClassVar = {
        "refund_id": UUID(EXAMPLE_ID),
        "decline_code": "2004",
        "decline_text": "Expired Card",
        "retry_may_help": False,
    }

    refund_id: RefundId
    decline_code: DeclineCode
    decline_text: DeclineText
    retry_may_help: RetryMayHelp

    def __init__(self, refund_id: UUID, *, decline_code: str, decline_text: str, retry_may_help: bool) -> None:
        super().__init__(
            f"The refund was declined: {decline_text.rstrip('.')}. Nothing was given back.",
            refund_id=refund_id,
            decline_code=decline_code,
            decline_text=decline_text,
            retry_may_help=retry_may_help,
        )


class RefundNotSentError(AppError):
    """The refund was never sent, or was not found at the gateway; it has failed."""

    code, title, kind = "refund_not_sent", "The refund could not be sent", Kind.UNAVAILABLE
    cure = (
        "With `Retry-After`, repeat the request with the same `Idempotency-Key` after those seconds. Without it, "
        "refund again with a new key."
    )
    sample: ClassVar = {"refund_id": UUID(EXAMPLE_ID), "key_is_free": True}

    refund_id: RefundId

    def __init__(self, refund_id: UUID, *, key_is_free: bool) -> None:
        """Take whether it certainly was not sent: then the same request may be repeated, after Retry-After."""
        super().__init__(
            "The refund did not reach the gateway, and nothing was given back: try again shortly."
            if key_is_free
            else "The refund was not found at the gateway: refund again with a new Idempotency-Key.",
            retry_after=5 if key_is_free else None,
            refund_id=refund_id,
        )
