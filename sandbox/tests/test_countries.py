"""Countries of addresses: named in one of four ways, or in several that agree."""

from typing import Any

import pytest
from braintree.error_codes import ErrorCodes

from braintree_sandbox.testing import Gateway

from .errors import codes

MEXICO = {
    "country_name": "Mexico",
    "country_code_alpha2": "MX",
    "country_code_alpha3": "MEX",
    "country_code_numeric": "484",
}
UNKNOWN = {
    "country_name": ("Atlantis", ErrorCodes.Address.CountryNameIsNotAccepted),
    "country_code_alpha2": ("ZZ", ErrorCodes.Address.CountryCodeAlpha2IsNotAccepted),
    "country_code_alpha3": ("ZZZ", ErrorCodes.Address.CountryCodeAlpha3IsNotAccepted),
    "country_code_numeric": ("000", ErrorCodes.Address.CountryCodeNumericIsNotAccepted),
}
CARD = {"number": "4111111111111111", "expiration_date": "05/2030"}


def country(address: Any) -> dict[str, str | None]:
    return {name: getattr(address, name) for name in MEXICO}


class TestACountry:
    @pytest.mark.parametrize("field", MEXICO)
    def test_is_shown_in_all_four_ways_however_it_was_named(
        self, gateway: Gateway, customer_id: str, field: str
    ) -> None:
        address = gateway.address.create({"customer_id": customer_id, field: MEXICO[field]}).address
        assert country(address) == MEXICO

    @pytest.mark.parametrize(
        ("alpha2", "name"),
        [
            ("US", "United States of America"),
            ("CI", "Côte d'Ivoire"),
            ("CZ", "Czech Republic"),
            ("KR", "Korea, South"),
            ("TW", "Taiwan"),
            ("AN", "Netherlands Antilles"),
        ],
    )
    def test_has_braintrees_own_name(self, gateway: Gateway, customer_id: str, alpha2: str, name: str) -> None:
        sent = {"customer_id": customer_id, "country_name": name, "country_code_alpha2": alpha2}
        assert gateway.address.create(sent).address.country_name == name

    def test_replaces_another_as_a_whole(self, gateway: Gateway, customer_id: str) -> None:
        address = gateway.address.create({"customer_id": customer_id, "country_code_alpha2": "US"}).address
        changed = gateway.address.update(customer_id, address.id, {"country_code_alpha3": "MEX"}).address
        assert country(changed) == MEXICO

    def test_can_be_taken_away(self, gateway: Gateway, customer_id: str) -> None:
        sent = {"customer_id": customer_id, "locality": "Chicago", "country_code_alpha2": "US"}
        address = gateway.address.create(sent).address
        changed = gateway.address.update(customer_id, address.id, {"country_name": ""}).address
        assert country(changed) == dict.fromkeys(MEXICO)


class TestWhatIsNoCountry:
    def test_has_a_code_for_each_way_of_naming_it(self, gateway: Gateway, customer_id: str) -> None:
        sent = {name: value for name, (value, _) in UNKNOWN.items()}
        result = gateway.address.create({"customer_id": customer_id, **sent})
        for name, (_, code) in UNKNOWN.items():
            assert codes(result, "address", name) == [code]
        assert codes(result, "address", "base") == []

    def test_two_countries_in_one_address_are_inconsistent(self, gateway: Gateway, customer_id: str) -> None:
        sent = {"customer_id": customer_id, "country_code_alpha2": "US", "country_code_alpha3": "MEX"}
        assert codes(gateway.address.create(sent), "address", "base") == [ErrorCodes.Address.InconsistentCountry]

    def test_is_refused_on_a_card(self, gateway: Gateway, customer_id: str) -> None:
        sent = {**CARD, "customer_id": customer_id, "billing_address": {"country_name": "Atlantis"}}
        found = codes(gateway.credit_card.create(sent), "credit_card.billing_address", "country_name")
        assert found == [ErrorCodes.Address.CountryNameIsNotAccepted]

    def test_is_refused_on_the_card_of_a_new_customer(self, gateway: Gateway) -> None:
        billing = {"country_code_alpha2": "MX", "country_code_alpha3": "USA"}
        result = gateway.customer.create({"email": "@x", "credit_card": {**CARD, "billing_address": billing}})
        assert codes(result, "customer.credit_card.billing_address", "base") == [ErrorCodes.Address.InconsistentCountry]
        assert result.errors.size == 2

    @pytest.mark.parametrize("place", ["billing", "shipping"])
    def test_is_refused_on_a_transaction(self, gateway: Gateway, place: str) -> None:
        result = gateway.transaction.sale({"amount": "1.00", "credit_card": CARD, place: {"country_name": "Atlantis"}})
        found = codes(result, f"transaction.{place}", "country_name")
        assert found == [ErrorCodes.Address.CountryNameIsNotAccepted]
