"""The subscriptions of a vaulted method, as every kind of method shows them."""

from dataclasses import replace
from datetime import datetime

from braintree_sandbox.records.subscriptions import Modification, Subscription, SubscriptionStatus
from braintree_sandbox.state.store import Work
from braintree_sandbox.wire.values import Array, Fields

ENDED = frozenset({"Canceled", "Expired"})


def subscriptions_of(work: Work, token: str) -> Array:
    """Return all subscriptions of a method, without their transactions."""
    return Array("subscription", [shown(one) for one in work.where(Subscription, "token", token)])


def with_status(subscription: Subscription, status: str, now: datetime) -> Subscription:
    """Return the subscription in another status."""
    step = SubscriptionStatus(
        status=status, price=subscription.price, balance=subscription.balance, plan_id=subscription.plan_id, at=now
    )
    history = (step, *subscription.status_history)
    return replace(subscription, status=status, status_history=history, updated_at=now)


def end_all(work: Work, token: str, now: datetime) -> None:
    """Cancel the subscriptions of a method that is removed."""
    for subscription in work.where(Subscription, "token", token):
        if subscription.status not in ENDED:
            work.put(with_status(subscription, "Canceled", now))


def shown(subscription: Subscription) -> Fields:
    """Return one subscription."""
    s = subscription
    cycles = s.number_of_billing_cycles
    return {
        "id": s.id,
        "plan_id": s.plan_id,
        "payment_method_token": s.token,
        "merchant_account_id": s.merchant_account_id,
        "status": s.status,
        "price": s.price,
        "balance": s.balance,
        "next_bill_amount": s.bill,
        "next_billing_period_amount": s.bill,
        "billing_day_of_month": s.billing_day_of_month or s.first_billing_date.day,
        "billing_period_start_date": s.billing_period_start_date,
        "billing_period_end_date": s.billing_period_end_date,
        "paid_through_date": s.billing_period_end_date,
        "first_billing_date": s.first_billing_date,
        "next_billing_date": s.next_billing_date,
        "current_billing_cycle": s.current_billing_cycle,
        "number_of_billing_cycles": cycles,
        "never_expires": cycles is None,
        "days_past_due": s.days_past_due,
        "failure_count": s.failure_count,
        "trial_period": s.trial_period,
        "trial_duration": s.trial_duration,
        "trial_duration_unit": s.trial_duration_unit,
        "descriptor": {"name": s.descriptor_name, "phone": s.descriptor_phone, "url": s.descriptor_url},
        "description": s.description,
        **modifications(s),
        "status_history": Array("status_event", [_event(step) for step in s.status_history]),
        "created_at": s.created_at,
        "updated_at": s.updated_at,
    }


def modifications(subscription: Subscription) -> Fields:
    """Return its add-ons and its discounts."""
    return {
        f"{kind}s": Array(kind, [modification(one) for one in subscription.modifications if one.kind == kind])
        for kind in ("add_on", "discount")
    }


def modification(one: Modification) -> Fields:
    """Return an add-on or a discount."""
    return {
        "id": one.id,
        "kind": one.kind,
        "name": one.name,
        "description": one.description,
        "amount": one.amount,
        "quantity": one.quantity,
        "never_expires": one.number_of_billing_cycles is None,
        "number_of_billing_cycles": one.number_of_billing_cycles,
        "current_billing_cycle": 0,
    }


def _event(step: SubscriptionStatus) -> Fields:
    return {
        "status": step.status,
        "price": step.price,
        "balance": step.balance,
        "plan_id": step.plan_id,
        "currency_iso_code": "USD",
        "subscription_source": "api",
        "timestamp": step.at,
        "user": None,
    }
