"""Advanced search of transactions through the SDK."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from braintree.exceptions.request_timeout_error import RequestTimeoutError
from braintree.exceptions.unexpected_error import UnexpectedError
from braintree.payment_instrument_type import PaymentInstrumentType
from braintree.test.nonces import Nonces

from braintree_sandbox.testing import Gateway, Sandbox

from .conftest import Unique
from .terms import TransactionSearch

CARD = {"number": "4111111111111111", "expiration_date": "05/2030", "cardholder_name": "Jane Shea"}

CUSTOMER = {
    "company": "Braintree", "email": "pat@example.com", "fax": "5551231234", "first_name": "Tom", "last_name": "Smith",
    "phone": "5551231235", "website": "http://example.com",
}  # fmt: skip
BILLING = {
    "company": "Braintree", "country_name": "United States of America", "extended_address": "Suite 123",
    "first_name": "Tim", "last_name": "Smith", "locality": "Chicago", "postal_code": "12345", "region": "IL",
    "street_address": "123 Main St",
}  # fmt: skip
SHIPPING = {
    "company": "P.S.", "country_name": "Mexico", "extended_address": "Apt 456", "first_name": "Thomas",
    "last_name": "Smithy", "locality": "Braintree", "postal_code": "54321", "region": "MA",
    "street_address": "456 Road",
}  # fmt: skip


@pytest.fixture
def sale(gateway: Gateway, unique: Unique, customer_id: str) -> Any:
    """Return one sale with something in every field that is searched below."""
    return gateway.transaction.sale(
        {
            "amount": "123.45",
            "order_id": unique("order"),
            "customer_id": customer_id,
            "credit_card": {**CARD, "token": unique("card")},
            "customer": CUSTOMER,
            "billing": BILLING,
            "shipping": SHIPPING,
            "options": {"store_in_vault": True},
        }
    ).transaction


class TestText:
    def test_every_field_finds_it_and_refuses_another_value(
        self, gateway: Gateway, sale: Any, customer_id: str, unique: Unique
    ) -> None:
        fields = {
            "order_id": unique("order"),
            "customer_id": customer_id,
            "payment_method_token": unique("card"),
            "credit_card_unique_identifier": sale.credit_card_details.unique_number_identifier,
            "currency": "USD",
            **{f"customer_{name}": value for name, value in CUSTOMER.items()},
            **{f"billing_{name}": value for name, value in BILLING.items()},
            **{f"shipping_{name}": value for name, value in SHIPPING.items()},
            "credit_card_cardholder_name": "Jane Shea",
            "credit_card_expiration_date": "05/2030",
            "credit_card_number": "4111111111111111",
            "processor_authorization_code": sale.processor_authorization_code,
        }
        here = TransactionSearch.id == sale.id
        for name, value in fields.items():
            node = getattr(TransactionSearch, name)
            assert gateway.transaction.search([here, node == value]).ids == [sale.id], name
            assert gateway.transaction.search([here, node == "invalid"]).ids == [], name

    @pytest.mark.parametrize(
        ("term", "found"),
        [
            (TransactionSearch.credit_card_cardholder_name.contains("ane She"), True),
            (TransactionSearch.credit_card_cardholder_name.starts_with("Jane S"), True),
            (TransactionSearch.credit_card_cardholder_name.ends_with("e Shea"), True),
            (TransactionSearch.credit_card_cardholder_name.ends_with("Jane"), False),
            (TransactionSearch.credit_card_cardholder_name != "Jane Shea", False),
            (TransactionSearch.credit_card_cardholder_name != "John", True),
            (TransactionSearch.credit_card_number.starts_with("4111"), True),
            (TransactionSearch.credit_card_number.ends_with("4444"), False),
        ],
    )
    def test_operators_find_and_exclude(self, gateway: Gateway, sale: Any, term: Any, found: bool) -> None:
        ids = gateway.transaction.search(TransactionSearch.id == sale.id, term).ids
        assert ids == ([sale.id] if found else [])

    def test_an_empty_field_is_found_by_null(self, gateway: Gateway, sale: Any) -> None:
        here, number = TransactionSearch.id == sale.id, TransactionSearch.acquirer_reference_number
        assert sale.acquirer_reference_number is None
        assert gateway.transaction.search(here, number == None).ids == [sale.id]  # noqa: E711 - a search term
        assert not gateway.transaction.search(here, number != None).ids  # noqa: E711 - a search term


class TestMultipleValues:
    @pytest.mark.parametrize(
        ("term", "found"),
        [
            (TransactionSearch.status.in_list(["authorized", "settled"]), True),
            (TransactionSearch.status == "settled", False),
            (TransactionSearch.type == "sale", True),
            (TransactionSearch.type == "credit", False),
            (TransactionSearch.created_using == "full_information", True),
            (TransactionSearch.created_using == "token", False),
            (TransactionSearch.source == "api", True),
            (TransactionSearch.source == "control_panel", False),
            (TransactionSearch.user == "integration_user_public_id", True),
            (TransactionSearch.user == "somebody_else", False),
            (TransactionSearch.debit_network == "STAR", False),
            (TransactionSearch.store_ids.in_list(["store-id"]), False),
            (TransactionSearch.credit_card_card_type == "Visa", True),
            (TransactionSearch.credit_card_customer_location == "us", True),
            (TransactionSearch.credit_card_customer_location == "international", False),
            (TransactionSearch.merchant_account_id == "sandbox_credit_card", True),
            (TransactionSearch.merchant_account_id == "sandbox_credit_card_non_default", False),
            (TransactionSearch.payment_instrument_type == "credit_card", True),
            (TransactionSearch.payment_instrument_type == "us_bank_account", False),
            (TransactionSearch.reason_code == "any_reason_code", False),
            (TransactionSearch.refund == False, True),  # noqa: E712 - the SDK's way to ask
            (TransactionSearch.refund == True, False),  # noqa: E712
        ],
    )
    def test_are_compared_one_by_one(self, gateway: Gateway, sale: Any, term: Any, found: bool) -> None:
        ids = gateway.transaction.search(TransactionSearch.id == sale.id, term).ids
        assert ids == ([sale.id] if found else [])

    def test_ids_choose_several(self, gateway: Gateway, sale: Any) -> None:
        other = gateway.transaction.sale({"amount": "1.00", "credit_card": CARD}).transaction
        found = gateway.transaction.search(TransactionSearch.ids.in_list([sale.id, other.id, "nothing"]))
        assert {one.id for one in found.items} == {sale.id, other.id}


class TestRanges:
    @pytest.mark.parametrize(
        ("term", "found"),
        [
            (TransactionSearch.amount == Decimal("123.45"), True),
            (TransactionSearch.amount >= "123.46", False),
            (TransactionSearch.amount <= "123.45", True),
            (TransactionSearch.amount.between("100", "150"), True),
            (TransactionSearch.amount.between("200.00", "300.00"), False),
        ],
    )
    def test_of_amounts(self, gateway: Gateway, sale: Any, term: Any, found: bool) -> None:
        ids = gateway.transaction.search(TransactionSearch.id == sale.id, term).ids
        assert ids == ([sale.id] if found else [])

    def test_of_times(self, gateway: Gateway, sale: Any) -> None:
        here, day = TransactionSearch.id == sale.id, timedelta(days=1)
        at = sale.created_at
        for name in ("created_at", "authorized_at"):
            node = getattr(TransactionSearch, name)
            for term, found in (
                (node == at, True),
                (node.between(at - day, at + day), True),
                (node >= at + day, False),
                (node <= at - day, False),
            ):
                assert (gateway.transaction.search(here, term).ids == [sale.id]) is found, name
        assert gateway.transaction.search(here, TransactionSearch.voided_at >= at - day).ids == []

    @pytest.mark.parametrize(
        ("status", "amount"),
        [("failed", "3000.00"), ("processor_declined", "2000.00"), ("gateway_rejected", "5001.00")],
    )
    def test_of_what_came_to_nothing(self, gateway: Gateway, status: str, amount: str) -> None:
        lost = gateway.transaction.sale({"amount": amount, "credit_card": CARD}).transaction
        node, day = getattr(TransactionSearch, f"{status}_at"), timedelta(days=1)
        here = TransactionSearch.id == lost.id
        assert gateway.transaction.search(here, node.between(lost.created_at - day, lost.created_at + day)).ids
        assert not gateway.transaction.search(here, node >= lost.created_at + day).ids

    def test_of_days(self, gateway: Gateway) -> None:
        """A transaction that is there from the start was paid out on a day of April 2013."""
        here, paid_out = TransactionSearch.id == "deposittransaction", datetime(2013, 4, 10)  # noqa: DTZ001 - as sent
        node = TransactionSearch.disbursement_date
        for term, found in (
            (node == paid_out, True),
            (node >= paid_out - timedelta(minutes=10), True),
            (node <= paid_out - timedelta(minutes=10), False),
            (node.between(paid_out.date(), paid_out.date() + timedelta(days=1)), True),
            (node >= paid_out + timedelta(days=1), False),
        ):
            assert bool(gateway.transaction.search(here, term).ids) is found

    def test_searches_that_take_too_long_are_refused(self, gateway: Gateway) -> None:
        with pytest.raises(RequestTimeoutError):
            gateway.transaction.search(TransactionSearch.amount.between("-1100", "1600"))

    @pytest.mark.parametrize("criterion", [{"from": "1"}, {"min": "much"}, {}])
    def test_criteria_without_sense_are_refused(self, gateway: Gateway, criterion: dict[str, str]) -> None:
        gateway.transaction.sale({"amount": "1.00", "credit_card": CARD})
        with pytest.raises(UnexpectedError, match="400"):
            gateway.config.http().post(
                "/merchants/integration_merchant_id/transactions/advanced_search_ids", {"search": {"amount": criterion}}
            )


class TestOtherKinds:
    def test_a_paypal_payment_is_found_by_its_ids(self, gateway: Gateway) -> None:
        sale = {"amount": "1.00", "payment_method_nonce": Nonces.PayPalOneTimePayment}
        paid = gateway.transaction.sale(sale).transaction
        assert gateway.transaction.search(
            TransactionSearch.paypal_payer_email == paid.paypal_details.payer_email,
            TransactionSearch.paypal_authorization_id == paid.paypal_details.authorization_id,
            TransactionSearch.paypal_payment_id == paid.paypal_details.payment_id,
            TransactionSearch.id == paid.id,
        ).ids == [paid.id]

    def test_a_returned_debit_is_found_by_its_code(self, sandbox: Sandbox, gateway: Gateway) -> None:
        debit = gateway.transaction.sale(
            {
                "amount": "1.00",
                "payment_method_nonce": Nonces.UsBankAccount,
                "merchant_account_id": "us_bank_merchant_account",
                "options": {"submit_for_settlement": True, "us_bank_account": {"ach_type": "same_day"}},
            }
        ).transaction
        sandbox.control("POST", f"/transactions/{debit.id}/return", {"code": "R02"})
        here, day = TransactionSearch.id == debit.id, timedelta(days=1)
        for term, found in (
            (TransactionSearch.reason_code.in_list(["R01", "R02"]), True),
            (TransactionSearch.reason_code == "any_reason_code", True),
            (TransactionSearch.reason_code.in_list(["R01"]), False),
            (TransactionSearch.ach_return_responses_created_at >= debit.created_at - day, True),
            (TransactionSearch.ach_return_responses_created_at >= debit.created_at + day, False),
            (TransactionSearch.ach_type == "same_day", True),
            (TransactionSearch.ach_type == "standard", False),
        ):
            assert bool(gateway.transaction.search(here, term).ids) is found

    def test_those_that_are_there_from_the_start(self, gateway: Gateway) -> None:
        here = TransactionSearch.id == "contact_visa_transaction"
        assert gateway.transaction.search(here, TransactionSearch.store_id == "store-id").ids
        assert not gateway.transaction.search(here, TransactionSearch.store_ids.in_list(["other"])).ids
        adjusted = gateway.transaction.find("authadjustmenttransactionharddeclined").authorization_adjustments[0]
        assert (adjusted.amount, adjusted.success, adjusted.processor_response_code) == (Decimal(-20), False, "2015")
        assert gateway.transaction.find("threedsecuredtransaction").three_d_secure_info.cavv == "somebase64value"
        assert gateway.transaction.find("ach_txn_ret3").ach_return_code == "RJCT"
        assert gateway.transaction.find("settledtransaction").paypal_details.refund_from_transaction_fee_amount
        later = TransactionSearch.dispute_date >= datetime(2014, 3, 2)  # noqa: DTZ001 - as sent
        assert gateway.transaction.search(TransactionSearch.id == "2disputetransaction", later).ids

    def test_those_from_the_start_that_wallets_paid(self, gateway: Gateway) -> None:
        apple = gateway.transaction.find("apple_pay_transaction").apple_pay_details
        google = gateway.transaction.find("android_pay_card_transaction").android_pay_card_details
        token = gateway.transaction.find("android_pay_network_token_transaction").android_pay_card_details
        assert (google.is_network_tokenized, token.is_network_tokenized) == (False, True)
        assert apple.payment_account_reference == google.payment_account_reference == token.payment_account_reference

    def test_those_from_the_start_that_paypal_here_took(self, gateway: Gateway) -> None:
        captured = gateway.transaction.find("paypal_here_auth_capture_id")
        assert captured.payment_instrument_type == PaymentInstrumentType.PayPalHere
        assert (captured.paypal_here_details.last_4, captured.paypal_here_details.refund_id) == ("1111", None)
        assert captured.paypal_here_details.capture_id
        assert gateway.transaction.find("paypal_here_sale_id").paypal_here_details.payment_id
        assert gateway.transaction.find("paypal_here_refund_id").paypal_here_details.refund_id


class TestOfTheLastDays:
    """Known transactions of the last days, by the sandbox's clock."""

    def test_two_debits_were_returned(self, clockwork: Sandbox) -> None:
        gateway = clockwork.gateway()
        for days in (0, 100):
            clockwork.advance(days=days)
            now, day = _now(clockwork), timedelta(days=1)
            returned = gateway.transaction.search(
                TransactionSearch.ach_return_responses_created_at.between(now - day, now + day)
            )
            assert sorted(one.ach_return_code for one in returned.items) == ["R01", "R02"]
        for codes, found in ((["R01"], 1), (["R01", "R02"], 2)):
            assert gateway.transaction.search(TransactionSearch.reason_code.in_list(codes)).maximum_size == found

    def test_an_expired_authorisation_is_found(self, clockwork: Sandbox) -> None:
        gateway, now, day = clockwork.gateway(), _now(clockwork), timedelta(days=1)
        expired_at = TransactionSearch.authorization_expired_at
        found = gateway.transaction.search(expired_at.between(now - day, now + day))
        assert [one.status for one in found.items] == ["authorization_expired"]
        assert gateway.transaction.search(expired_at.between(now - 2 * day, now - day)).maximum_size == 0

    def test_a_debit_is_tried_again_tomorrow(self, clockwork: Sandbox) -> None:
        debit = clockwork.gateway().transaction.find("first_attempted_ach_transaction")
        tomorrow = _now(clockwork).date() + timedelta(days=1)
        assert (debit.status, debit.upcoming_retry_date) == ("settlement_declined", tomorrow.isoformat())

    def test_one_that_is_acted_upon_is_found_once_and_keeps_its_day(self, clockwork: Sandbox) -> None:
        gateway = clockwork.gateway()
        clockwork.control("POST", "/reset")
        assert gateway.transaction.refund("ach_txn_ret1").is_success
        clockwork.advance(days=30)
        found = gateway.transaction.search(TransactionSearch.reason_code.in_list(["R01"]))
        assert [one.id for one in found.items] == ["ach_txn_ret1"]
        assert next(iter(found.items)).ach_return_code == "R01"

    def test_other_merchants_have_none(self, clockwork: Sandbox) -> None:
        returned = TransactionSearch.reason_code.in_list(["R01", "R02"])
        assert clockwork.gateway("integration2").transaction.search(returned).maximum_size == 0


def _now(sandbox: Sandbox) -> datetime:
    return datetime.fromisoformat(sandbox.control("GET", "/clock")["now"])


class TestPaging:
    def test_goes_through_all_pages_newest_first(self, gateway: Gateway, unique: Unique) -> None:
        made = [
            gateway.transaction.sale({"amount": "1.00", "order_id": unique("many"), "credit_card": CARD}).transaction.id
            for _ in range(53)
        ]
        found = gateway.transaction.search(TransactionSearch.order_id == unique("many"))
        assert found.maximum_size == 53
        assert [one.id for one in found.items] == list(reversed(made))

    def test_nothing_found_is_an_empty_list(self, gateway: Gateway) -> None:
        found = gateway.transaction.search(TransactionSearch.order_id == "nobody ordered this")
        assert (found.maximum_size, list(found.items)) == (0, [])

    def test_merchants_do_not_see_each_others(self, compliant: Gateway, sale: Any) -> None:
        assert compliant.transaction.search(TransactionSearch.id == sale.id).ids == []


def test_a_field_that_does_not_exist_is_refused(gateway: Gateway) -> None:
    """The SDK calls a 400 unexpected."""
    with pytest.raises(UnexpectedError, match="400"):
        gateway.config.http().post(
            "/merchants/integration_merchant_id/transactions/advanced_search_ids",
            {"search": {"shoe_size": {"is": "43"}}},
        )
