"""Making and changing plans, add-ons and discounts, by the API and by the test verbs of the client libraries."""

from dataclasses import replace
from decimal import Decimal

from braintree_sandbox.call import ApiResponse, BraintreeRoutes, Call, created, found
from braintree_sandbox.records.subscriptions import Modification, Plan
from braintree_sandbox.resources.recurring.changes import ACCEPTED, changed
from braintree_sandbox.resources.recurring.plans import find_plan, of_plan, view
from braintree_sandbox.state import ids
from braintree_sandbox.validation.errors import Code, ErrorTree, InvalidError
from braintree_sandbox.validation.params import amount, flag, takes, text
from braintree_sandbox.vault.subscriptions import modification
from braintree_sandbox.wire.refusals import NotFoundError
from braintree_sandbox.wire.values import Params, whole_number

routes = BraintreeRoutes()

_PLAN = takes(
    "billing_day_of_month", "billing_frequency", "currency_iso_code", "description", "id", "merchant_id", "name",
    "number_of_billing_cycles", "price", "trial_duration", "trial_duration_unit", "trial_period",
    add_ons=ACCEPTED, discounts=ACCEPTED,
)  # fmt: skip
_MODIFICATION = takes(
    "amount", "description", "id", "kind", "name", "never_expires", "number_of_billing_cycles", "plan_id", "quantity"
)
_PRICE_INVALID = Code("81904", "Price is an invalid format.")


@routes.post("/plans")
def create(call: Call) -> ApiResponse:
    """Make a new plan."""
    return _saved(call, Plan(id=ids.token(), price=Decimal("0.00"), created_at=call.now), new=True)


@routes.post("/plans/create_plan_for_tests")
def create_for_tests(call: Call) -> ApiResponse:
    """Make a plan by the test call that is older than the API's."""
    return create(call)


@routes.put("/plans/{plan_id}")
def update(call: Call) -> ApiResponse:
    """Change the fields that are sent; existing subscriptions keep their terms."""
    plan = find_plan(call, call.path["plan_id"])
    if plan is None:
        raise NotFoundError
    return _saved(call, plan, new=False)


@routes.post("/modifications/create_modification_for_tests")
def create_modification(call: Call) -> ApiResponse:
    """Make an add-on or a discount for tests, of a plan or on offer."""
    params = call.params("modification", _MODIFICATION)
    kind = "discount" if text(params, "kind") == "discount" else "add_on"
    made = Modification(
        id=text(params, "id") or ids.token(),
        kind=kind,
        amount=amount(text(params, "amount") or "") or Decimal("0.00"),
        name=text(params, "name"),
        description=text(params, "description"),
        number_of_billing_cycles=None if flag(params, "never_expires") else _number(params, "number_of_billing_cycles"),
        plan_id=text(params, "plan_id"),
    )
    return created(kind, modification(call.work.put(made)))


def _saved(call: Call, plan: Plan, *, new: bool) -> ApiResponse:
    params = call.params("plan", _PLAN)
    errors = ErrorTree()
    here = errors.under("plan")
    price = amount(text(params, "price") or "") if "price" in params else plan.price
    if price is None or price < 0:
        here.on("price", _PRICE_INVALID)
    own = changed(call, tuple(of_plan(call, plan.id)), params, here)
    if errors or price is None:
        raise InvalidError(errors)
    saved = call.work.put(_with(call, plan, params, price))
    for gone in call.work.where(Modification, "plan_id", plan.id):
        call.work.delete(gone)
    for one in own:
        call.work.put(replace(one, plan_id=saved.id))
    node = view(call, saved)
    return created("plan", node) if new else found("plan", node)


def _with(call: Call, plan: Plan, params: Params, price: Decimal) -> Plan:
    trial = flag(params, "trial_period") if "trial_period" in params else plan.trial_period
    return replace(
        plan,
        id=text(params, "id") or plan.id,
        price=price,
        name=text(params, "name") or plan.name,
        description=text(params, "description") or plan.description,
        currency=text(params, "currency_iso_code") or plan.currency,
        billing_frequency=_number(params, "billing_frequency") or plan.billing_frequency,
        billing_day_of_month=_number(params, "billing_day_of_month") or plan.billing_day_of_month,
        number_of_billing_cycles=_number(params, "number_of_billing_cycles") or plan.number_of_billing_cycles,
        trial_period=trial,
        trial_duration=_number(params, "trial_duration") or plan.trial_duration,
        trial_duration_unit=text(params, "trial_duration_unit") or plan.trial_duration_unit,
        updated_at=call.now,
    )


def _number(params: Params, name: str) -> int | None:
    return whole_number(text(params, name))
