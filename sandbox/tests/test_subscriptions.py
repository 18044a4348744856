"""Subscriptions through the SDK."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from braintree import Subscription
from braintree.error_codes import ErrorCodes
from braintree.exceptions.not_found_error import NotFoundError
from braintree.test.nonces import Nonces

from braintree_sandbox.testing import Gateway, Sandbox

from .conftest import Unique
from .errors import codes
from .terms import SubscriptionSearch

PLAIN, TRIAL, EXTRAS, BY_DAY = (
    "integration_trialless_plan",
    "integration_trial_plan",
    "integration_plan_with_add_ons_and_discounts",
    "integration_plan_with_billing_day_of_month",
)
Codes = ErrorCodes.Subscription
DECLINED = "2001.00"


def _today() -> date:
    return datetime.now(UTC).date()


def _begin(gateway: Gateway, token: str, plan: str = PLAIN, **params: Any) -> Any:
    return gateway.subscription.create({"payment_method_token": token, "plan_id": plan, **params})


@pytest.fixture
def active(gateway: Gateway, card_token: str) -> Any:
    """Return a subscription that was billed today."""
    return _begin(gateway, card_token).subscription


class TestCreate:
    def test_without_a_trial_the_first_period_is_billed(self, gateway: Gateway, card_token: str) -> None:
        subscription = _begin(gateway, card_token, descriptor={"name": "123*product", "url": "ebay.com"}).subscription
        [sale] = subscription.transactions

        assert (subscription.status, subscription.current_billing_cycle, subscription.balance) == ("Active", 1, 0)
        assert subscription.next_billing_date == subscription.paid_through_date + timedelta(days=1)
        assert (sale.amount, sale.subscription_id, sale.plan_id, sale.recurring) == (
            Decimal("12.34"), subscription.id, PLAIN, True,
        )  # fmt: skip
        assert sale.subscription_details.billing_period_end_date == subscription.billing_period_end_date
        assert sale.descriptor.name == subscription.descriptor.name == "123*product"

    def test_a_trial_comes_first(self, gateway: Gateway, card_token: str) -> None:
        subscription = _begin(gateway, card_token, TRIAL, trial_duration=1, trial_duration_unit="month").subscription
        assert (subscription.transactions, subscription.trial_period, subscription.trial_duration) == ([], True, 1)
        assert subscription.first_billing_date > _today() + timedelta(days=27)

    def test_waits_for_its_first_day(self, gateway: Gateway, card_token: str) -> None:
        first = _today() + timedelta(days=3)
        subscription = _begin(gateway, card_token, BY_DAY, first_billing_date=first).subscription
        assert (subscription.status, subscription.first_billing_date) == (Subscription.Status.Pending, first)

    def test_takes_the_day_of_the_month_or_starts_at_once(self, gateway: Gateway, card_token: str) -> None:
        assert _begin(gateway, card_token, BY_DAY).subscription.billing_day_of_month == 5
        assert _begin(gateway, card_token, BY_DAY, billing_day_of_month=19).subscription.billing_day_of_month == 19
        at_once = _begin(gateway, card_token, BY_DAY, options={"start_immediately": True}).subscription
        assert len(at_once.transactions) == 1

    def test_takes_a_vaulted_methods_nonce_of_any_kind(self, gateway: Gateway, customer_id: str) -> None:
        method = gateway.payment_method.create(
            {"customer_id": customer_id, "payment_method_nonce": Nonces.SepaDirectDebit}
        ).payment_method
        nonce = gateway.payment_method_nonce.create(method.token).payment_method_nonce.nonce
        subscription = gateway.subscription.create({"payment_method_nonce": nonce, "plan_id": PLAIN}).subscription
        listed = gateway.sepa_direct_debit_account.find(method.token).subscriptions
        assert [one.id for one in listed] == [subscription.id]

    def test_tells_paypals_customers_what_it_is_for(self, gateway: Gateway, customer_id: str) -> None:
        account = {"customer_id": customer_id, "payment_method_nonce": Nonces.PayPalBillingAgreement}
        token = gateway.payment_method.create(account).payment_method.token
        options = {"paypal": {"description": "A fine product"}}
        subscription = _begin(gateway, token, options=options).subscription
        assert subscription.description == "A fine product"
        assert subscription.transactions[0].paypal_details.description == "A fine product"
        changed = {"options": {"paypal": {"description": "A finer one"}}}
        assert gateway.subscription.update(subscription.id, changed).subscription.description == "A finer one"
        assert gateway.subscription.find(subscription.id).description == "A finer one"

    def test_that_is_declined_is_not_made(self, gateway: Gateway, card_token: str, unique: Unique) -> None:
        result = _begin(gateway, card_token, id=unique("subscription"), price=DECLINED)
        assert result.transaction.processor_response_code == "2001"
        with pytest.raises(NotFoundError):
            gateway.subscription.find(unique("subscription"))

    @pytest.mark.parametrize(
        ("params", "attribute", "code"),
        [
            ({"id": "not an id"}, "id", Codes.TokenFormatIsInvalid),
            ({"plan_id": "nothing"}, "plan_id", Codes.PlanIdIsInvalid),
            ({"payment_method_token": "nothing"}, "payment_method_token", Codes.PaymentMethodTokenIsInvalid),
            ({"merchant_account_id": "nowhere"}, "merchant_account_id", Codes.MerchantAccountIdIsInvalid),
            ({"price": "much"}, "price", Codes.PriceFormatIsInvalid),
            ({"price": None}, "price", Codes.PriceCannotBeBlank),
            ({"number_of_billing_cycles": "many"}, "number_of_billing_cycles",
             Codes.NumberOfBillingCyclesMustBeNumeric),
            ({"number_of_billing_cycles": 0}, "number_of_billing_cycles",
             Codes.NumberOfBillingCyclesMustBeGreaterThanZero),
            ({"trial_period": True}, "trial_duration", Codes.TrialDurationIsRequired),
            ({"trial_period": True, "trial_duration": 1, "trial_duration_unit": "hour"}, "trial_duration_unit",
             Codes.TrialDurationUnitIsInvalid),
            ({"billing_day_of_month": 30}, "billing_day_of_month", Codes.BillingDayOfMonthIsInvalid),
            ({"first_billing_date": date(2020, 1, 1)}, "first_billing_date", Codes.FirstBillingDateCannotBeInThePast),
            ({"payment_method_nonce": Nonces.TransactableVisa}, "payment_method_nonce",
             Codes.PaymentMethodNonceUnvaultedCardIsNotAccepted),
            ({"payment_method_nonce": Nonces.PayPalFuturePayment}, "payment_method_nonce",
             Codes.PaymentMethodNonceIsInvalid),
            ({"merchant_account_id": "us_bank_merchant_account"}, "merchant_account_id",
             Codes.MerchantAccountDoesNotSupportInstrumentType),
        ],
    )  # fmt: skip
    def test_says_what_is_wrong(
        self, gateway: Gateway, card_token: str, params: dict[str, Any], attribute: str, code: str
    ) -> None:
        result = gateway.subscription.create({"payment_method_token": card_token, "plan_id": PLAIN, **params})
        assert codes(result, "subscription", attribute) == [code]


class TestModifications:
    def test_are_the_plans_unless_that_is_not_wanted(self, gateway: Gateway, card_token: str) -> None:
        inherited = _begin(gateway, card_token, EXTRAS).subscription
        bare = _begin(gateway, card_token, EXTRAS, options={"do_not_inherit_add_ons_or_discounts": True}).subscription
        assert {one.id: one.amount for one in (*inherited.add_ons, *inherited.discounts)} == {
            "increase_10": 10, "increase_20": 20, "discount_7": 7, "discount_11": 11,
        }  # fmt: skip
        assert (bare.add_ons, bare.discounts) == ([], [])

    def test_are_shown_on_the_sale_of_the_period(self, gateway: Gateway, card_token: str) -> None:
        begun = _begin(
            gateway,
            card_token,
            add_ons={"add": [{"inherited_from_id": "increase_20", "quantity": 3}]},
            discounts={"add": [{"inherited_from_id": "discount_7", "number_of_billing_cycles": 5}]},
        )
        sale = begun.subscription.transactions[0]
        assert [(one.id, one.amount, one.quantity) for one in sale.add_ons] == [("increase_20", 20, 3)]
        assert [(one.id, one.number_of_billing_cycles) for one in sale.discounts] == [("discount_7", 5)]

    def test_are_added_changed_and_removed(self, gateway: Gateway, card_token: str) -> None:
        subscription = _begin(
            gateway,
            card_token,
            EXTRAS,
            add_ons={
                "add": [{"inherited_from_id": "increase_30", "quantity": 2, "number_of_billing_cycles": 5}],
                "update": [{"existing_id": "increase_10", "amount": "50.00"}],
                "remove": ["increase_20"],
            },
            discounts={"remove": ["discount_7", "discount_11"]},
        ).subscription

        assert {one.id: (one.amount, one.quantity, one.never_expires) for one in subscription.add_ons} == {
            "increase_10": (50, 1, True), "increase_30": (30, 2, False),
        }  # fmt: skip
        assert subscription.next_billing_period_amount == Decimal("119.99")

    def test_are_replaced_as_a_whole(self, gateway: Gateway, card_token: str) -> None:
        subscription = _begin(gateway, card_token, EXTRAS).subscription
        changed = gateway.subscription.update(
            subscription.id,
            {
                "add_ons": {"add": [{"inherited_from_id": "increase_30"}]},
                "options": {"replace_all_add_ons_and_discounts": True},
            },
        ).subscription
        assert ([one.id for one in changed.add_ons], changed.discounts) == (["increase_30"], [])

    def test_say_which_of_them_is_wrong(self, gateway: Gateway, card_token: str) -> None:
        result = _begin(
            gateway,
            card_token,
            EXTRAS,
            add_ons={
                "update": [
                    {"existing_id": "increase_10", "amount": "x"},
                    {"existing_id": "increase_20", "quantity": -2},
                ]
            },
        )
        update = result.errors.for_object("subscription").for_object("add_ons").for_object("update")
        assert [error.code for error in update.for_index(0).on("amount")] == [Codes.Modification.AmountIsInvalid]
        assert [error.code for error in update.for_index(1).on("quantity")] == [Codes.Modification.QuantityIsInvalid]


class TestUpdate:
    def test_changes_what_is_sent(self, gateway: Gateway, active: Any, unique: Unique) -> None:
        change = {"id": unique("new"), "plan_id": TRIAL, "price": "99.00", "number_of_billing_cycles": 10}
        gateway.subscription.update(active.id, change)
        found = gateway.subscription.find(unique("new"))
        assert (found.plan_id, found.price, found.number_of_billing_cycles) == (TRIAL, 99, 10)
        with pytest.raises(NotFoundError):
            gateway.subscription.find(active.id)

    @pytest.mark.parametrize(("asked", "sales"), [(None, 2), (True, 2), (False, 1)])
    def test_a_higher_price_is_charged_for_the_rest_of_the_period(
        self, gateway: Gateway, active: Any, asked: bool | None, sales: int
    ) -> None:
        options = {} if asked is None else {"prorate_charges": asked}
        changed = gateway.subscription.update(active.id, {"price": "13.34", "options": options}).subscription
        assert len(changed.transactions) == sales

    def test_a_lower_price_is_a_credit(self, gateway: Gateway, active: Any) -> None:
        changed = gateway.subscription.update(active.id, {"price": "10.34"}).subscription
        assert (changed.balance, len(changed.transactions)) == (Decimal("-2.00"), 1)

    @pytest.mark.parametrize("revert", [True, False])
    def test_a_declined_rest_is_owed_or_nothing_changes(self, gateway: Gateway, active: Any, revert: bool) -> None:
        price = active.price + 2100
        result = gateway.subscription.update(
            active.id,
            {"price": price, "options": {"prorate_charges": True, "revert_subscription_on_proration_failure": revert}},
        )
        found = gateway.subscription.find(active.id)
        assert result.is_success is not revert
        assert result.subscription.transactions[0].status == "processor_declined"
        assert (found.price, found.balance) == ((active.price, 0) if revert else (price, 2100))

    def test_another_customers_method_is_refused(self, gateway: Gateway, active: Any) -> None:
        other = gateway.customer.create({"payment_method_nonce": Nonces.TransactableVisa}).customer
        result = gateway.subscription.update(active.id, {"payment_method_token": other.credit_cards[0].token})
        assert codes(result, "subscription", "payment_method_token") == [
            Codes.PaymentMethodTokenNotAssociatedWithCustomer
        ]

    def test_a_canceled_one_stays_as_it_is(self, gateway: Gateway, active: Any) -> None:
        gateway.subscription.cancel(active.id)
        result = gateway.subscription.update(active.id, {"price": "1.00"})
        assert codes(result, "subscription", "base") == [Codes.CannotEditCanceledSubscription]


class TestEnds:
    def test_when_it_is_canceled_once(self, gateway: Gateway, active: Any) -> None:
        assert gateway.subscription.cancel(active.id).subscription.status == "Canceled"
        assert codes(gateway.subscription.cancel(active.id), "subscription", "status") == [Codes.StatusIsCanceled]
        with pytest.raises(NotFoundError):
            gateway.subscription.cancel("nothing")

    def test_when_its_method_is_deleted(self, gateway: Gateway, card_token: str, active: Any) -> None:
        gateway.payment_method.delete(card_token)
        assert gateway.subscription.find(active.id).status == "Canceled"

    def test_when_its_customer_is_deleted(self, gateway: Gateway, card_token: str, active: Any) -> None:
        gateway.customer.delete(gateway.payment_method.find(card_token).customer_id)
        assert gateway.subscription.find(active.id).status == "Canceled"

    def test_follows_its_methods_token(self, gateway: Gateway, card_token: str, active: Any, unique: Unique) -> None:
        gateway.payment_method.update(card_token, {"token": unique("renamed")})
        assert gateway.subscription.find(active.id).payment_method_token == unique("renamed")


class TestRetryCharge:
    def _owing(self, sandbox: Sandbox, gateway: Gateway, subscription: Any) -> None:
        path = f"{gateway.config.base_merchant_path()}/subscriptions/{subscription.id}/make_past_due?days_past_due=3"
        gateway.config.http().put(path)

    @pytest.mark.parametrize(("amount", "submit", "status"), [
        (None, False, "authorized"), ("12.34", True, "submitted_for_settlement"),
    ])  # fmt: skip
    def test_pays_what_is_owed(
        self, gateway: Gateway, sandbox: Sandbox, active: Any, amount: str | None, submit: bool, status: str
    ) -> None:
        self._owing(sandbox, gateway, active)
        sale = gateway.subscription.retry_charge(active.id, amount, submit).transaction
        assert (sale.amount, sale.status) == (Decimal("12.34"), status)
        assert gateway.subscription.find(active.id).status == "Active"

    def test_leaves_it_past_due_when_declined(self, gateway: Gateway, sandbox: Sandbox, active: Any) -> None:
        self._owing(sandbox, gateway, active)
        result = gateway.subscription.retry_charge(active.id, DECLINED)
        assert result.transaction.status == "processor_declined"
        found = gateway.subscription.find(active.id)
        assert (found.status, found.days_past_due, found.failure_count) == ("Past Due", 3, 1)

    @pytest.mark.parametrize(("known", "code"), [(True, "91531"), (False, "91528")])
    def test_needs_one_that_is_past_due(self, gateway: Gateway, active: Any, known: bool, code: str) -> None:
        result = gateway.subscription.retry_charge(active.id if known else "nothing")
        assert codes(result, "transaction", "subscription_id") == [code]


class TestSearch:
    def test_finds_by_every_field(self, gateway: Gateway, card_token: str) -> None:
        price = "77.01"
        trial = _begin(gateway, card_token, TRIAL, price=price, number_of_billing_cycles=10).subscription
        plain = _begin(gateway, card_token, price=price).subscription

        def found(*terms: Any) -> set[str]:
            return {one.id for one in gateway.subscription.search(SubscriptionSearch.price == price, *terms).items}

        search = SubscriptionSearch
        assert trial.id in found(search.plan_id == TRIAL)
        assert plain.id not in found(search.plan_id == TRIAL)
        assert {trial.id, plain.id} <= found(search.plan_id.in_list(TRIAL, PLAIN))
        assert trial.id in found(search.billing_cycles_remaining >= 7, search.in_trial_period.in_list([True]))
        assert found(search.transaction_id == plain.transactions[0].id) == {plain.id}
        assert plain.id in found(search.status == "Active", search.merchant_account_id == "sandbox_credit_card")
        assert plain.id in found(search.next_billing_date >= datetime.now(UTC) + timedelta(days=20))


@pytest.fixture(scope="module")
def later(clockwork: Sandbox) -> tuple[Gateway, dict[str, str]]:
    """Return four subscriptions forty days later."""
    gateway = clockwork.gateway()
    token = gateway.customer.create({"payment_method_nonce": Nonces.TransactableVisa}).customer.credit_cards[0].token
    made = {
        "plain": _begin(gateway, token),
        "trial": _begin(gateway, token, TRIAL),
        "once": _begin(gateway, token, number_of_billing_cycles=1),
        "declined": _begin(gateway, token, TRIAL, price=DECLINED),
    }
    clockwork.advance(days=40)
    return gateway, {name: str(result.subscription.id) for name, result in made.items()}


class TestTime:
    @pytest.mark.parametrize(
        ("name", "status", "sales"),
        [("plain", "Active", 2), ("trial", "Active", 2), ("once", "Expired", 1), ("declined", "Past Due", 1)],
    )
    def test_bills_every_period(
        self, later: tuple[Gateway, dict[str, str]], name: str, status: str, sales: int
    ) -> None:
        gateway, ids = later
        found = gateway.subscription.find(ids[name])
        assert (found.status, len(found.transactions)) == (status, sales)

    def test_owes_what_was_declined(self, later: tuple[Gateway, dict[str, str]]) -> None:
        gateway, ids = later
        found = gateway.subscription.find(ids["declined"])
        assert (found.balance, found.days_past_due, found.failure_count) == (Decimal(DECLINED), 38, 1)
