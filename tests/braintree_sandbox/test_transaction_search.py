"""Advanced search of transactions through the SDK."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from braintree.exceptions.unexpected_error import UnexpectedError

from tests.braintree_sandbox.conftest import Unique
from tests.braintree_sandbox.terms import TransactionSearch
from tests.fixtures.sandbox import Gateway

CARD = {"number": "4111111111111111", "expiration_date": "05/2030", "cardholder_name": "Jane Shea"}


@pytest.fixture
def sale(gateway: Gateway, unique: Unique, customer_id: str) -> Any:
    """One sale with something in every field that is searched below."""
    return gateway.transaction.sale(
        {
            "amount": "123.45",
            "order_id": unique("order"),
            "customer_id": customer_id,
            "credit_card": {**CARD, "token": unique("card")},
            "billing": {"first_name": "Tim", "postal_code": "12345", "street_address": "123 Main St"},
            "shipping": {"company": "P.S.", "country_name": "Mexico"},
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
            "customer_email": "pat@example.com",
            "payment_method_token": unique("card"),
            "billing_first_name": "Tim",
            "billing_postal_code": "12345",
            "billing_street_address": "123 Main St",
            "shipping_company": "P.S.",
            "shipping_country_name": "Mexico",
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
    def test_operators(self, gateway: Gateway, sale: Any, term: Any, found: bool) -> None:
        ids = gateway.transaction.search(TransactionSearch.id == sale.id, term).ids
        assert ids == ([sale.id] if found else [])


class TestMultipleValues:
    @pytest.mark.parametrize(
        ("term", "found"),
        [
            (TransactionSearch.status.in_list(["authorized", "settled"]), True),
            (TransactionSearch.status == "settled", False),
            (TransactionSearch.type == "sale", True),
            (TransactionSearch.type == "credit", False),
            (TransactionSearch.created_using == "token", True),
            (TransactionSearch.credit_card_card_type == "Visa", True),
            (TransactionSearch.credit_card_customer_location == "us", True),
            (TransactionSearch.credit_card_customer_location == "international", False),
            (TransactionSearch.merchant_account_id == "sandbox_credit_card", True),
            (TransactionSearch.merchant_account_id == "sandbox_credit_card_non_default", False),
            (TransactionSearch.payment_instrument_type == "credit_card", True),
            (TransactionSearch.payment_instrument_type == "us_bank_account", False),
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
