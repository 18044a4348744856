"""The time of a refund's next check at the gateway."""

from datetime import datetime, timedelta

from billing_api.refunds.model import Refund
from billing_api.refunds.states import RefundState

FIRST_CHECK = timedelta(minutes=5)
_SECOND_CHECK = timedelta(hours=1)
LATER_CHECKS = timedelta(days=1)
_UNTIL_SETTLED = timedelta(hours=6)
# A refund that failed because it was not found is looked up again, this long after it failed.
_AFTER_THE_END = (timedelta(hours=1), *(timedelta(days=days) for days in range(1, 6)))


def next_check(refund: Refund, now: datetime) -> datetime | None:
    """Return the time of the next check; None when the refund is final, and no trace of it can turn up any more.

    5 minutes and an hour after it was sent, then once a day; every 6 hours while it waits for the charge to settle.
    """
    if refund.state is RefundState.FAILED and refund.absent_since is not None:
        times = (refund.updated_at + delay for delay in _AFTER_THE_END)
        return next((time for time in times if time > now), None)
    if not refund.state.is_live:
        return None
    if refund.state is RefundState.WAITING_FOR_SETTLEMENT:
        return now + _UNTIL_SETTLED
    for delay in (FIRST_CHECK, _SECOND_CHECK):
        if now < refund.sent_at + delay:
            return refund.sent_at + delay
    return now + LATER_CHECKS
