"""Client tokens through the SDK."""

import json
from base64 import b64decode

import pytest

from tests.fixtures.sandbox import Gateway, Sandbox


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
        ],
    )
    def test_are_refused_with_a_reason(self, gateway: Gateway, params: dict[str, object], sentence: str) -> None:
        with pytest.raises(ValueError, match=sentence):
            gateway.client_token.generate(dict(params))
