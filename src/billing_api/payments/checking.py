"""The time of a payment's next check at the gateway."""

from datetime import datetime, timedelta

from billing_api.gateway.reasons import NONCE_USED
from billing_api.payments.model import Payment
from billing_api.payments.states import PaymentState

FIRST_CHECK = timedelta(minutes=5)
_SECOND_CHECK = timedelta(hours=1)
LATER_CHECKS = timedelta(days=1)
# A payment that ended because it was not found is looked up so long afterwards.
_AFTER_THE_END = (timedelta(hours=1), *(timedelta(days=days) for days in range(1, 6)))


def next_check(payment: Payment, now: datetime) -> datetime | None:
    """Return the time of the next check; None for a payment that has ended, and for which no charge can turn up.

    5 minutes and an hour after the charge, then once a day until the outcome is known; for some days longer when the
    payment ended because nothing was found. A check before its time does not move the time.
    """
    was_not_found = payment.state is PaymentState.FAILED and payment.absent_since is not None
    if was_not_found or (payment.state is PaymentState.DECLINED and payment.decline_code == NONCE_USED):
        times = (payment.updated_at + delay for delay in _AFTER_THE_END)
        return next((time for time in times if time > now), None)
    if not payment.state.is_live and payment.state is not PaymentState.CANCELLING:
        return None
    if payment.next_check_at is not None and payment.next_check_at > now:
        return payment.next_check_at
    for delay in (FIRST_CHECK, _SECOND_CHECK):
        if now < payment.written_at + delay:
            return payment.written_at + delay
    return now + LATER_CHECKS
