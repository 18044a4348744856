"""Payment method nonces through the SDK."""

import pytest
from braintree.error_codes import ErrorCodes
from braintree.exceptions.not_found_error import NotFoundError
from braintree.test.nonces import Nonces

from braintree_sandbox.testing import Gateway, Sandbox

from .errors import codes


class TestNonces:
    def test_of_a_vaulted_card_pays_once(self, gateway: Gateway, customer_id: str, card_token: str) -> None:
        nonce = gateway.payment_method_nonce.create(card_token).payment_method_nonce
        assert (nonce.type, nonce.details["last_two"]) == ("CreditCard", "81")

        first, second = (
            gateway.transaction.sale({"amount": "5.00", "payment_method_nonce": nonce.nonce}) for _ in range(2)
        )

        assert (first.transaction.customer_details.id, first.transaction.credit_card_details.token) == (
            customer_id, card_token,
        )  # fmt: skip
        assert codes(second, "transaction", "payment_method_nonce") == [
            ErrorCodes.Transaction.PaymentMethodNonceConsumed
        ]

    def test_show_what_they_stand_for(self, gateway: Gateway, sandbox: Sandbox) -> None:
        found = gateway.payment_method_nonce.find(sandbox.card_nonce("4111111111111210"))
        assert (found.details["bin"], found.details["last_4"]) == ("411111", "1210")
        assert found.bin_data.prepaid == "Yes"
        assert not found.consumed

    def test_of_three_d_secure_show_the_outcome(self, gateway: Gateway) -> None:
        info = gateway.payment_method_nonce.find(Nonces.ThreeDSecureVisaFullAuthentication).three_d_secure_info
        assert (info.status, info.enrolled, info.liability_shifted) == ("authenticate_successful", "Y", True)

    @pytest.mark.parametrize(
        ("nonce", "kind", "detail", "value"),
        [
            (Nonces.TransactableVisa, "CreditCard", "last_four", "1881"),
            (Nonces.ApplePayMasterCard, "ApplePayCard", "card_type", "Apple Pay - MasterCard"),
            (Nonces.AndroidPayCardMasterCard, "AndroidPayCard", "is_network_tokenized", True),
            (Nonces.MetaCheckoutCard, "MetaCheckoutCard", "cardholder_name", "Meta Checkout Card Cardholder"),
            (Nonces.PayPalBillingAgreement, "PayPalAccount", "email", "jane.doe@paypal.com"),
            (Nonces.SepaDirectDebit, "SEPADebitAccount", "mandate_type", "RECURRENT"),
            (Nonces.UsBankAccount, "UsBankAccount", "last_4", "0000"),
            (Nonces.VenmoAccount, "VenmoAccount", "username", "venmojoe"),
        ],
    )
    def test_of_every_kind_tell_theirs(
        self, gateway: Gateway, nonce: str, kind: str, detail: str, value: object
    ) -> None:
        found = gateway.payment_method_nonce.find(nonce)
        assert (found.type, found.details[detail]) == (kind, value)

    @pytest.mark.parametrize(
        ("nonce", "indicator", "value"),
        [
            (Nonces.TransactableCountryOfIssuanceCAD, "country_of_issuance", "CAN"),
            (Nonces.TransactablePrepaidReloadable, "prepaid_reloadable", "Yes"),
            (Nonces.TransactableUnknownIndicators, "product_id", "Unknown"),
        ],
    )
    def test_of_cards_tell_what_the_issuers_tables_say(
        self, gateway: Gateway, nonce: str, indicator: str, value: str
    ) -> None:
        assert getattr(gateway.payment_method_nonce.find(nonce).bin_data, indicator) == value

    def test_without_a_card_have_no_tables(self, gateway: Gateway) -> None:
        found = gateway.payment_method_nonce.find(Nonces.PayPalOneTimePayment)
        assert (found.bin_data, found.three_d_secure_info) == (None, None)

    def test_that_were_used_say_so(self, gateway: Gateway, sandbox: Sandbox) -> None:
        nonce = sandbox.card_nonce()
        gateway.transaction.sale({"amount": "1.00", "payment_method_nonce": nonce})
        assert gateway.payment_method_nonce.find(nonce).consumed
        assert gateway.payment_method_nonce.find(Nonces.Consumed).consumed

    def test_can_be_locked(self, gateway: Gateway, sandbox: Sandbox, customer_id: str) -> None:
        card = {"number": "4111111111111111", "expiration_date": "12/2040"}
        nonce = sandbox.control("POST", "/nonces", {"credit_card": card, "locked": True})["nonce"]

        vaulted = gateway.payment_method.create({"customer_id": customer_id, "payment_method_nonce": nonce})
        charged = gateway.transaction.sale({"amount": "1.00", "payment_method_nonce": nonce})

        assert codes(vaulted, "payment_method", "payment_method_nonce") == ["93109"]
        assert codes(charged, "transaction", "payment_method_nonce") == ["91566"]
        assert gateway.payment_method_nonce.find(nonce).is_locked

    def test_tell_under_which_rules_a_payment_falls(self, gateway: Gateway, card_token: str) -> None:
        params = {"authentication_insight": True, "merchant_account_id": "european_three_d_secure_merchant_account"}
        nonce = gateway.payment_method_nonce.create(card_token, {"payment_method_nonce": params}).payment_method_nonce
        assert nonce.authentication_insight["regulation_environment"] == "unregulated"

    @pytest.mark.parametrize(
        ("account", "token", "environment"),
        [
            ("india", "india_visa_credit", "rbi"),
            ("european", "european_visa_credit", "psd2"),
            ("european", "india_visa_credit", "unregulated"),
            ("india", "european_visa_credit", "unavailable"),
        ],
    )
    def test_fall_under_the_rules_of_account_and_issuer(
        self, gateway: Gateway, account: str, token: str, environment: str
    ) -> None:
        assert _insight(gateway, account, token)["regulation_environment"] == environment

    @pytest.mark.parametrize(
        ("options", "indicator"),
        [
            ({}, "unavailable"),
            ({"amount": 2000}, "sca_optional"),
            ({"amount": 2001}, "sca_required"),
            ({"amount": 2000, "recurring_customer_consent": True, "recurring_max_amount": 1000}, "sca_required"),
        ],
    )
    def test_tell_whether_india_asks_for_authentication(
        self, gateway: Gateway, options: dict[str, object], indicator: str
    ) -> None:
        assert _insight(gateway, "india", "india_visa_credit", **options)["sca_indicator"] == indicator

    def test_unknown_ones_are_not_found(self, gateway: Gateway) -> None:
        with pytest.raises(NotFoundError):
            gateway.payment_method_nonce.find("not-a-nonce")
        with pytest.raises(NotFoundError):
            gateway.payment_method_nonce.create("not-a-token")

    def test_expire(self, clockwork: Sandbox) -> None:
        gateway = clockwork.gateway()
        nonce = clockwork.card_nonce()
        clockwork.advance(hours=25)
        result = gateway.transaction.sale({"amount": "5.00", "payment_method_nonce": nonce})
        assert codes(result, "transaction", "payment_method_nonce") == [
            ErrorCodes.Transaction.PaymentMethodNonceUnknown
        ]


def _insight(gateway: Gateway, account: str, token: str, **options: object) -> dict[str, str]:
    params = {
        "merchant_account_id": f"{account}_three_d_secure_merchant_account",
        "authentication_insight": True,
        "authentication_insight_options": options,
    }
    result = gateway.payment_method_nonce.create(token, {"payment_method_nonce": params})
    insight: dict[str, str] = result.payment_method_nonce.authentication_insight
    return insight
