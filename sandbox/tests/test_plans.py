"""Plans, add-ons and discounts through the SDK."""

from datetime import datetime
from decimal import Decimal

import pytest
from braintree.exceptions.not_found_error import NotFoundError

from braintree_sandbox.testing import Gateway

from .conftest import Unique
from .errors import codes


class TestPlans:
    def test_are_there_from_the_start(self, gateway: Gateway, compliant: Gateway) -> None:
        plans = {plan.id: plan for plan in gateway.plan.all()}
        plan = plans["integration_plan_with_add_ons_and_discounts"]
        assert (len(plan.add_ons), len(plan.discounts), plan.trial_duration) == (2, 2, 2)
        assert compliant.plan.all() == []
        assert plan.created_at == datetime(2020, 1, 1)  # noqa: DTZ001 - as sent

    def test_are_made_found_and_changed(self, gateway: Gateway, unique: Unique) -> None:
        made = gateway.plan.create(
            {
                "id": unique("plan"),
                "name": "Monthly",
                "price": "9.00",
                "billing_frequency": 3,
                "currency_iso_code": "USD",
                "add_ons": {"add": [{"inherited_from_id": "increase_10", "amount": "4.00"}]},
            }
        ).plan
        gateway.plan.update(made.id, {"name": "Quarterly", "discounts": {"add": [{"inherited_from_id": "discount_7"}]}})

        found = gateway.plan.find(made.id)
        assert (found.name, found.price, found.billing_frequency) == ("Quarterly", "9.00", 3)
        assert [(one.id, one.amount) for one in found.add_ons] == [("increase_10", Decimal("4.00"))]
        assert [one.id for one in found.discounts] == ["discount_7"]

    def test_must_have_a_price_that_is_one(self, gateway: Gateway, unique: Unique) -> None:
        assert codes(gateway.plan.create({"id": unique("plan"), "price": "much"}), "plan", "price") == ["81904"]

    def test_unknown_ones_are_not_found(self, gateway: Gateway) -> None:
        for call in (gateway.plan.find, gateway.plan.update):
            with pytest.raises(NotFoundError):
                call("nothing")


class TestModifications:
    @pytest.mark.parametrize(("kind", "listed"), [("add_on", "add_on"), ("discount", "discount")])
    def test_are_offered_once_they_are_made(self, gateway: Gateway, unique: Unique, kind: str, listed: str) -> None:
        http, path = gateway.config.http(), gateway.config.base_merchant_path()
        http.post(
            f"{path}/modifications/create_modification_for_tests",
            {
                "modification": {
                    "id": unique(kind), "kind": kind, "amount": "100.00", "name": "extra", "never_expires": False,
                    "number_of_billing_cycles": 1,
                }
            },
        )  # fmt: skip
        found = {one.id: one for one in getattr(gateway, listed).all()}[unique(kind)]
        assert (found.amount, found.kind, found.never_expires, found.number_of_billing_cycles) == (
            Decimal("100.00"), kind, False, 1,
        )  # fmt: skip

    def test_can_be_a_plans_own(self, gateway: Gateway, unique: Unique) -> None:
        http, path = gateway.config.http(), gateway.config.base_merchant_path()
        http.post(f"{path}/plans/create_plan_for_tests", {"plan": {"id": unique("plan"), "price": "1.00"}})
        http.post(
            f"{path}/modifications/create_modification_for_tests",
            {"modification": {"plan_id": unique("plan"), "kind": "add_on", "amount": "1.00", "name": "own"}},
        )
        assert [one.name for one in gateway.plan.find(unique("plan")).add_ons] == ["own"]
