"""Addresses through the SDK."""

import pytest
from braintree.error_codes import ErrorCodes
from braintree.exceptions.not_found_error import NotFoundError

from braintree_sandbox.testing import Gateway

from .errors import codes

FIELDS = {
    "first_name": "Carl",
    "last_name": "Jones",
    "company": "Zenith",
    "street_address": "123 E Main St",
    "extended_address": "Suite 403",
    "locality": "Chicago",
    "region": "IL",
    "postal_code": "60622",
    "country_name": "United States of America",
}


class TestAddresses:
    def test_are_found_as_they_were_created(self, gateway: Gateway, customer_id: str) -> None:
        created = gateway.address.create({"customer_id": customer_id, **FIELDS}).address
        found = gateway.address.find(customer_id, created.id)
        assert {name: getattr(found, name) for name in FIELDS} == FIELDS

    def test_change_in_part(self, gateway: Gateway, customer_id: str) -> None:
        created = gateway.address.create({"customer_id": customer_id, **FIELDS}).address
        changed = gateway.address.update(customer_id, created.id, {"locality": "Bartlett"}).address
        assert (changed.locality, changed.region) == ("Bartlett", "IL")

    def test_go_when_deleted(self, gateway: Gateway, customer_id: str) -> None:
        created = gateway.address.create({"customer_id": customer_id, **FIELDS}).address
        gateway.address.delete(customer_id, created.id)
        with pytest.raises(NotFoundError):
            gateway.address.find(customer_id, created.id)

    def test_belong_to_one_customer(self, gateway: Gateway, customer_id: str) -> None:
        created = gateway.address.create({"customer_id": customer_id, **FIELDS}).address
        stranger = gateway.customer.create().customer
        with pytest.raises(NotFoundError):
            gateway.address.find(stranger.id, created.id)

    @pytest.mark.parametrize(
        ("fields", "attribute", "code"),
        [
            ({}, "base", ErrorCodes.Address.CannotBeBlank),
            ({"street_address": "x" * 256}, "street_address", ErrorCodes.Address.StreetAddressIsTooLong),
            ({"postal_code": "1234567890"}, "postal_code", ErrorCodes.Address.PostalCodeIsTooLong),
            ({"postal_code": "12#45"}, "postal_code", ErrorCodes.Address.PostalCodeInvalidCharacters),
        ],
    )
    def test_are_refused_with_the_right_code(
        self, gateway: Gateway, customer_id: str, fields: dict[str, str], attribute: str, code: str
    ) -> None:
        assert codes(gateway.address.create({"customer_id": customer_id, **fields}), "address", attribute) == [code]

    def test_keep_a_telephone_number_in_two_parts(self, gateway: Gateway, customer_id: str) -> None:
        phone = {"country_code": "1", "national_number": "3121234567"}
        sent = {**FIELDS, "customer_id": customer_id, "international_phone": phone, "phone_number": "8675309"}

        address = gateway.address.create(sent).address

        assert (address.international_phone, address.phone_number) == (phone, "8675309")
        assert gateway.address.update(customer_id, address.id, {"region": "CA"}).address.international_phone == phone

    def test_are_fifty_at_most(self, gateway: Gateway, customer_id: str) -> None:
        for number in range(50):
            assert gateway.address.create(
                {"customer_id": customer_id, "street_address": f"{number} Main St"}
            ).is_success
        result = gateway.address.create({"customer_id": customer_id, "street_address": "50 Main St"})
        assert codes(result, "address", "base") == [ErrorCodes.Address.TooManyAddressesPerCustomer]
