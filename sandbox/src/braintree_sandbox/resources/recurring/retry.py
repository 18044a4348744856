"""Charging once more for a subscription that is past due."""

from dataclasses import replace

from braintree_sandbox.call import Call
from braintree_sandbox.records.subscriptions import Subscription
from braintree_sandbox.records.transactions import Transaction
from braintree_sandbox.resources.recurring import billing, codes
from braintree_sandbox.validation.errors import ErrorTree, InvalidError
from braintree_sandbox.validation.params import amount, flag, section, text
from braintree_sandbox.vault.subscriptions import with_status
from braintree_sandbox.wire.values import Params


def retry_charge(call: Call, params: Params) -> Transaction:
    """Charge the balance of a subscription that is past due, or another amount; once paid it is active again.

    Raise InvalidError when the subscription is not past due.
    """
    errors = ErrorTree()
    here = errors.under("transaction")
    subscription = call.work.get(Subscription, text(params, "subscription_id"))
    raw = text(params, "amount")
    asked = None if raw is None else amount(raw)
    if subscription is None:
        here.on("subscription_id", codes.RETRY_SUBSCRIPTION_INVALID)
    elif subscription.status != billing.PAST_DUE:
        here.on("subscription_id", codes.RETRY_NOT_PAST_DUE)
    if raw is not None and (asked is None or asked <= 0):
        here.on("amount", codes.RETRY_AMOUNT_INVALID)
    if errors or subscription is None:
        raise InvalidError(errors)
    submit = flag(section(params, "options"), "submit_for_settlement")
    sale = billing.charge(call, subscription, asked or subscription.balance, submit=submit)
    listed = replace(subscription, transaction_ids=(sale.id, *subscription.transaction_ids))
    if sale.refused:
        call.work.put(replace(listed, failure_count=listed.failure_count + 1))
        return sale
    owed = listed.balance - sale.amount
    paid = replace(listed, balance=owed)
    if owed <= 0:
        paid = with_status(replace(paid, days_past_due=None, failure_count=0), billing.ACTIVE, call.now)
    call.work.put(paid)
    return sale
