"""PayPal through the SDK: accounts, payments, and agreements of a payer in a browser."""

import json
from base64 import b64decode
from typing import Any

import httpx
import pytest
from braintree.error_codes import ErrorCodes
from braintree.exceptions.not_found_error import NotFoundError
from braintree.test.nonces import Nonces

from braintree_sandbox.testing import Gateway, Sandbox

from .conftest import Unique
from .errors import codes
from .receiver import PATIENCE_SECONDS
from .terms import TransactionSearch

Codes = ErrorCodes.PayPalAccount


def _from_browser(sandbox: Sandbox, gateway: Gateway, account: dict[str, Any], **token: str) -> httpx.Response:
    fingerprint = json.loads(b64decode(gateway.client_token.generate(token)))["authorizationFingerprint"]
    with httpx.Client(trust_env=False, timeout=PATIENCE_SECONDS) as browser:
        return browser.post(
            f"{sandbox.url}/merchants/integration_merchant_id/client_api/v1/payment_methods/paypal_accounts",
            json={"paypal_account": account, "authorizationFingerprint": fingerprint},
        )


def _nonce(response: httpx.Response) -> str:
    assert response.status_code == 202, response.text
    return str(response.json()["paypalAccounts"][0]["nonce"])


@pytest.fixture
def account(gateway: Gateway, customer_id: str) -> Any:
    """Return a vaulted account of the customer."""
    params = {"customer_id": customer_id, "payment_method_nonce": Nonces.PayPalBillingAgreement}
    return gateway.payment_method.create(params).payment_method


class TestAccounts:
    def test_are_found_with_payer_and_agreement(self, gateway: Gateway, account: Any) -> None:
        found = gateway.paypal_account.find(account.token)
        assert (found.email, found.billing_agreement_id) == ("jane.doe@paypal.com", "BILLING_AGREEMENT_ID")
        assert found.payer_id
        assert found.image_url

    def test_are_not_cards(self, gateway: Gateway, card_token: str) -> None:
        for call in (gateway.paypal_account.find, gateway.paypal_account.delete, gateway.paypal_account.update):
            with pytest.raises(NotFoundError):
                call(card_token)

    def test_change_token_and_default(self, gateway: Gateway, card_token: str, account: Any, unique: Unique) -> None:
        change = {"token": unique("paypal"), "options": {"make_default": True}}
        assert gateway.paypal_account.update(account.token, change).paypal_account.default
        assert gateway.paypal_account.find(unique("paypal")).email == account.email
        assert not gateway.payment_method.find(card_token).default

    def test_do_not_take_a_token_that_is_in_use(self, gateway: Gateway, card_token: str, account: Any) -> None:
        result = gateway.paypal_account.update(account.token, {"token": card_token})
        assert codes(result, "paypal_account", "token") == [Codes.TokenIsInUse]

    def test_are_deleted(self, gateway: Gateway, account: Any) -> None:
        assert gateway.paypal_account.delete(account.token).is_success
        with pytest.raises(NotFoundError):
            gateway.paypal_account.find(account.token)

    def test_come_from_a_refresh_token(self, gateway: Gateway, customer_id: str) -> None:
        result = gateway.payment_method.create({"customer_id": customer_id, "paypal_refresh_token": "REFRESH"})
        assert result.payment_method.billing_agreement_id == "B_FAKE_ID"


class TestFromABrowser:
    def test_options_for_cards_do_not_matter(
        self, gateway: Gateway, sandbox: Sandbox, customer_id: str, unique: Unique
    ) -> None:
        nonce = _nonce(_from_browser(sandbox, gateway, {"consent_code": "code", "token": unique("paypal")}))
        result = gateway.payment_method.create(
            {
                "customer_id": customer_id,
                "payment_method_nonce": nonce,
                "billing_address_id": "none",
                "options": {"verify_card": True, "verification_merchant_account_id": "none"},
            }
        )
        assert result.payment_method.token == unique("paypal")

    def test_an_order_is_vaulted_with_its_payer(self, gateway: Gateway, sandbox: Sandbox, customer_id: str) -> None:
        order = {"intent": "order", "payment-token": "payment", "payer-id": "payer"}
        params = {
            "customer_id": customer_id,
            "payment_method_nonce": _nonce(_from_browser(sandbox, gateway, order)),
            "options": {"paypal": {"payee_email": "payee@example.com", "shipping": {"first_name": "Ann"}}},
        }
        method = gateway.payment_method.create(params).payment_method
        assert (method.email, method.payer_id) == ("bt_buyer_us@paypal.com", "payer")

    def test_without_consent_nothing_is_vaulted_or_charged(self, gateway: Gateway, sandbox: Sandbox) -> None:
        unchecked = {"options": {"validate": False}}
        vaulted = gateway.payment_method.create(
            {"payment_method_nonce": _nonce(_from_browser(sandbox, gateway, unchecked))}
        )
        charged = gateway.transaction.sale(
            {"amount": "1.00", "payment_method_nonce": _nonce(_from_browser(sandbox, gateway, unchecked))}
        )

        assert codes(vaulted, "paypal_account", "base") == [Codes.ConsentCodeOrAccessTokenIsRequired]
        assert codes(vaulted, "paypal_account", "customer_id") == [Codes.CustomerIdIsRequiredForVaulting]
        assert codes(charged, "transaction.paypal_account", "base") == [Codes.ConsentCodeOrAccessTokenIsRequired]

    @pytest.mark.parametrize("account", [{}, {"consent_code": "code", "access_token": "token"}])
    def test_consent_is_asked_for_at_once_unless_told_otherwise(
        self, gateway: Gateway, sandbox: Sandbox, account: dict[str, str]
    ) -> None:
        assert _from_browser(sandbox, gateway, account).status_code == 422

    def test_with_a_customers_token_the_account_is_vaulted(
        self, gateway: Gateway, sandbox: Sandbox, customer_id: str
    ) -> None:
        response = _from_browser(sandbox, gateway, {"consent_code": "code"}, customer_id=customer_id)
        [stored] = gateway.customer.find(customer_id).paypal_accounts
        sale = gateway.transaction.sale({"amount": "1.00", "payment_method_nonce": _nonce(response)}).transaction
        assert sale.paypal_details.token == stored.token


class TestPayments:
    @pytest.mark.parametrize(
        "place",
        [
            {"paypal_account": {"payee_email": "payee@example.com"}},
            {"options": {"payee_email": "payee@example.com"}},
            {"options": {"paypal": {"payee_email": "payee@example.com"}}},
        ],
    )
    def test_name_the_payee_in_any_of_three_places(self, gateway: Gateway, place: dict[str, Any]) -> None:
        sale = gateway.transaction.sale(
            {"amount": "10.00", "payment_method_nonce": Nonces.PayPalOneTimePayment, **place}
        )
        assert sale.transaction.paypal_details.payee_email == "payee@example.com"

    def test_are_searched_by_what_paypal_calls_them(self, gateway: Gateway) -> None:
        sale = gateway.transaction.sale({"amount": "10.00", "payment_method_nonce": Nonces.PayPalFuturePayment})
        details = sale.transaction.paypal_details
        found = gateway.transaction.search(
            TransactionSearch.paypal_authorization_id == details.authorization_id,
            TransactionSearch.paypal_payment_id == details.payment_id,
            TransactionSearch.paypal_payer_email == details.payer_email,
        )
        assert [one.id for one in found.items] == [sale.transaction.id]

    def test_settle_at_once_and_are_given_back(self, gateway: Gateway) -> None:
        sale = gateway.transaction.sale({"amount": "10.00", "payment_method_nonce": Nonces.PayPalFuturePayment})
        assert sale.transaction.paypal_details.capture_id is None
        submitted = gateway.transaction.submit_for_settlement(sale.transaction.id).transaction
        refund = gateway.transaction.refund(submitted.id).transaction
        assert submitted.status == "settling"
        assert submitted.paypal_details.capture_id.startswith("SALE-")
        assert refund.paypal_details.refund_id

    def test_name_one_test_payer_also_in_the_vault(self, gateway: Gateway) -> None:
        sale = gateway.transaction.sale(
            {
                "amount": "10.00",
                "payment_method_nonce": Nonces.PayPalFuturePayment,
                "options": {"store_in_vault": True},
            }
        ).transaction
        again = gateway.transaction.sale({"amount": "10.00", "payment_method_token": sale.paypal_details.token})
        vaulted = gateway.payment_method.find(sale.paypal_details.token).email
        assert sale.paypal_details.payer_email == again.transaction.paypal_details.payer_email == vaulted
        assert vaulted == "payer@example.com"

    def test_name_the_recipient(self, gateway: Gateway) -> None:
        terms = {"amount": "10.00", "payment_method_nonce": Nonces.PayPalOneTimePayment}
        phone = {"country_code": "1", "national_number": "3121234567"}
        recipient = {"recipient_email": "aunt@example.com", "recipient_phone": phone}
        named = gateway.transaction.sale({**terms, "options": {"paypal": recipient}}).transaction.paypal_details
        assert (named.recipient_email, named.recipient_phone) == ("aunt@example.com", phone)
        assert gateway.transaction.sale(terms).transaction.paypal_details.recipient_email == "test@paypal.com"

    def test_by_a_local_method_tell_what_paypals_support_asks_for(self, gateway: Gateway) -> None:
        terms = {"amount": "10.00", "options": {"submit_for_settlement": True}}
        sale = gateway.transaction.sale({**terms, "payment_method_nonce": Nonces.LocalPayment}).transaction
        refund = gateway.transaction.refund(sale.id).transaction
        assert sale.local_payment_details.debug_id
        assert refund.local_payment_details.debug_id

    def test_that_paypal_took_are_recorded(self, gateway: Gateway) -> None:
        sale = gateway.transaction.sale(
            {
                "amount": "10.00",
                "paypal_account": {"payer_id": "PAYER-1", "payment_id": "PAY-1"},
                "options": {"submit_for_settlement": True},
            }
        ).transaction
        assert (sale.status, sale.paypal_details.payer_id, sale.paypal_details.payment_id) == (
            "settling", "PAYER-1", "PAY-1",
        )  # fmt: skip

    def test_are_declined_by_amount(self, gateway: Gateway) -> None:
        sale = gateway.transaction.sale({"amount": "2001.00", "payment_method_nonce": Nonces.PayPalOneTimePayment})
        assert sale.transaction.processor_response_code == "2001"


class TestOrders:
    def test_another_nonce_stands_for_a_changed_order(
        self, gateway: Gateway, sandbox: Sandbox, customer_id: str
    ) -> None:
        order = _nonce(_from_browser(sandbox, gateway, {"intent": "order", "payment_token": "x", "payer_id": "y"}))
        changed = gateway.paypal_payment_resource.update(
            {
                "paypal_payment_resource": {
                    "amount": "55.00",
                    "currency_iso_code": "USD",
                    "payment_method_nonce": order,
                    "line_items": [{"name": "Shoes", "kind": "debit"}],
                }
            }
        ).payment_method_nonce.nonce

        def vault(nonce: str) -> Any:
            return gateway.payment_method.create({"customer_id": customer_id, "payment_method_nonce": nonce})

        assert changed != order
        assert vault(changed).is_success
        assert codes(vault(order), "payment_method", "payment_method_nonce") == ["93107"]

    @pytest.mark.parametrize(
        ("change", "attribute", "code"),
        [
            ({"payee_email": "payee@paypal"}, "payee_email", "97304"),
            ({"payee_email": f"{'p' * 120}@paypal.com"}, "payee_email", "97305"),
            ({"amount": "much"}, "amount", "97325"),
            ({"amount": "1.00"}, "currency_iso_code", "97311"),
            ({"payment_method_nonce": None}, "payment_method_nonce", "97303"),
            ({"payment_method_nonce": "not-a-nonce"}, "payment_method_nonce", "97301"),
            ({"payment_method_nonce": Nonces.TransactableVisa}, "payment_method_nonce", "97302"),
        ],
    )
    def test_say_what_is_wrong(self, gateway: Gateway, change: dict[str, Any], attribute: str, code: str) -> None:
        order = {"payment_method_nonce": Nonces.PayPalOneTimePayment, **change}
        result = gateway.paypal_payment_resource.update({"paypal_payment_resource": order})
        assert code in codes(result, "paypal_payment_resource", attribute)
