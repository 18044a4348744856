"""Search for customers through the SDK."""

from datetime import timedelta
from typing import Any

import pytest

from braintree_sandbox.testing import Gateway

from .conftest import Unique
from .terms import CustomerSearch

OWN = {
    "first_name": "Timmy",
    "last_name": "O'Toole",
    "company": "O'Toole and Son(s)",
    "email": "timmy@example.com",
    "fax": "3145551234",
    "phone": "5551231234",
    "website": "http://example.com",
}
ADDRESS = {
    "first_name": "Thomas",
    "last_name": "Otool",
    "street_address": "1 E Main St",
    "extended_address": "Suite 3",
    "locality": "Chicago",
    "region": "Illinois",
    "postal_code": "60622",
    "country_name": "United States of America",
}
CARD = {"cardholder_name": "Tim Toole", "number": "4111111111111111", "expiration_date": "05/2010"}
OF_THE_CARD = {
    "cardholder_name": "Tim Toole",
    "credit_card_number": "4111111111111111",
    "credit_card_expiration_date": "05/2010",
}
FIELDS = OWN | {f"address_{name}": value for name, value in ADDRESS.items()} | OF_THE_CARD


@pytest.fixture
def timmy(gateway: Gateway, unique: Unique) -> Any:
    """Return a customer with something in every field."""
    card = {**CARD, "token": unique("card"), "billing_address": ADDRESS}
    return gateway.customer.create({**OWN, "credit_card": card}).customer


class TestSearch:
    def test_finds_by_every_field(self, gateway: Gateway, timmy: Any) -> None:
        himself = CustomerSearch.id == timmy.id
        for name, value in FIELDS.items():
            field = getattr(CustomerSearch, name)
            assert gateway.customer.search(himself, field == value).ids == [timmy.id], name
            assert gateway.customer.search(himself, field == f"{value}!").ids == [], name
        everything = [getattr(CustomerSearch, name) == value for name, value in FIELDS.items()]
        assert gateway.customer.search([himself, *everything]).first.id == timmy.id

    def test_finds_by_a_token_and_by_the_tokens_of_its_duplicates(
        self, gateway: Gateway, timmy: Any, unique: Unique
    ) -> None:
        by_token = gateway.customer.search(CustomerSearch.payment_method_token == unique("card"))
        assert by_token.ids == [timmy.id]
        twin = gateway.customer.create({"credit_card": CARD}).customer
        with_duplicates = gateway.customer.search(CustomerSearch.payment_method_token_with_duplicates == unique("card"))
        assert {timmy.id, twin.id} <= set(with_duplicates.ids)

    def test_finds_by_the_email_of_a_paypal_account(self, gateway: Gateway) -> None:
        customer = gateway.customer.create({"payment_method_nonce": "fake-paypal-billing-agreement-nonce"}).customer
        himself, email = CustomerSearch.id == customer.id, customer.paypal_accounts[0].email
        assert gateway.customer.search(himself, CustomerSearch.paypal_account_email == email).ids == [customer.id]
        assert gateway.customer.search(himself, CustomerSearch.paypal_account_email == "nobody").ids == []

    def test_finds_by_text_operators(self, gateway: Gateway, unique: Unique) -> None:
        company = unique("Company")
        gateway.customer.create({"id": unique("c"), "company": company, "last_name": "Miller"})
        for term in (
            CustomerSearch.company == company,
            CustomerSearch.company.starts_with(company[:-1]),
            CustomerSearch.company.ends_with(company[3:]),
            CustomerSearch.company.contains(company[2:-2]),
        ):
            assert gateway.customer.search(term).ids == [unique("c")]
        not_miller = CustomerSearch.last_name != "Miller"
        assert gateway.customer.search(CustomerSearch.company == company, not_miller).ids == []

    def test_finds_by_the_time_of_creation(self, gateway: Gateway, timmy: Any) -> None:
        himself, moment, minutes = CustomerSearch.id == timmy.id, timmy.created_at, timedelta(minutes=10)
        for term in (
            CustomerSearch.created_at.between(moment - minutes, moment + minutes),
            CustomerSearch.created_at <= moment + minutes,
            CustomerSearch.created_at >= moment - minutes,
            CustomerSearch.created_at == moment,
        ):
            assert gateway.customer.search(himself, term).ids == [timmy.id]
        assert gateway.customer.search(himself, CustomerSearch.created_at <= moment - minutes).ids == []

    def test_pages_by_fifty(self, gateway: Gateway, unique: Unique) -> None:
        made = {gateway.customer.create({"company": unique("Many")}).customer.id for _ in range(51)}
        found = gateway.customer.search(CustomerSearch.company == unique("Many"))
        assert found.maximum_size == 51
        assert {customer.id for customer in found.items} == made

    def test_lists_all(self, gateway: Gateway, timmy: Any) -> None:
        assert timmy.id in gateway.customer.all().ids
