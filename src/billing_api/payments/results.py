"""The result of a payment for the request that made it, and for each repeat of the request."""

from billing_api.errors import AppError
from billing_api.kit.context import acting
from billing_api.kit.idempotency import StoredResult
from billing_api.payments.errors import (
    PaymentCancelledError,
    PaymentDeclinedError,
    PaymentNotSentError,
    PaymentReturnedError,
)
from billing_api.payments.method_errors import UNVERIFIED_CODES, BankAccountUnverifiedError
from billing_api.payments.schemas import PaymentRead
from billing_api.payments.states import PaymentState


def is_pending(payment: PaymentRead) -> bool:
    """Return whether the outcome is open, or a late charge is being given back."""
    state = payment.status
    return state.is_open or state is PaymentState.CANCELLING


def refusal_of(payment: PaymentRead, *, key_is_free: bool = False) -> AppError | None:
    """Return the error of a payment without money; None for one with money, or with an open outcome.

    `key_is_free` says that its Idempotency-Key may be used for another try.
    """
    state = payment.status
    if state is PaymentState.FAILED:
        return PaymentNotSentError(payment.id, key_is_free=key_is_free)
    if state is PaymentState.CANCELLED:
        return PaymentCancelledError(payment.id)
    if state not in {PaymentState.DECLINED, PaymentState.RETURNED}:
        return None
    assert payment.decline is not None  # the gateway gives a reason with either, or its adapter does
    code, text = payment.decline.code, payment.decline.text
    if state is PaymentState.RETURNED:
        return PaymentReturnedError(payment.id, decline_code=code, decline_text=text)
    if code in UNVERIFIED_CODES:
        return BankAccountUnverifiedError(payment.id)
    return PaymentDeclinedError(
        payment.id, decline_code=code, decline_text=text, retry_may_help=payment.decline.retry_may_help
    )


def result_of(payment: PaymentRead) -> StoredResult:
    """Return the result that the request's key stores."""
    refusal = refusal_of(payment)
    if refusal is not None:
        return StoredResult.refused(refusal, acting().request_id)
    return StoredResult.accepted(payment) if is_pending(payment) else StoredResult.created(payment)
