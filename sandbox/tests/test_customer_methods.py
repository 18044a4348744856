"""Payment methods sent with a customer: typed cards, nonces, cards of a phone, changes to a card by its token."""

from typing import Any

import pytest
from braintree.error_codes import ErrorCodes

from braintree_sandbox.testing import Gateway, Sandbox

from .conftest import Unique
from .errors import codes

CARD = {"number": "4111111111111111", "expiration_date": "05/2030"}
PHONES_CARD = {
    "number": "4111111111111111",
    "expiration_month": "05",
    "expiration_year": "2030",
    "cryptogram": "01010101010101010101",
    "eci_indicator": "5",
}


@pytest.fixture
def owner(gateway: Gateway) -> Any:
    """Return a customer with a card and the address it is billed to."""
    card = {**CARD, "billing_address": {"postal_code": "11111"}}
    return gateway.customer.create({"custom_fields": {"store_me": "x"}, "credit_card": card}).customer


class TestUpdateExistingToken:
    def test_changes_the_card_and_its_address_in_place(self, gateway: Gateway, owner: Any) -> None:
        card = owner.credit_cards[0]
        billing = {"postal_code": "44444", "country_name": "Mexico", "options": {"update_existing": True}}
        change = {"expiration_date": "12/31", "options": {"update_existing_token": card.token}}

        gateway.customer.update(owner.id, {"credit_card": {**change, "billing_address": billing}})

        changed = gateway.credit_card.find(card.token)
        assert (changed.expiration_date, changed.last_4) == ("12/2031", "1111")
        assert changed.billing_address.id == card.billing_address.id
        assert (changed.billing_address.postal_code, changed.billing_address.country_code_alpha2) == ("44444", "MX")

    def test_makes_it_the_default(self, gateway: Gateway, owner: Any) -> None:
        nonce = {"customer_id": owner.id, "payment_method_nonce": "fake-valid-mastercard-nonce"}
        other = gateway.payment_method.create(nonce).payment_method
        options = {"update_existing_token": other.token, "make_default": True}

        result = gateway.customer.update(owner.id, {"credit_card": {"options": options}})

        assert [card.token for card in result.customer.credit_cards if card.default] == [other.token]

    def test_of_another_customer_is_refused(self, gateway: Gateway, owner: Any, card_token: str) -> None:
        change = {"credit_card": {"options": {"update_existing_token": card_token}}}
        found = codes(
            gateway.customer.update(owner.id, change), "customer.credit_card.options", "update_existing_token"
        )
        assert found == [ErrorCodes.CreditCard.Options.UpdateExistingTokenIsInvalid]


class TestANonce:
    def test_is_verified_as_the_card_beside_it_asks(self, gateway: Gateway) -> None:
        sent = {"payment_method_nonce": "fake-valid-visa-nonce", "credit_card": {"options": {"verify_card": True}}}
        customer = gateway.customer.create(sent).customer
        assert customer.credit_cards[0].verification.status == "verified"

    @pytest.mark.parametrize(
        ("missing", "message"),
        [("eci_flag", "EciFlag is required."), ("three_d_secure_version", "ThreeDSecureVersion is required.")],
    )
    def test_needs_the_whole_result_of_another_authentication(
        self, gateway: Gateway, missing: str, message: str
    ) -> None:
        result = {"eci_flag": "05", "cavv": "some", "xid": "some", "three_d_secure_version": "1.0.2"}
        whole, part = result, {name: value for name, value in result.items() if name != missing}

        def create(passed_through: dict[str, str]) -> Any:
            card = {"three_d_secure_pass_thru": passed_through, "options": {"verify_card": True}}
            return gateway.customer.create({"payment_method_nonce": "fake-valid-visa-nonce", "credit_card": card})

        assert create(whole).is_success
        assert create(part).message == message

    def test_of_a_bank_account_takes_the_options_too(self, gateway: Gateway, sandbox: Sandbox) -> None:
        options = {"verification_merchant_account_id": "another_us_bank_merchant_account"}
        nonce = sandbox.bank_nonce("1000000000")
        customer = gateway.customer.create(
            {"payment_method_nonce": nonce, "credit_card": {"options": options}}
        ).customer
        verification = customer.us_bank_accounts[0].verifications[0]
        assert (verification.status, verification.merchant_account_id) == ("verified", *options.values())

    def test_of_another_customers_card_is_refused(self, gateway: Gateway, owner: Any, card_token: str) -> None:
        nonce = gateway.payment_method_nonce.create(card_token).payment_method_nonce.nonce
        found = codes(
            gateway.customer.update(owner.id, {"payment_method_nonce": nonce}), "customer", "payment_method_nonce"
        )
        assert found == [ErrorCodes.Customer.VaultedPaymentInstrumentNonceBelongsToDifferentCustomer]

    def test_of_a_single_payment_cannot_be_vaulted(self, gateway: Gateway) -> None:
        result = gateway.customer.create({"payment_method_nonce": "fake-paypal-one-time-nonce"})
        found = codes(result, "customer.paypal_account", "base")
        assert found == [ErrorCodes.PayPalAccount.CannotVaultOneTimeUsePayPalAccount]


class TestThePhonesCard:
    @pytest.mark.parametrize(
        ("name", "kept_in", "errors_at"),
        [
            ("apple_pay_card", "apple_pay_cards", "apple_pay"),
            ("android_pay_card", "android_pay_cards", "android_pay_card"),
            ("android_pay_network_token", "android_pay_cards", "android_pay_network_token"),
        ],
    )
    def test_is_vaulted_and_its_errors_stand_beside_the_customer(
        self, gateway: Gateway, unique: Unique, name: str, kept_in: str, errors_at: str
    ) -> None:
        only_tokens = {"cryptogram", "eci_indicator"} if name == "android_pay_card" else set()
        sent = {key: value for key, value in PHONES_CARD.items() if key not in only_tokens}
        good = {**sent, "token": unique("phone"), "billing_address": {"postal_code": "83704"}}

        (card,) = getattr(gateway.customer.create({name: good}).customer, kept_in)

        assert (card.token, card.last_4, card.default) == (unique("phone"), "1111", True)
        assert card.billing_address["postal_code"] == "83704"
        bad = gateway.customer.create({name: {**sent, "billing_address": {"country_code_alpha2": "UX"}}})
        found = codes(bad, f"{errors_at}.billing_address", "country_code_alpha2")
        assert found == [ErrorCodes.Address.CountryCodeAlpha2IsNotAccepted]


class TestFind:
    def test_leaves_all_belongings_out_when_asked(self, gateway: Gateway, owner: Any) -> None:
        found = gateway.customer.find(owner.id, "customernoassociations")
        assert (found.credit_cards, found.payment_methods, found.addresses) == ([], [], [])
        assert not found.custom_fields

    def test_shows_the_nearest_when_asked(self, gateway: Gateway, owner: Any) -> None:
        subscription = {"payment_method_token": owner.credit_cards[0].token, "plan_id": "integration_trialless_plan"}
        assert gateway.subscription.create(subscription).is_success
        found = gateway.customer.find(owner.id, "customertoplevelassociations")
        assert (len(found.credit_cards), len(found.addresses)) == (1, 1)
        assert found.custom_fields == {"store_me": "x"}
        assert found.credit_cards[0].subscriptions == []
        assert len(gateway.customer.find(owner.id).credit_cards[0].subscriptions) == 1
