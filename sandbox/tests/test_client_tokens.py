"""Client tokens through the SDK."""

import json
from base64 import b64decode

import pytest

from braintree_sandbox.testing import Gateway, Sandbox


def _decoded(token: str) -> dict[str, object]:
    contents: dict[str, object] = json.loads(b64decode(token))
    return contents


class TestClientTokens:
    def test_are_base64_json_of_version_2(self, gateway: Gateway, sandbox: Sandbox) -> None:
        token = _decoded(gateway.client_token.generate())
        assert token["version"] == 2
        assert str(token["configUrl"]).startswith(f"{sandbox.url}/merchants/integration_merchant_id/client_api/")
        assert token["authorizationFingerprint"]

    def test_speak_of_the_customer_and_the_account(self, gateway: Gateway, customer_id: str) -> None:
        params = {"customer_id": customer_id, "merchant_account_id": "sandbox_credit_card_non_default"}
        token = _decoded(gateway.client_token.generate(params))
        assert f"customer_id={customer_id}" in str(token["authorizationFingerprint"])
        assert token["merchantAccountId"] == "sandbox_credit_card_non_default"

    def test_are_plain_json_in_version_1(self, gateway: Gateway) -> None:
        assert json.loads(gateway.client_token.generate({"version": 1}))["version"] == 1

    @pytest.mark.parametrize(
        ("params", "sentence"),
        [
            ({"customer_id": "nobody"}, "Customer specified by customer_id does not exist"),
            ({"merchant_account_id": "nowhere"}, "Merchant account specified by merchant_account_id does not exist"),
            ({"version": 9}, "version is not supported"),
            ({"proxy_merchant_id": "nobody"}, "Proxy merchant specified by proxy_merchant_id does not exist"),
            ({"domains": ["example"]}, "must be valid domain names"),
            ({"domains": ["example.com", "example.org"]}, "more than 1 client token domains"),
        ],
    )
    def test_are_refused_with_a_reason(self, gateway: Gateway, params: dict[str, object], sentence: str) -> None:
        with pytest.raises(ValueError, match=sentence):
            gateway.client_token.generate(dict(params))

    def test_take_a_domain_and_all_options_for_a_customer(self, gateway: Gateway, customer_id: str) -> None:
        names = ("make_default", "verify_card", "fail_on_duplicate_payment_method_for_customer")
        options = dict.fromkeys(names, True)
        params = {"customer_id": customer_id, "options": options, "domains": ["shop.example.com"]}
        token = _decoded(gateway.client_token.generate(params))
        assert all(f"{name}=true" in str(token["authorizationFingerprint"]) for name in names)

    def test_refuse_options_without_a_customer(self, sandbox: Sandbox, gateway: Gateway) -> None:
        """The SDK refuses them before it asks; others don't."""
        body = {"client_token": {"options": {"verify_card": True}, "version": 2}}
        refused = gateway.config.http().post("/merchants/integration_merchant_id/client_token", body)
        assert "Cannot specify verify_card without a customer_id." in refused["api_error_response"]["message"]

    def test_lead_to_graphql_unless_the_merchant_does_without(self, sandbox: Sandbox) -> None:
        path = "/merchants/advanced_fraud_integration_merchant_id/rules"
        sandbox.control("PUT", path, {"graphql_tokenization": False})
        without = _decoded(sandbox.gateway("advanced_fraud_integration").client_token.generate())
        sandbox.control("PUT", path, {"graphql_tokenization": True})
        assert "graphQL" not in without
        assert "graphQL" in _decoded(sandbox.gateway("advanced_fraud_integration").client_token.generate())
