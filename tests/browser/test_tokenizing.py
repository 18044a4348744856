"""The unmodified braintree-web in a real Chromium, against the sandbox's TLS port."""

import json
from base64 import b64decode, b64encode
from typing import Any

import pytest
from playwright.async_api import Page

from braintree_sandbox.testing import Gateway, Sandbox
from tests.browser.details import BANK_DETAILS, CARD, MANDATE

FromPage = dict[str, Any]


@pytest.fixture
def gateway(tls_sandbox: Sandbox) -> Gateway:
    """The merchant's server."""
    return tls_sandbox.gateway("integration")


@pytest.fixture(params=["GraphQL", "REST"])
def cards_by(request: pytest.FixtureRequest, tls_sandbox: Sandbox) -> tuple[Gateway, str]:
    """A merchant whose browsers tokenize cards in one of the two ways, and the path that shows which."""
    if request.param == "GraphQL":
        return tls_sandbox.gateway("integration"), "/graphql"
    rules = "/merchants/dup_checking_integration_merchant_id/rules"
    tls_sandbox.control("PUT", rules, {"graphql_tokenization": False})
    return tls_sandbox.gateway("dup_checking_integration"), "/client_api/v1/payment_methods/credit_cards"


class TestCards:
    async def test_become_a_nonce_that_can_be_charged(self, page: Page, cards_by: tuple[Gateway, str]) -> None:
        gateway, path = cards_by
        authorization = gateway.client_token.generate()
        async with page.expect_request(lambda sent: path in sent.url and CARD["number"] in (sent.post_data or "")):
            card: FromPage = await page.evaluate("tokenizeCard", {"authorization": authorization, "creditCard": CARD})
        sale = gateway.transaction.sale({"amount": "10.00", "payment_method_nonce": card["nonce"]})
        assert (card["details"]["cardType"], card["details"]["lastFour"]) == ("Visa", "1111")
        assert (sale.is_success, sale.transaction.billing_details.postal_code) == (True, "94112")

    async def test_wrong_cards_are_refused_by_field(self, page: Page, cards_by: tuple[Gateway, str]) -> None:
        gateway, _ = cards_by
        typed = {**CARD, "number": "4111111111111112"}
        refused: FromPage = await page.evaluate(
            "tokenizeCard", {"authorization": gateway.client_token.generate(), "creditCard": typed}
        )
        (card,) = refused["cause"]["fieldErrors"]
        assert (refused["code"], refused["status"]) == ("CLIENT_REQUEST_ERROR", 422)
        assert (card["field"], card["fieldErrors"][0]["field"]) == ("creditCard", "number")
        assert card["fieldErrors"][0]["code"] == "81715"

    async def test_a_tokenization_key_does_as_well_as_a_client_token(self, page: Page, gateway: Gateway) -> None:
        key = "sandbox_anything_integration_merchant_id"
        card: FromPage = await page.evaluate("tokenizeCard", {"authorization": key, "creditCard": CARD})
        assert gateway.transaction.sale({"amount": "10.00", "payment_method_nonce": card["nonce"]}).is_success

    async def test_a_forged_client_token_is_refused(self, page: Page, gateway: Gateway) -> None:
        token = json.loads(b64decode(gateway.client_token.generate()))
        token["authorizationFingerprint"] += "&customer_id=somebody"
        forged = b64encode(json.dumps(token).encode()).decode()
        refused: FromPage = await page.evaluate("tokenizeCard", {"authorization": forged, "creditCard": CARD})
        assert refused["code"] == "CLIENT_AUTHORIZATION_INVALID"


class TestBankAccounts:
    async def test_become_a_nonce_that_can_be_vaulted(self, page: Page, gateway: Gateway) -> None:
        authorization = gateway.client_token.generate()
        account: FromPage = await page.evaluate(
            "tokenizeBankAccount",
            {"authorization": authorization, "bankDetails": BANK_DETAILS, "mandateText": MANDATE},
        )
        vaulted = gateway.payment_method.create(
            {"customer_id": gateway.customer.create().customer.id, "payment_method_nonce": account["nonce"]}
        ).payment_method
        assert account["description"] == "US bank account ending in - 0000"
        assert (vaulted.account_holder_name, vaulted.routing_number) == ("Pat Example", "021000021")
        assert (vaulted.ach_mandate.text, vaulted.verified) == (MANDATE, True)

    async def test_wrong_accounts_are_refused(self, page: Page, gateway: Gateway) -> None:
        details = {**BANK_DETAILS, "routingNumber": "12"}
        authorization = gateway.client_token.generate()
        refused: FromPage = await page.evaluate(
            "tokenizeBankAccount", {"authorization": authorization, "bankDetails": details, "mandateText": MANDATE}
        )
        (error,) = refused["cause"]
        assert error["message"] == "Routing number must be 9 digits."
        assert error["extensions"]["inputPath"] == ["input", "usBankAccount", "routingNumber"]


class TestVault:
    async def test_a_customers_cards_are_vaulted_listed_and_removed(self, page: Page, gateway: Gateway) -> None:
        customer_id = gateway.customer.create().customer.id
        authorization = gateway.client_token.generate({"customer_id": customer_id})
        await page.evaluate("tokenizeCard", {"authorization": authorization, "creditCard": CARD})
        listed: list[FromPage] = await page.evaluate("vaultedMethods", {"authorization": authorization})
        await page.evaluate("removeMethod", {"authorization": authorization, "nonce": listed[0]["nonce"]})
        assert [(one["type"], one["default"], one["description"]) for one in listed] == [
            ("CreditCard", True, "ending in 11")
        ]
        assert gateway.customer.find(customer_id).payment_methods == []
