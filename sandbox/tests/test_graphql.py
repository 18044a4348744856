"""GraphQL: queries of Braintree's script, and errors as the SDK reads them."""

from collections.abc import Iterator
from typing import Any

import pytest
from braintree.exceptions.authentication_error import AuthenticationError

from braintree_sandbox.testing import Gateway, Sandbox

from .client import CARD, Browser, client_token

TOKENIZE_CARD = """
mutation Tokenize($input: TokenizeCreditCardInput!, $insight: AuthenticationInsightInput!) {
  tokenizeCreditCard(input: $input) {
    token
    creditCard { brandCode last4 binData { debit issuingBank } }
    paymentMethod { id details { ... on CreditCardDetails { bin } } }
    authenticationInsight(input: $insight) { customerAuthenticationRegulationEnvironment }
  }
}
"""
TOKENIZE_BANK = """
mutation Tokenize($input: TokenizeUsBankAccountInput!) {
  tokenizeUsBankAccount(input: $input) { paymentMethod { id details { ... on UsBankAccountDetails { last4 } } } }
}
"""
TOKENIZE_LOGIN = """
mutation Tokenize($input: TokenizeUsBankLoginInput!) {
  tokenizeUsBankLogin(input: $input) { paymentMethod { id } }
}
"""
DELETE = """
mutation Delete($input: DeletePaymentMethodFromSingleUseTokenInput!) {
  deletePaymentMethodFromSingleUseToken(input: $input) { clientMutationId }
}
"""
CREATE_CLIENT_TOKEN = """
mutation Create($input: CreateClientTokenInput!) { createClientToken(input: $input) { clientToken } }
"""
BANK: dict[str, Any] = {
    "accountType": "CHECKING",
    "achMandate": "I agree.",
    "billingAddress": {"streetAddress": "1 Main St", "city": "San Francisco", "state": "CA", "zipCode": "94112"},
}


@pytest.fixture
def browser(sandbox: Sandbox, gateway: Gateway) -> Iterator[Browser]:
    """Return a browser whose access token is where the SDK's helpers look for it."""
    with Browser(sandbox, client_token(gateway)["braintree_api"]["access_token"]) as browser:
        yield browser


def _classes(response: dict[str, Any]) -> list[str]:
    return [error["extensions"]["errorClass"] for error in response["errors"]]


class TestCards:
    def test_become_a_nonce(self, browser: Browser, gateway: Gateway) -> None:
        address = {"addressLine1": "1 Main St", "adminArea2": "San Francisco", "postalCode": "94112"}
        response = browser.graphql(
            TOKENIZE_CARD,
            input={"creditCard": {**CARD, "billingAddress": address}, "options": {"validate": True}},
            insight={"merchantAccountId": "sandbox_credit_card"},
        )["data"]["tokenizeCreditCard"]
        sale = gateway.transaction.sale({"amount": "10.00", "payment_method_nonce": response["token"]}).transaction
        assert response["creditCard"] == {
            "brandCode": "VISA",
            "last4": "1111",
            "binData": {"debit": "UNKNOWN", "issuingBank": "Unknown"},
        }
        assert response["paymentMethod"] == {"id": response["token"], "details": {"bin": "411111"}}
        assert response["authenticationInsight"] == {"customerAuthenticationRegulationEnvironment": "UNAVAILABLE"}
        assert (sale.billing_details.street_address, sale.billing_details.locality) == ("1 Main St", "San Francisco")

    def test_two_wrong_fields_are_two_errors(self, browser: Browser) -> None:
        card = {**CARD, "number": "4111111111111112", "expirationMonth": "13"}
        insight = {"merchantAccountId": "sandbox_credit_card"}
        response = browser.graphql(TOKENIZE_CARD, input={"creditCard": card}, insight=insight)
        found = [(error["extensions"]["legacyCode"], error["extensions"]["inputPath"]) for error in response["errors"]]
        assert response["data"] == {"tokenizeCreditCard": None}
        assert found == [
            ("81715", ["input", "creditCard", "number"]),
            ("81712", ["input", "creditCard", "expirationMonth"]),
        ]


class TestBankAccounts:
    def test_of_a_business_are_a_nonce_under_its_name(
        self, browser: Browser, gateway: Gateway, customer_id: str
    ) -> None:
        owner = {"businessOwner": {"businessName": "Sunny Side Ltd"}}
        typed = {**BANK, **owner, "accountNumber": "1000000000", "routingNumber": "021000021"}
        response = browser.graphql(TOKENIZE_BANK, input={"usBankAccount": typed})["data"]["tokenizeUsBankAccount"]
        vaulted = gateway.payment_method.create(
            {"customer_id": customer_id, "payment_method_nonce": response["paymentMethod"]["id"]}
        ).payment_method
        assert response["paymentMethod"]["details"] == {"last4": "0000"}
        assert (vaulted.account_holder_name, vaulted.ownership_type) == ("Sunny Side Ltd", "business")
        assert (vaulted.account_type, vaulted.ach_mandate.text) == ("checking", "I agree.")

    @pytest.mark.parametrize(
        "wrong",
        [{"accountNumber": "12"}, {"routingNumber": "12345678x"}, {"individualOwner": None}, {"accountType": "GOLD"}],
    )
    def test_wrong_accounts_are_refused(self, browser: Browser, wrong: dict[str, Any]) -> None:
        owner = {"individualOwner": {"firstName": "Pat", "lastName": "Example"}}
        typed = {**BANK, **owner, "accountNumber": "1000000000", "routingNumber": "021000021", **wrong}
        assert _classes(browser.graphql(TOKENIZE_BANK, input={"usBankAccount": typed})) == ["VALIDATION"]

    @pytest.mark.parametrize(("token", "good"), [("good", True), ("stale", False)])
    def test_may_be_chosen_by_signing_in_to_the_bank(self, browser: Browser, token: str, *, good: bool) -> None:
        owner = {"individualOwner": {"firstName": "Pat", "lastName": "Example"}}
        chosen = {**BANK, **owner, "publicToken": token, "accountId": "plaid_account_id"}
        assert ("errors" not in browser.graphql(TOKENIZE_LOGIN, input={"usBankLogin": chosen})) is good

    def test_that_were_chosen_so_are_verified_for_anybody(
        self, sandbox: Sandbox, compliant: Gateway, compliant_customer_id: str
    ) -> None:
        owner = {"individualOwner": {"firstName": "Pat", "lastName": "Example"}}
        chosen = {**BANK, **owner, "publicToken": "good", "accountId": "plaid_account_id"}
        account = "another_us_bank_merchant_account"
        with Browser(sandbox, client_token(compliant)["authorizationFingerprint"], merchant="integration2") as browser:
            responses = [browser.graphql(TOKENIZE_LOGIN, input={"usBankLogin": chosen}) for _ in range(2)]
        nonces = [response["data"]["tokenizeUsBankLogin"]["paymentMethod"]["id"] for response in responses]
        vaulted = compliant.payment_method.create(
            {
                "customer_id": compliant_customer_id,
                "payment_method_nonce": nonces[0],
                "options": {"verification_merchant_account_id": account},
            }
        ).payment_method
        assert [(one.status, one.verification_method) for one in vaulted.verifications] == [
            ("verified", "tokenized_check")
        ]
        for paid_by in ({"payment_method_token": vaulted.token}, {"payment_method_nonce": nonces[1]}):
            sale = {"amount": "1.00", "merchant_account_id": account, "options": {"submit_for_settlement": True}}
            assert compliant.transaction.sale({**sale, **paid_by}).transaction.status == "settlement_pending"


class TestVault:
    def test_a_customer_removes_their_own_methods_only(
        self, sandbox: Sandbox, gateway: Gateway, customer_id: str, card_token: str
    ) -> None:
        nonce = gateway.payment_method_nonce.create(card_token).payment_method_nonce.nonce
        stranger_id = gateway.customer.create().customer.id
        fingerprints = [
            client_token(gateway, customer_id=somebody)["authorizationFingerprint"]
            for somebody in (stranger_id, customer_id)
        ]
        responses = []
        for fingerprint in (*fingerprints, "sandbox_anything_integration_merchant_id"):
            with Browser(sandbox, fingerprint) as browser:
                responses.append(browser.graphql(DELETE, input={"singleUseTokenId": nonce}))
        assert _classes(responses[0]) == ["NOT_FOUND"]
        assert responses[1]["data"] == {"deletePaymentMethodFromSingleUseToken": {"clientMutationId": None}}
        assert _classes(responses[2]) == ["NOT_FOUND"]
        assert gateway.customer.find(customer_id).payment_methods == []

    def test_a_page_without_a_customer_removes_nothing(
        self, browser: Browser, gateway: Gateway, card_token: str
    ) -> None:
        nonce = gateway.payment_method_nonce.create(card_token).payment_method_nonce.nonce
        assert _classes(browser.graphql(DELETE, input={"singleUseTokenId": nonce})) == ["AUTHORIZATION"]


class TestRequests:
    @pytest.mark.parametrize(
        "query", ["{ nothing }", "{ ping", "", "mutation { tokenizeCreditCard { token } }", "{ ping }" * 3000]
    )
    def test_that_make_no_sense_are_refused_with_the_reason(self, browser: Browser, query: str) -> None:
        response = browser.graphql(query)
        assert set(_classes(response)) == {"VALIDATION"}
        assert "data" not in response

    @pytest.mark.parametrize("body", ["[]", "{", '{"query": 1}', '{"query": "{ ping }", "variables": 1}'])
    def test_that_are_not_graphql_are_refused(self, browser: Browser, body: str, gateway: Gateway) -> None:
        keys = ("integration_public_key", "integration_private_key")
        assert browser.post("/graphql", content=body, auth=keys).status_code == 400

    @pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer forged|merchant_id=integration_merchant_id"])
    def test_without_valid_keys_are_refused(self, browser: Browser, authorization: str) -> None:
        response = browser.post("/graphql", json={"query": "{ ping }"}, headers={"Authorization": authorization})
        assert (response.status_code, _classes(response.json())) == (200, ["AUTHENTICATION"])

    def test_that_are_a_servers_business_are_refused_to_browsers(self, browser: Browser) -> None:
        assert _classes(browser.graphql(CREATE_CLIENT_TOKEN, input={})) == ["AUTHORIZATION"]


class TestSdk:
    def test_asks_by_the_merchants_keys(self, gateway: Gateway) -> None:
        variables = {"input": {"clientToken": {"merchantAccountId": "ABC123"}}}
        created = gateway.graphql_client.query(CREATE_CLIENT_TOKEN, variables)
        assert gateway.graphql_client.query("query { ping }")["data"] == {"ping": "pong"}
        assert created["data"]["createClientToken"]["clientToken"]

    def test_raises_its_own_error_for_wrong_keys(self, gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(gateway.config, "private_key", "wrong")
        with pytest.raises(AuthenticationError):
            gateway.graphql_client.query("query { ping }")
