"""Subscriptions: made, found, changed and cancelled; one whose first bill is declined is not made."""

from dataclasses import replace

from braintree_sandbox.call import ApiResponse, BraintreeRoutes, Call, created, found, refused
from braintree_sandbox.records.subscriptions import Plan, Subscription
from braintree_sandbox.records.transactions import Transaction
from braintree_sandbox.resources.recurring import billing, codes, request
from braintree_sandbox.resources.recurring.changes import ACCEPTED, changed
from braintree_sandbox.resources.recurring.plans import find_plan, of_plan
from braintree_sandbox.resources.recurring.proration import prorate
from braintree_sandbox.resources.transactions.view import refusal
from braintree_sandbox.resources.transactions.view import view as transaction_view
from braintree_sandbox.validation.errors import ErrorTree, InvalidError, invalid
from braintree_sandbox.validation.params import flag, section, takes, text
from braintree_sandbox.vault.kinds import RefusedError
from braintree_sandbox.vault.subscriptions import shown, with_status
from braintree_sandbox.wire.refusals import MalformedError, NotFoundError
from braintree_sandbox.wire.values import Array, Fields, Params, whole_number

routes = BraintreeRoutes()

_BOTH = takes(
    "id", "merchant_account_id", "never_expires", "number_of_billing_cycles", "payment_method_nonce",
    "payment_method_token", "plan_id", "price",
    add_ons=ACCEPTED, discounts=ACCEPTED, descriptor=takes("name", "phone", "url"),
)  # fmt: skip
_CREATE = _BOTH.plus(
    "billing_day_of_month", "first_billing_date", "trial_duration", "trial_duration_unit", "trial_period",
    options=takes("do_not_inherit_add_ons_or_discounts", "start_immediately", paypal=takes("description")),
)  # fmt: skip
_UPDATE = _BOTH.plus(
    options=takes(
        "prorate_charges", "replace_all_add_ons_and_discounts", "revert_subscription_on_proration_failure",
        paypal=takes("description"),
    ),
)  # fmt: skip


def view(call: Call, subscription: Subscription) -> Fields:
    """Return the subscription with its transactions, newest first."""
    sales = [call.work.get(Transaction, one) for one in subscription.transaction_ids]
    return {
        **shown(subscription),
        "transactions": Array("transaction", [transaction_view(sale) for sale in sales if sale is not None]),
    }


@routes.post("/subscriptions")
def create(call: Call) -> ApiResponse:
    """Begin a subscription: with a trial, on a later day, or now with the first bill."""
    params = call.params("subscription", _CREATE)
    errors = ErrorTree()
    here = errors.under("subscription")
    plan = find_plan(call, text(params, "plan_id"))
    if plan is None:
        here.on("plan_id", codes.PLAN_INVALID)
        raise InvalidError(errors)
    subscription = _begun(call, params, plan, here)
    if errors:
        raise InvalidError(errors)
    if subscription.status == billing.ACTIVE and not subscription.trial_period:
        subscription, sale = billing.bill(call, subscription)
        if sale is not None and sale.refused:
            raise RefusedError(refusal(sale), "transaction", transaction_view(sale), sale)
    else:
        subscription = with_status(subscription, subscription.status, call.now)
    return created("subscription", view(call, call.work.put(subscription)))


@routes.get("/subscriptions/{subscription_id}")
def find(call: Call) -> ApiResponse:
    """Return one subscription."""
    return found("subscription", view(call, _subscription(call)))


@routes.put("/subscriptions/{subscription_id}")
def update(call: Call) -> ApiResponse:
    """Change a subscription; a higher price is charged for the rest of the period."""
    before = _subscription(call)
    params = call.params("subscription", _UPDATE)
    errors = ErrorTree()
    here = errors.under("subscription")
    if before.status in {"Canceled", billing.EXPIRED}:
        here.on("base", codes.CANCELED if before.status == "Canceled" else codes.EXPIRED)
        raise InvalidError(errors)
    after = _changed(call, before, params, here)
    if errors:
        raise InvalidError(errors)
    options = section(params, "options")
    after, declined = prorate(
        call, before, after, asked="prorate_charges" not in options or flag(options, "prorate_charges")
    )
    if declined is not None and flag(options, "revert_subscription_on_proration_failure"):
        kept = call.work.put(replace(before, transaction_ids=after.transaction_ids))
        node = view(call, kept)
        return refused(call, refusal(declined), subscription=node, transaction=transaction_view(declined))
    if after.id != before.id:
        call.work.delete(before)
    return found("subscription", view(call, call.work.put(with_status(after, after.status, call.now))))


@routes.put("/subscriptions/{subscription_id}/cancel")
def cancel(call: Call) -> ApiResponse:
    """End a subscription now."""
    subscription = _subscription(call)
    if subscription.status == "Canceled":
        raise invalid("subscription", "status", codes.ALREADY_CANCELED)
    return found("subscription", view(call, call.work.put(with_status(subscription, "Canceled", call.now))))


@routes.put("/subscriptions/{subscription_id}/make_past_due")
def make_past_due(call: Call) -> ApiResponse:
    """Make the subscription past due for tests, as if a bill had been declined so many days ago."""
    days = whole_number(call.query.get("days_past_due", "1"))
    if days is None:
        raise MalformedError("days_past_due must be a number.")
    owed = replace(_subscription(call), days_past_due=days)
    if owed.balance <= 0:
        owed = replace(owed, balance=owed.bill)
    return found("subscription", view(call, call.work.put(with_status(owed, billing.PAST_DUE, call.now))))


def _begun(call: Call, params: Params, plan: Plan, errors: ErrorTree) -> Subscription:
    """Return the subscription before its first bill."""
    today = call.now.date()
    trial, duration, unit = request.read_trial(params, plan, errors)
    first, day = request.read_first_date(call, params, errors), request.read_day(params, errors)
    at_once = flag(section(params, "options"), "start_immediately")
    if sum((first is not None, day is not None, at_once)) > 1:
        errors.on("base", codes.START_CONFLICT)
    if first is not None or day is not None or at_once:
        trial, duration, unit = False, None, None
    day = plan.billing_day_of_month if day is None and first is None else day
    if trial:
        starts = request.end_of_trial(today, duration, unit)
    elif first is not None or at_once or day is None:
        starts = first or today
    else:
        starts = billing.next_day(today, day)
    inherited = (
        () if flag(section(params, "options"), "do_not_inherit_add_ons_or_discounts") else of_plan(call, plan.id)
    )
    subscription = Subscription(
        id=request.read_id(call, params, errors),
        plan_id=plan.id,
        token=request.read_token(call, params, errors),
        merchant_account_id=request.read_account(call, params, errors),
        price=request.read_price(params, errors, plan.price),
        status=billing.ACTIVE if trial or starts == today else billing.PENDING,
        first_billing_date=starts,
        next_billing_date=starts,
        created_at=call.now,
        updated_at=call.now,
        billing_frequency=plan.billing_frequency,
        billing_day_of_month=day,
        number_of_billing_cycles=request.read_cycles(params, errors, plan.number_of_billing_cycles),
        trial_period=trial,
        trial_duration=duration,
        trial_duration_unit=unit,
        modifications=changed(call, tuple(inherited), params, errors),
    )
    return request.with_words(subscription, params, errors)


def _changed(call: Call, before: Subscription, params: Params, errors: ErrorTree) -> Subscription:
    plan_id, price = text(params, "plan_id"), before.price
    if plan_id is not None and plan_id != before.plan_id:
        plan = find_plan(call, plan_id)
        if plan is None:
            errors.on("plan_id", codes.PLAN_INVALID)
        elif plan.billing_frequency != before.billing_frequency:
            errors.on("plan_id", codes.FREQUENCY_CHANGE)
        else:
            price = plan.price
    replaces = flag(section(params, "options"), "replace_all_add_ons_and_discounts")
    done = before.current_billing_cycle
    after = replace(
        before,
        id=request.read_id(call, params, errors, current=before.id),
        plan_id=plan_id or before.plan_id,
        token=request.read_token(call, params, errors, current=before.token),
        merchant_account_id=request.read_account(call, params, errors, current=before.merchant_account_id),
        price=request.read_price(params, errors, price),
        number_of_billing_cycles=request.read_cycles(params, errors, before.number_of_billing_cycles, done=done),
        modifications=changed(call, () if replaces else before.modifications, params, errors),
        updated_at=call.now,
    )
    return request.with_words(after, params, errors)


def _subscription(call: Call) -> Subscription:
    subscription = call.work.get(Subscription, call.path["subscription_id"])
    if subscription is None:
        raise NotFoundError
    return subscription
