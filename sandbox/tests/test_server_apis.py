"""Calls of servers besides the XML: PayPal's customer sessions, local payments, quotes, and signing in to a bank."""

import json
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, ClassVar

import braintree
import httpx
import pytest
from braintree.exceptions.authorization_error import AuthorizationError
from braintree.exceptions.not_found_error import NotFoundError
from braintree.exchange_rate_quote_request import ExchangeRateQuoteRequest

from braintree_sandbox.testing import Gateway, Sandbox

from .conftest import Unique
from .receiver import PATIENCE_SECONDS

# The SDK's builders lack types.
sdk: Any = braintree
Quotes: Any = ExchangeRateQuoteRequest


@pytest.fixture(scope="module")
def paypal(sandbox: Sandbox) -> Iterator[Gateway]:
    """Return the SDK of the merchant with accounts in two currencies."""
    name = "pwpp_multi_account_merchant"
    gateway = braintree.BraintreeGateway(
        braintree.Configuration(
            environment=sandbox.environment,
            merchant_id=name,
            public_key=f"{name}_public_key",
            private_key=f"{name}_private_key",
        )
    )
    yield gateway
    gateway.config.close()


def _shopper(**known: str) -> Any:
    builder = sdk.CustomerSessionInput.builder().device_fingerprint_id("00DD010662DE")
    return builder.email(known["email"]).build() if known else builder.build()


class TestCustomerSessions:
    def test_are_made_once_under_an_id_of_the_merchants(self, paypal: Gateway, unique: Unique) -> None:
        mine = sdk.CreateCustomerSessionInput.builder().session_id(unique("session")).build()
        first, again = (paypal.customer_session.create_customer_session(mine) for _ in range(2))
        assert first.session_id == unique("session")
        assert "must be unique per merchant" in again.errors.deep_errors[0].message

    def test_are_changed_if_they_exist(self, paypal: Gateway, unique: Unique) -> None:
        made = paypal.customer_session.create_customer_session(sdk.CreateCustomerSessionInput.builder().build())
        changed, missing = (
            paypal.customer_session.update_customer_session(
                sdk.UpdateCustomerSessionInput.builder(session_id).customer(_shopper(email="pat@example.com")).build()
            )
            for session_id in (made.session_id, unique("nowhere"))
        )
        assert changed.session_id == made.session_id
        assert "does not exist" in missing.errors.deep_errors[0].message

    @pytest.mark.parametrize(("known", "options"), [({"email": "pat@example.com"}, ["PAYPAL"]), ({}, [])])
    def test_recommend_paypal_for_whoever_is_known(
        self, paypal: Gateway, unique: Unique, known: dict[str, str], options: list[str]
    ) -> None:
        units = [sdk.PayPalPurchaseUnitInput.builder(sdk.MonetaryAmountInput(Decimal("10.00"), "USD")).build()]
        asked = sdk.CustomerRecommendationsInput.builder().session_id(unique("visit")).customer(_shopper(**known))
        found = paypal.customer_session.get_customer_recommendations(asked.purchase_units(units).build())
        recommended = found.customer_recommendations.recommendations.payment_recommendations
        assert [one.payment_option.value for one in recommended] == options
        assert found.customer_recommendations.is_in_paypal_network is bool(options)

    def test_of_an_account_that_is_not_the_merchants_are_refused(self, paypal: Gateway, unique: Unique) -> None:
        asked = sdk.CustomerRecommendationsInput.builder().session_id(unique("visit")).merchant_account_id("another")
        with pytest.raises(AuthorizationError):
            paypal.customer_session.get_customer_recommendations(asked.build())


class TestLocalPayments:
    def _input(self, value: str = "10.00", account: str = "eur_pwpp_multi_account_merchant_account") -> Any:
        return sdk.CreateLocalPaymentContextInput(
            amount={"value": value, "currency_code": "EUR"},
            type=sdk.LocalPaymentType.MBWAY,
            payer_info={"given_name": "Pat", "phone_number": "912345678", "phone_country_code": "351"},
            order_id="order-1",
            return_url="https://example.com/return",
            cancel_url="https://example.com/cancel",
            merchant_account_id=account,
        )

    def test_are_begun_and_found(self, paypal: Gateway) -> None:
        begun = paypal.local_payment_context.create(self._input()).payment_context
        found = paypal.local_payment_context.find(begun.id).payment_context
        assert (found.id, found.legacy_id, found.type) == (begun.id, begun.legacy_id, "MBWAY")
        assert (found.amount.value, found.amount.currency_code) == (Decimal("10.00"), "EUR")
        assert (found.order_id, found.approval_url) == ("order-1", begun.approval_url)

    @pytest.mark.parametrize("wrong", [{"value": "much"}, {"value": "0"}, {"account": "nowhere"}])
    def test_wrong_contexts_are_refused(self, paypal: Gateway, wrong: dict[str, str]) -> None:
        refused = paypal.local_payment_context.create(self._input(**wrong))
        assert not refused.is_success
        assert len(refused.errors.deep_errors) == 1

    def test_that_do_not_exist_are_not_found(self, paypal: Gateway) -> None:
        with pytest.raises(NotFoundError):
            paypal.local_payment_context.find("nothing")


class TestExchangeRates:
    def test_are_quoted_for_each_pair(self, gateway: Gateway) -> None:
        asked = Quotes().add_exchange_rate_quote_input(
            {"base_currency": "USD", "quote_currency": "EUR", "base_amount": "12.19", "markup": "12.14"}
        )
        result = gateway.exchange_rate_quote.generate(
            asked.done().add_exchange_rate_quote_input({"base_currency": "EUR", "quote_currency": "CAD"}).done()
        )
        first, second = result.exchange_rate_quote_payload.get_quotes()
        assert (str(first.base_amount.value), str(first.quote_amount.value)) == ("12.19", "12.16")
        assert (first.exchange_rate, second.quote_amount.currency_code) == ("0.997316360864", "CAD")

    @pytest.mark.parametrize(
        ("wrong", "name"),
        [
            ({"base_currency": "USD"}, "quoteCurrency"),
            ({"quote_currency": "USD"}, "baseCurrency"),
            ({"base_currency": "XXX", "quote_currency": "USD"}, "baseCurrency"),
            ({"base_currency": "USD", "quote_currency": "EUR", "base_amount": "much"}, "baseAmount"),
        ],
    )
    def test_of_incomplete_requests_are_refused(self, gateway: Gateway, wrong: dict[str, str], name: str) -> None:
        refused = gateway.exchange_rate_quote.generate(Quotes().add_exchange_rate_quote_input(wrong).done())
        assert not refused.is_success
        assert f"'{name}'" in refused.message


class TestOpenFinance:
    URL = "/v1/open-finance/tokenize-bank-account-details"
    KEYS = ("integration_public_key", "integration_private_key")
    SENT: ClassVar[dict[str, Any]] = {
        "account_details": {"account_number": "567891234", "account_type": "CHECKING", "classification": "PERSONAL"},
        "institution_details": {"bank_id": {"bank_code": "021000021", "country_code": "US"}},
        "account_holders": [{"ownership": "PRIMARY", "full_name": {"name": "Pat Example"}}],
    }

    def test_an_account_is_vaulted_with_the_mandate_of_its_first_use(
        self, sandbox: Sandbox, gateway: Gateway, customer_id: str
    ) -> None:
        response = httpx.post(
            sandbox.url + self.URL, json=self.SENT, auth=self.KEYS, trust_env=False, timeout=PATIENCE_SECONDS
        )
        vaulted = gateway.payment_method.create(
            {
                "customer_id": customer_id,
                "payment_method_nonce": response.json()["tenant_token"],
                "us_bank_account": {"ach_mandate_text": "I agree.", "ach_mandate_accepted_at": datetime.now(UTC)},
                "options": {"us_bank_account_verification_method": "instant_verification_account_validation"},
            }
        ).payment_method
        assert (vaulted.account_holder_name, vaulted.last_4, vaulted.ach_mandate.text) == (
            "Pat Example",
            "1234",
            "I agree.",
        )
        assert [one.status for one in vaulted.verifications] == ["verified"]

    @pytest.mark.parametrize(
        ("sent", "keys", "status"),
        [({}, KEYS, 400), ({**SENT, "account_holders": []}, KEYS, 400), (SENT, ("nobody", "wrong"), 401)],
    )
    def test_what_cannot_be_tokenized_is_refused(
        self, sandbox: Sandbox, sent: dict[str, Any], keys: tuple[str, str], status: int
    ) -> None:
        response = httpx.post(sandbox.url + self.URL, json=sent, auth=keys, trust_env=False, timeout=PATIENCE_SECONDS)
        assert response.status_code == status


class TestInstantVerification:
    def _request(self, name: str = "Sunny Side Ltd", url: str = "https://example.com/back") -> Any:
        request = sdk.BankAccountInstantVerificationJwtRequest()
        return request.business_name(name).return_url(url).cancel_url(url)

    def test_opens_by_a_signed_token(self, gateway: Gateway) -> None:
        result = gateway.bank_account_instant_verification.create_jwt(self._request())
        claims = result.bank_account_instant_verification_jwt.jwt.split(".")[1]
        assert json.loads(urlsafe_b64decode(claims + "=="))["businessName"] == "Sunny Side Ltd"

    @pytest.mark.parametrize("wrong", [{"name": ""}, {"url": "not-a-url"}])
    def test_needs_a_name_and_ways_back(self, gateway: Gateway, wrong: dict[str, str]) -> None:
        assert not gateway.bank_account_instant_verification.create_jwt(self._request(**wrong)).is_success
