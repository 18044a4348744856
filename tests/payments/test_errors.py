"""The errors of payments that took no money."""

from uuid import uuid4

import pytest

from billing_api.payments.errors import PaymentDeclinedError, PaymentNotSentError, PaymentReturnedError

_ASK_THE_BANK = "The bank can say why: ask it before another try, or choose another payment method."


@pytest.mark.parametrize(
    ("code", "text", "retry_may_help", "advice"),
    [
        ("2001", "Insufficient Funds", True, "Another try may succeed."),
        ("2000", "Do Not Honor", True, _ASK_THE_BANK),
        ("2057", "A restriction is on the card", True, _ASK_THE_BANK),
        ("2004", "Expired Card", False, "Choose another payment method."),
        ("81528", "Amount is too large.", False, "Pay a smaller amount at a time."),
    ],
)
def test_a_decline_advises_what_helps(code: str, text: str, retry_may_help: bool, advice: str) -> None:
    """No other method pays an amount that the gateway finds too large."""
    error = PaymentDeclinedError(uuid4(), decline_code=code, decline_text=text, retry_may_help=retry_may_help)
    assert error.detail == f"The payment was declined: {text.rstrip('.')}. Nothing was charged. {advice}"


def test_the_sentence_has_one_full_stop() -> None:
    """The gateway's text ends with a full stop at times; our sentence always does."""
    error = PaymentReturnedError(uuid4(), decline_code="R01", decline_text="Insufficient Funds.")
    assert "Insufficient Funds. Its invoices are open again." in error.detail


def test_only_what_was_certainly_not_sent_is_said_to_have_charged_nothing() -> None:
    """An empty search is only a conclusion: another try needs another key, so no client may repeat it."""
    sure, concluded = (PaymentNotSentError(uuid4(), key_is_free=is_free) for is_free in (True, False))
    assert ("nothing was charged" in sure.detail, sure.retry_after) == (True, 5)
    assert ("charged" in concluded.detail, concluded.retry_after) == (False, None)
    assert concluded.detail.startswith(
        "The payment was not found at the gateway: pay again with a new Idempotency-Key."
    )
