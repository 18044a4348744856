"""Advanced search of subscriptions."""

from datetime import UTC, datetime, time
from decimal import Decimal

from braintree_sandbox import search
from braintree_sandbox.call import ApiResponse, BraintreeRoutes, Call
from braintree_sandbox.records.subscriptions import Subscription
from braintree_sandbox.resources.recurring.subscriptions import view
from braintree_sandbox.search import Field, one_of, range_of, text_of
from braintree_sandbox.wire.values import Params

routes = BraintreeRoutes()


def _remaining(subscription: Subscription) -> Decimal | None:
    cycles = subscription.number_of_billing_cycles
    return None if cycles is None else Decimal(cycles - subscription.current_billing_cycle)


def _days(subscription: Subscription) -> Decimal | None:
    return None if subscription.days_past_due is None else Decimal(subscription.days_past_due)


def _in_trial(subscription: Subscription) -> list[str]:
    """Return the texts and booleans by which a trial is searched."""
    flag = str(subscription.trial_period and subscription.current_billing_cycle == 0)
    return [flag, flag.lower()]


_BY_TEXT: Field[Subscription] = text_of(lambda s: s.plan_id)
_BY_LIST: Field[Subscription] = one_of(lambda s: s.plan_id)
_FIELDS: dict[str, Field[Subscription]] = {
    "id": text_of(lambda s: s.id),
    "ids": one_of(lambda s: s.id),
    "billing_cycles_remaining": range_of(_remaining),
    "created_at": range_of(lambda s: s.created_at),
    "days_past_due": range_of(_days),
    "in_trial_period": one_of(_in_trial),
    "merchant_account_id": one_of(lambda s: s.merchant_account_id),
    "next_billing_date": range_of(lambda s: datetime.combine(s.next_billing_date, time(), UTC)),
    "price": range_of(lambda s: s.price),
    "status": one_of(lambda s: s.status),
    "transaction_id": text_of(lambda s: s.transaction_ids),
}


def _searchable(call: Call) -> search.Searchable[Subscription]:
    """Return the search; the plan is searched by a text or by a list."""
    criteria: Params = call.params("search")
    by_plan = _BY_LIST if isinstance(criteria.get("plan_id"), list) else _BY_TEXT
    return search.Searchable(
        record=Subscription,
        collection="subscriptions",
        item="subscription",
        view=view,
        fields={**_FIELDS, "plan_id": by_plan},
    )


@routes.post("/subscriptions/advanced_search_ids")
def search_ids(call: Call) -> ApiResponse:
    """Return the ids of the subscriptions that match."""
    return _searchable(call).ids(call)


@routes.post("/subscriptions/advanced_search")
def search_page(call: Call) -> ApiResponse:
    """Return the subscriptions of one page."""
    return _searchable(call).page(call)
