"""Plans with their add-ons and discounts; the main test merchant has some from the start."""

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal

from braintree_sandbox.call import ApiResponse, BraintreeRoutes, Call, found
from braintree_sandbox.records.subscriptions import Modification, Plan
from braintree_sandbox.vault.subscriptions import modification
from braintree_sandbox.wire.refusals import NotFoundError
from braintree_sandbox.wire.values import Array, Fields

routes = BraintreeRoutes()

_OWNER = "integration_merchant_id"
# When the plans that are there from the start were made: the same on every day and after every restart.
_BEFORE_ALL = datetime(2020, 1, 1, tzinfo=UTC)
_WITH_MODIFICATIONS = "integration_plan_with_add_ons_and_discounts"


def _offer(kind: str, name: str, amount: int, plan_id: str | None = None) -> Modification:
    return Modification(id=f"{name}_{amount}", kind=kind, amount=Decimal(f"{amount}.00"), name=name, plan_id=plan_id)


_PLANS = {
    plan.id: plan
    for plan in (
        Plan(
            id="integration_trial_plan",
            price=Decimal("43.21"),
            name="integration_trial_plan",
            number_of_billing_cycles=12,
            trial_period=True,
            trial_duration=2,
            trial_duration_unit="day",
        ),
        Plan(id="integration_trialless_plan", price=Decimal("12.34"), name="integration_trialless_plan"),
        Plan(
            id="integration_plan_with_billing_day_of_month",
            price=Decimal("8.88"),
            name="integration_plan_with_billing_day_of_month",
            number_of_billing_cycles=5,
            billing_day_of_month=5,
        ),
        Plan(
            id=_WITH_MODIFICATIONS,
            price=Decimal("9.99"),
            name=_WITH_MODIFICATIONS,
            trial_period=True,
            trial_duration=2,
            trial_duration_unit="day",
        ),
    )
}
_OFFERED = (
    *(_offer("add_on", "increase", amount) for amount in (10, 20, 30)),
    *(_offer("discount", "discount", amount) for amount in (7, 11, 15)),
)
_OF_PLANS = tuple(
    _offer(one.kind, one.name or "", int(one.amount), _WITH_MODIFICATIONS)
    for one in _OFFERED
    if one.id not in {"increase_30", "discount_15"}
)


def find_plan(call: Call, plan_id: str | None) -> Plan | None:
    """Return the plan of that id."""
    known = _PLANS.get(plan_id or "") if call.merchant.id == _OWNER else None
    return call.work.get(Plan, plan_id) or known


def offered(call: Call, kind: str) -> list[Modification]:
    """Return every modification of a kind that a subscription may add."""
    known = _OFFERED if call.merchant.id == _OWNER else ()
    return [one for one in (*known, *call.work.where(Modification, "plan_id", None)) if one.kind == kind]


def of_plan(call: Call, plan_id: str) -> list[Modification]:
    """Return the add-ons and discounts of a plan."""
    untouched = call.merchant.id == _OWNER and call.work.get(Plan, plan_id) is None
    known = [one for one in _OF_PLANS if one.plan_id == plan_id and untouched]
    return [*known, *call.work.where(Modification, "plan_id", plan_id)]


def view(call: Call, plan: Plan) -> Fields:
    """Return the plan with its add-ons and discounts."""
    own = of_plan(call, plan.id)
    return {
        "id": plan.id,
        "name": plan.name,
        "description": plan.description,
        "price": plan.price,
        "currency_iso_code": plan.currency,
        "billing_frequency": plan.billing_frequency,
        "billing_day_of_month": plan.billing_day_of_month,
        "number_of_billing_cycles": plan.number_of_billing_cycles,
        "trial_period": plan.trial_period,
        "trial_duration": plan.trial_duration,
        "trial_duration_unit": plan.trial_duration_unit,
        "add_ons": _listed("add_on", own),
        "discounts": _listed("discount", own),
        "created_at": plan.created_at or _BEFORE_ALL,
        "updated_at": plan.updated_at or _BEFORE_ALL,
    }


@routes.get("/plans")
def list_all(call: Call) -> ApiResponse:
    """Return every plan."""
    known = _PLANS.values() if call.merchant.id == _OWNER else ()
    plans = {plan.id: plan for plan in (*known, *call.work.all(Plan))}
    return ApiResponse(200, "plans", Array("plan", [view(call, plan) for plan in plans.values()]))


@routes.get("/plans/{plan_id}")
def find(call: Call) -> ApiResponse:
    """Return one plan."""
    plan = find_plan(call, call.path["plan_id"])
    if plan is None:
        raise NotFoundError
    return found("plan", view(call, plan))


@routes.get("/add_ons")
def list_add_ons(call: Call) -> ApiResponse:
    """Return every add-on that is offered."""
    return ApiResponse(200, "add_ons", _listed("add_on", offered(call, "add_on")))


@routes.get("/discounts")
def list_discounts(call: Call) -> ApiResponse:
    """Return every discount that is offered."""
    return ApiResponse(200, "discounts", _listed("discount", offered(call, "discount")))


def _listed(kind: str, modifications: Iterable[Modification]) -> Array:
    return Array(kind, [modification(one) for one in modifications if one.kind == kind])
