"""Customers through the SDK."""

from datetime import UTC, datetime, timedelta

import pytest
from braintree.error_codes import ErrorCodes
from braintree.exceptions.not_found_error import NotFoundError

from braintree_sandbox.testing import Gateway

from .conftest import Unique
from .errors import codes
from .terms import CardVerificationSearch


class TestCreate:
    def test_keeps_every_field_under_the_id_that_was_chosen(self, gateway: Gateway, unique: Unique) -> None:
        fields = {
            "first_name": "Jo <&> 'quoted'",
            "last_name": "Ἀtës",
            "company": "Zenith",
            "email": "jo@example.com",
            "phone": "312.555.1234",
            "fax": "614.555.5678",
            "website": "www.example.com",
        }
        custom = {"store_me": "kept"}

        result = gateway.customer.create({"id": unique("c"), **fields, "custom_fields": custom})

        assert result.is_success
        found = gateway.customer.find(unique("c"))
        assert {name: getattr(found, name) for name in fields} == fields
        assert found.custom_fields == custom
        assert found.merchant_id == "integration_merchant_id"
        assert abs(datetime.now(UTC).replace(tzinfo=None) - found.created_at) < timedelta(minutes=1)

    def test_makes_up_an_id_of_digits(self, gateway: Gateway) -> None:
        assert gateway.customer.create().customer.id.isdigit()

    def test_refuses_an_id_twice(self, gateway: Gateway, customer_id: str) -> None:
        assert codes(gateway.customer.create({"id": customer_id}), "customer", "id") == [ErrorCodes.Customer.IdIsInUse]

    @pytest.mark.parametrize(
        ("bad", "code"),
        [
            ("sp ace", ErrorCodes.Customer.IdIsInvalid),
            ("x" * 37, ErrorCodes.Customer.IdIsTooLong),
            ("all", ErrorCodes.Customer.IdIsNotAllowed),
        ],
    )
    def test_refuses_an_id_that_no_path_could_hold(self, gateway: Gateway, bad: str, code: str) -> None:
        assert codes(gateway.customer.create({"id": bad}), "customer", "id") == [code]

    @pytest.mark.parametrize(
        ("field", "value", "code"),
        [
            ("email", "@invalid.com", ErrorCodes.Customer.EmailFormatIsInvalid),
            ("website", "not a site", ErrorCodes.Customer.WebsiteFormatIsInvalid),
            ("first_name", "x" * 256, ErrorCodes.Customer.FirstNameIsTooLong),
            ("company", "x" * 256, ErrorCodes.Customer.CompanyIsTooLong),
        ],
    )
    def test_names_the_field_that_is_wrong(self, gateway: Gateway, field: str, value: str, code: str) -> None:
        assert codes(gateway.customer.create({field: value}), "customer", field) == [code]

    def test_refuses_unknown_custom_fields(self, gateway: Gateway) -> None:
        result = gateway.customer.create({"custom_fields": {"spouse": "x"}})
        assert codes(result, "customer", "custom_fields") == [ErrorCodes.Customer.CustomFieldIsInvalid]

    def test_takes_a_card_along(self, gateway: Gateway) -> None:
        card = {"number": "4111111111111111", "expiration_date": "05/2030", "cvv": "100"}
        customer = gateway.customer.create({"first_name": "Mike", "credit_card": card}).customer
        assert [one.last_4 for one in customer.credit_cards] == ["1111"]
        assert customer.credit_cards[0].default

    def test_takes_a_nonce_along(self, gateway: Gateway) -> None:
        customer = gateway.customer.create({"payment_method_nonce": "fake-us-bank-account-nonce"}).customer
        assert [one.last_4 for one in customer.us_bank_accounts] == ["0000"]

    def test_a_card_that_fails_verification_leaves_no_customer(self, gateway: Gateway, unique: Unique) -> None:
        card = {"number": "4000111111111115", "expiration_date": "05/2030", "options": {"verify_card": True}}

        result = gateway.customer.create({"id": unique("c"), "credit_card": card})

        assert result.credit_card_verification.status == "processor_declined"
        with pytest.raises(NotFoundError):
            gateway.customer.find(unique("c"))

    def test_nests_the_errors_of_card_and_customer(self, gateway: Gateway) -> None:
        result = gateway.customer.create({"email": "invalid", "credit_card": {"number": "invalid"}})
        assert codes(result, "customer", "email") == [ErrorCodes.Customer.EmailIsInvalid]
        assert codes(result, "customer.credit_card", "number") == [ErrorCodes.CreditCard.NumberHasInvalidLength]
        assert "number" not in result.params["customer"]["credit_card"]


class TestUpdate:
    def test_changes_only_what_is_sent(self, gateway: Gateway, customer_id: str) -> None:
        gateway.customer.update(customer_id, {"first_name": "New"})
        found = gateway.customer.find(customer_id)
        assert (found.first_name, found.email) == ("New", "pat@example.com")

    def test_moves_the_default(self, gateway: Gateway, customer_id: str, card_token: str) -> None:
        other = gateway.payment_method.create(
            {"customer_id": customer_id, "payment_method_nonce": "fake-valid-amex-nonce"}
        ).payment_method

        result = gateway.customer.update(customer_id, {"default_payment_method_token": other.token})

        defaults = {one.token: one.default for one in result.customer.payment_methods}
        assert defaults == {card_token: False, other.token: True}

    def test_a_new_id_takes_everything_along(
        self, gateway: Gateway, customer_id: str, card_token: str, unique: Unique
    ) -> None:
        gateway.address.create({"customer_id": customer_id, "street_address": "1 Main St"})

        gateway.customer.update(customer_id, {"id": unique("renamed")})

        renamed = gateway.customer.find(unique("renamed"))
        assert [one.token for one in renamed.credit_cards] == [card_token]
        assert [one.street_address for one in renamed.addresses] == ["1 Main St"]
        with pytest.raises(NotFoundError):
            gateway.customer.find(customer_id)

    def test_a_new_id_takes_the_verifications_along(self, gateway: Gateway, customer_id: str, unique: Unique) -> None:
        card = {"number": "4111111111111111", "expiration_date": "05/2030", "options": {"verify_card": True}}
        verification = gateway.credit_card.create({**card, "customer_id": customer_id}).credit_card.verification
        gateway.customer.update(customer_id, {"id": unique("renamed")})
        found = gateway.verification.search(CardVerificationSearch.customer_id == unique("renamed"))
        assert found.ids == [verification.id]

    def test_an_id_cannot_be_blank(self, gateway: Gateway, customer_id: str) -> None:
        result = gateway.customer.update(customer_id, {"id": ""})
        assert codes(result, "customer", "id") == [ErrorCodes.Customer.IdIsRequired]

    def test_keeps_a_telephone_number_in_two_parts(self, gateway: Gateway, customer_id: str) -> None:
        phone = {"country_code": "1", "national_number": "3121234567"}
        assert gateway.customer.find(customer_id).international_phone is None
        assert gateway.customer.update(customer_id, {"international_phone": phone}).is_success
        assert gateway.customer.find(customer_id).international_phone == phone

    @pytest.mark.parametrize(
        ("part", "value", "code"),
        [
            ("country_code", "0", ErrorCodes.Customer.InternationalPhoneCountryCodeIsInvalid),
            ("national_number", "12", ErrorCodes.Customer.InternationalPhoneNationalNumberIsInvalid),
        ],
    )
    def test_names_the_part_of_the_number_that_is_wrong(
        self, gateway: Gateway, customer_id: str, part: str, value: str, code: str
    ) -> None:
        phone = {"country_code": "1", "national_number": "3121234567", part: value}
        result = gateway.customer.update(customer_id, {"international_phone": phone})
        assert codes(result, "customer.international_phone", part) == [code]

    def test_an_unknown_customer_is_not_found(self, gateway: Gateway) -> None:
        with pytest.raises(NotFoundError):
            gateway.customer.update("nobody", {"first_name": "x"})


class TestDelete:
    def test_takes_the_vault_with_it(self, gateway: Gateway, customer_id: str, card_token: str) -> None:
        assert gateway.customer.delete(customer_id).is_success
        with pytest.raises(NotFoundError):
            gateway.customer.find(customer_id)
        with pytest.raises(NotFoundError):
            gateway.payment_method.find(card_token)


class TestMerchants:
    def test_do_not_see_each_others_customers(self, compliant: Gateway, customer_id: str) -> None:
        with pytest.raises(NotFoundError):
            compliant.customer.find(customer_id)
