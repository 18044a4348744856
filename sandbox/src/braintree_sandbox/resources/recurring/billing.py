"""Billing a subscription: the sale of a period, and the days on which periods begin and end."""

from calendar import monthrange
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from braintree_sandbox.call import Call
from braintree_sandbox.merchants import MERCHANTS
from braintree_sandbox.records.subscriptions import Subscription
from braintree_sandbox.records.transactions import Transaction
from braintree_sandbox.resources.recurring import codes
from braintree_sandbox.resources.transactions.authorise import authorise
from braintree_sandbox.resources.transactions.order import read_order
from braintree_sandbox.state.store import Work
from braintree_sandbox.validation.errors import ErrorTree, InvalidError, invalid
from braintree_sandbox.validation.params import CENT
from braintree_sandbox.vault.subscriptions import modifications, with_status
from braintree_sandbox.wire.values import Params

ACTIVE, PENDING, PAST_DUE, EXPIRED = "Active", "Pending", "Past Due", "Expired"


def months_later(start: date, months: int, *, day: int | None = None) -> date:
    """Return the same day so many months on, or `day`, or the last day of a month that is too short."""
    month = start.month - 1 + months
    year, month = start.year + month // 12, month % 12 + 1
    return date(year, month, min(day or start.day, monthrange(year, month)[1]))


def next_day(today: date, day: int) -> date:
    """Return the next such day of a month, today included."""
    this_month = months_later(today.replace(day=1), 0, day=day)
    return this_month if this_month >= today else months_later(today.replace(day=1), 1, day=day)


def begin_period(subscription: Subscription) -> Subscription:
    """Return the subscription in the period that begins on its next billing date."""
    start = subscription.next_billing_date
    day = subscription.billing_day_of_month or subscription.first_billing_date.day
    after = months_later(start, subscription.billing_frequency, day=day)
    return replace(
        subscription,
        current_billing_cycle=subscription.current_billing_cycle + 1,
        billing_period_start_date=start,
        billing_period_end_date=after - timedelta(days=1),
        next_billing_date=after,
    )


def charge(call: Call, subscription: Subscription, amount: Decimal, *, submit: bool = True) -> Transaction:
    """Charge the subscription; the transaction is kept, a declined one too.

    Raise InvalidError when its merchant account does not take such a method.
    """
    errors = ErrorTree()
    descriptor: Params = {
        "name": subscription.descriptor_name,
        "phone": subscription.descriptor_phone,
        "url": subscription.descriptor_url,
    }
    sale: Params = {
        "type": "sale",
        "amount": str(amount.quantize(CENT)),
        "payment_method_token": subscription.token,
        "merchant_account_id": subscription.merchant_account_id,
        "descriptor": descriptor,
        "options": {"submit_for_settlement": submit, "paypal": {"description": subscription.description}},
    }
    order = read_order(call, sale, errors)
    if order is None or errors:
        raise invalid("subscription", "merchant_account_id", codes.INSTRUMENT_NOT_SUPPORTED)
    transaction = authorise(call, order)
    details = transaction.details | {
        "plan_id": subscription.plan_id,
        "subscription_id": subscription.id,
        "recurring": True,
        "subscription": {
            "billing_period_start_date": subscription.billing_period_start_date,
            "billing_period_end_date": subscription.billing_period_end_date,
        },
        # As they were at the charge; later changes of the subscription do not matter.
        **modifications(subscription),
    }
    return call.work.put(replace(transaction, details=details))


def bill(call: Call, subscription: Subscription) -> tuple[Subscription, Transaction | None]:
    """Begin a new period and charge it together with the balance; a credit is used up first."""
    begun = begin_period(subscription)
    due = subscription.bill + subscription.balance
    if due <= 0:
        return replace(with_status(begun, ACTIVE, call.now), balance=due), None
    sale = charge(call, begun, due)
    listed = replace(begun, transaction_ids=(sale.id, *begun.transaction_ids))
    if not sale.refused:
        settled = replace(listed, balance=Decimal("0.00"), failure_count=0, days_past_due=None)
        return with_status(settled, ACTIVE, call.now), sale
    owed = replace(listed, balance=due, failure_count=listed.failure_count + 1, days_past_due=0)
    return with_status(owed, PAST_DUE, call.now), sale


def pass_time(work: Work, now: datetime) -> None:
    """Bill every subscription that is due, period by period, until its last one is over."""
    call = Call(merchant=MERCHANTS[work.merchant_id], work=work, now=now, body={})
    for subscription in list(work.all(Subscription)):
        current = subscription
        while current.status in {ACTIVE, PENDING} and current.next_billing_date <= now.date():
            if current.current_billing_cycle == current.number_of_billing_cycles:
                current = with_status(current, EXPIRED, now)
            else:
                current = _billed(call, current)
        if current.status == PAST_DUE and current.billing_period_start_date is not None:
            current = replace(current, days_past_due=(now.date() - current.billing_period_start_date).days)
        if current is not subscription:
            work.put(current)


def _billed(call: Call, subscription: Subscription) -> Subscription:
    """Return the subscription after a bill; one that can't be charged at all counts as declined."""
    try:
        return bill(call, subscription)[0]
    except InvalidError:
        begun = begin_period(subscription)
        owed = replace(begun, balance=begun.balance + begun.bill, failure_count=begun.failure_count + 1)
        return with_status(owed, PAST_DUE, call.now)
