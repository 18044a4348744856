"""How a payment answers the request that made it: now, and each time that the request is repeated."""

from billing_api.errors import AppError
from billing_api.http.problems import body_of, status_of, text_of
from billing_api.kit.context import acting
from billing_api.payments.errors import (
    PaymentCancelledError,
    PaymentDeclinedError,
    PaymentNotSentError,
    PaymentReturnedError,
)
from billing_api.payments.schemas import PaymentRead
from billing_api.payments.states import PaymentState

# Where payments are made: what the problem of a decline names as its instance, also when a reconciler stores it.
PATH = "/v1/payments"


def status(payment: PaymentRead) -> int:
    """Return 201, or 202 while the outcome is open or a late charge is given back."""
    state = PaymentState(payment.state)
    return 202 if state.is_open or state is PaymentState.CANCELLING else 201


def refusal_of(payment: PaymentRead, *, key_is_free: bool = False) -> AppError | None:
    """Return the error of a payment without money; None for one with money, or with an open outcome.

    `key_is_free` says that its Idempotency-Key may be used for another try.
    """
    state = PaymentState(payment.state)
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
    return PaymentDeclinedError(
        payment.id, decline_code=code, decline_text=text, retry_may_help=payment.decline.retry_may_help
    )


def answer_of(payment: PaymentRead) -> tuple[int, str]:
    """Status and body, the same to the byte as the first request was answered with."""
    refusal = refusal_of(payment)
    if refusal is None:
        return status(payment), payment.model_dump_json()
    return status_of(refusal), text_of(body_of(refusal, instance=PATH, request_id=acting().request_id))
