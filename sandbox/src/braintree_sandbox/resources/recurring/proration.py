"""Proration: the price of a change in the middle of a period."""

from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal

from braintree_sandbox.call import Call
from braintree_sandbox.records.subscriptions import Subscription
from braintree_sandbox.records.transactions import Transaction
from braintree_sandbox.resources.recurring.billing import ACTIVE, charge
from braintree_sandbox.validation.params import CENT


def prorate(
    call: Call, before: Subscription, after: Subscription, *, asked: bool
) -> tuple[Subscription, Transaction | None]:
    """Return the changed subscription, and the sale if it was declined; less to pay is a credit on the next bill."""
    share = _left(call, before)
    difference = ((after.bill - before.bill) * share).quantize(CENT, ROUND_HALF_UP)
    if not asked or before.status != ACTIVE or difference == 0:
        return after, None
    due = after.balance + difference
    if due <= 0:
        return replace(after, balance=due), None
    sale = charge(call, after, due)
    listed = replace(after, transaction_ids=(sale.id, *after.transaction_ids))
    return (replace(listed, balance=due), sale) if sale.refused else (replace(listed, balance=Decimal("0.00")), None)


def _left(call: Call, subscription: Subscription) -> Decimal:
    """Return the part of the period that is still to come, today included."""
    start, end = subscription.billing_period_start_date, subscription.billing_period_end_date
    if start is None or end is None:
        return Decimal(0)
    days = Decimal((end - start).days + 1)
    return max(Decimal((end - call.now.date()).days + 1), Decimal(0)) / days
