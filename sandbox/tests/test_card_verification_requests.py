"""Verifications of cards by themselves, through the SDK."""

import re
from typing import Any

import pytest
from braintree.error_codes import ErrorCodes
from braintree.test.credit_card_numbers import CreditCardNumbers

from braintree_sandbox.testing import Gateway, Sandbox

from .errors import codes

VISA = {"number": CreditCardNumbers.Visa, "expiration_date": "05/2030"}
HIPER = {"number": CreditCardNumbers.Hiper, "expiration_date": "10/2030", "cvv": "737"}
PASSED_THROUGH = {"eci_flag": "02", "cavv": "some_cavv", "xid": "some_xid", "three_d_secure_version": "1.0.2"}
AUTHENTICATED = "three_d_secure_merchant_account"
VERIFICATION = ErrorCodes.Verification


@pytest.fixture(scope="module")
def authenticated(sandbox: Sandbox) -> Any:
    """Return a nonce of an authenticated card, and the id of the authentication."""
    gateway = sandbox.gateway("integration")
    card = {"number": CreditCardNumbers.Visa, "expiration_month": "05", "expiration_year": "2030"}
    path = f"{gateway.config.base_merchant_path()}/three_d_secure/create_nonce/{AUTHENTICATED}"

    def make() -> tuple[str, str]:
        nonce = gateway.config.http().post(path, {"credit_card": card})["payment_method_nonce"]["nonce"]
        info = gateway.payment_method_nonce.find(nonce).three_d_secure_info
        return nonce, info.three_d_secure_authentication_id

    return make


class TestAGoodCard:
    def test_is_verified_and_not_stored(self, gateway: Gateway) -> None:
        verification = gateway.verification.create({"credit_card": {**VISA, "cardholder_name": "Ann"}}).verification

        assert (verification.status, verification.processor_response_code) == ("verified", "1000")
        assert verification.processor_response_type == "approved"
        assert verification.network_response_code == "XX"
        assert verification.network_response_text == "sample network response text"
        assert re.fullmatch(r"\d{15}", verification.network_transaction_id)
        assert verification.ani_first_name_response_code == verification.ani_last_name_response_code == "I"
        assert verification.credit_card["token"] is None
        assert gateway.verification.find(verification.id) == verification

    @pytest.mark.parametrize(
        "more",
        [
            {"external_vault": {"status": "will_vault"}},
            {"risk_data": {"customer_browser": "IE7", "customer_ip": "192.168.0.1"}},
            {"intended_transaction_source": "installment"},
            {"three_d_secure_pass_thru": {**PASSED_THROUGH, "authentication_response": "Y", "cavv_algorithm": "2"}},
        ],
        ids=lambda more: next(iter(more)),
    )
    def test_may_come_with_more(self, gateway: Gateway, more: dict[str, Any]) -> None:
        assert gateway.verification.create({"credit_card": VISA, **more}).is_success

    @pytest.mark.parametrize(
        ("account", "kind"), [("hiper_brl", "credit"), ("hiper_brl", "debit"), ("card_processor_brl", "debit")]
    )
    def test_that_is_two_in_one_is_verified_as_one(self, gateway: Gateway, account: str, kind: str) -> None:
        options = {"merchant_account_id": account, "account_type": kind}
        verification = gateway.verification.create({"credit_card": HIPER, "options": options}).verification
        assert (verification.credit_card["account_type"], verification.currency_iso_code) == (kind, "BRL")

    def test_may_have_been_authenticated_here(self, gateway: Gateway, authenticated: Any) -> None:
        nonce, authentication_id = authenticated()
        sent = {"payment_method_nonce": nonce, "three_d_secure_authentication_id": authentication_id}
        card = {"number": CreditCardNumbers.Visa, "cardholder_name": "Ann"}

        result = gateway.verification.create(
            {**sent, "credit_card": card, "options": {"merchant_account_id": AUTHENTICATED}}
        )

        assert result.verification.three_d_secure_info.status == "authenticate_successful"


class TestABadCard:
    def test_comes_back_with_its_verification(self, gateway: Gateway) -> None:
        number = CreditCardNumbers.FailsSandboxVerification.MasterCard
        result = gateway.verification.create({"credit_card": {**VISA, "number": number}})

        assert not result.is_success
        verification = result.credit_card_verification
        assert (verification.status, verification.processor_response_code) == ("processor_declined", "2000")
        assert verification.processor_response_type == "soft_declined"
        assert verification.network_transaction_id is None
        assert gateway.verification.find(verification.id) == verification

    def test_that_is_no_card_is_named(self, gateway: Gateway) -> None:
        found = codes(gateway.verification.create({"credit_card": {}}), "verification.credit_card", "number")
        assert found == [ErrorCodes.CreditCard.NumberIsRequired]


class TestWrongRequests:
    @pytest.mark.parametrize(
        ("option", "value", "code"),
        [
            ("amount", "-10.00", VERIFICATION.Options.AmountCannotBeNegative),
            ("amount", "ten", VERIFICATION.Options.AmountFormatIsInvalid),
            ("amount", "100000.01", VERIFICATION.Options.AmountIsTooLarge),
            ("merchant_account_id", "nowhere", VERIFICATION.Options.MerchantAccountIdIsInvalid),
            ("merchant_account_id", "us_bank_merchant_account", VERIFICATION.Options.MerchantAccountIsForbidden),
            ("merchant_account_id", "suspended_account", VERIFICATION.Options.MerchantAccountIsSuspended),
            ("account_type", "debit", VERIFICATION.Options.AccountTypeNotSupported),
        ],
    )
    def test_name_the_option(self, gateway: Gateway, option: str, value: str, code: str) -> None:
        result = gateway.verification.create({"credit_card": VISA, "options": {option: value}})
        assert codes(result, "verification.options", option) == [code]

    def test_name_a_type_of_account_that_there_is_not(self, gateway: Gateway) -> None:
        options = {"merchant_account_id": "hiper_brl", "account_type": "ach"}
        result = gateway.verification.create({"credit_card": HIPER, "options": options})
        assert codes(result, "verification.options", "account_type") == [VERIFICATION.Options.AccountTypeIsInvalid]

    @pytest.mark.parametrize(
        ("name", "value", "code"),
        [
            ("eci_flag", None, VERIFICATION.ThreeDSecurePassThru.EciFlagIsRequired),
            ("eci_flag", "99", VERIFICATION.ThreeDSecurePassThru.EciFlagIsInvalid),
            ("cavv", None, VERIFICATION.ThreeDSecurePassThru.CavvIsRequired),
            ("three_d_secure_version", None, VERIFICATION.ThreeDSecurePassThru.ThreeDSecureVersionIsRequired),
            ("three_d_secure_version", "two", VERIFICATION.ThreeDSecurePassThru.ThreeDSecureVersionIsInvalid),
            ("authentication_response", "?", VERIFICATION.ThreeDSecurePassThru.AuthenticationResponseIsInvalid),
            ("directory_response", "?", VERIFICATION.ThreeDSecurePassThru.DirectoryResponseIsInvalid),
            ("cavv_algorithm", "9", VERIFICATION.ThreeDSecurePassThru.CavvAlgorithmIsInvalid),
        ],
    )
    def test_name_what_is_wrong_with_another_authentication(
        self, gateway: Gateway, name: str, value: str | None, code: str
    ) -> None:
        sent = {"credit_card": VISA, "three_d_secure_pass_thru": {**PASSED_THROUGH, name: value}}
        found = codes(gateway.verification.create(sent), "verification.three_d_secure_pass_thru", name)
        assert found == [code]

    def test_name_an_authentication_that_is_not_this_cards(self, gateway: Gateway, authenticated: Any) -> None:
        nonce, authentication_id = authenticated()
        _, another_id = authenticated()
        mastercard = {**VISA, "number": CreditCardNumbers.MasterCard}

        def found(**sent: Any) -> list[str]:
            return codes(gateway.verification.create(sent), "verification", "three_d_secure_authentication_id")

        by_id = {"three_d_secure_authentication_id": authentication_id}
        assert found(credit_card=VISA, three_d_secure_authentication_id="nobody") == [
            VERIFICATION.ThreeDSecureAuthenticationIdIsInvalid
        ]
        assert found(credit_card=mastercard, **by_id) == [
            VERIFICATION.ThreeDSecureTransactionPaymentMethodDoesntMatchThreeDSecureAuthenticationPaymentMethod
        ]
        assert found(payment_method_nonce=nonce, three_d_secure_authentication_id=another_id) == [
            VERIFICATION.ThreeDSecureAuthenticationIdDoesntMatchNonceThreeDSecureAuthentication
        ]
        assert found(credit_card=VISA, three_d_secure_pass_thru=PASSED_THROUGH, **by_id) == [
            VERIFICATION.ThreeDSecureAuthenticationIdWithThreeDSecurePassThruIsInvalid
        ]

    @pytest.mark.parametrize(
        ("name", "value", "code"),
        [
            ("customer_browser", "x" * 256, ErrorCodes.RiskData.CustomerBrowserIsTooLong),
            ("customer_device_id", "x" * 256, ErrorCodes.RiskData.CustomerDeviceIdIsTooLong),
            ("customer_tenure", "1" * 21, ErrorCodes.RiskData.CustomerTenureIsTooLong),
            ("customer_location_zip", "12#45", ErrorCodes.RiskData.CustomerLocationZipInvalidCharacters),
            ("customer_location_zip", "1234567890", ErrorCodes.RiskData.CustomerLocationZipIsTooLong),
        ],
    )
    def test_name_what_is_wrong_with_risk_data(self, gateway: Gateway, name: str, value: str, code: str) -> None:
        result = gateway.customer.create({"risk_data": {name: value}})
        assert codes(result, "customer.risk_data", name) == [code]
