"""The client API as a script in a browser uses it, without a browser."""

import json
from base64 import b64decode
from typing import Any

import httpx

from braintree_sandbox.testing import Gateway, Sandbox

CARD = {"number": "4111111111111111", "expirationMonth": "11", "expirationYear": "2099"}


def client_token(gateway: Gateway, **params: object) -> dict[str, Any]:
    """Return a client token's contents."""
    contents: dict[str, Any] = json.loads(b64decode(gateway.client_token.generate(dict(params))))
    return contents


class Browser(httpx.Client):
    """A browser with a client token or a tokenization key."""

    def __init__(self, sandbox: Sandbox, authorization: str, *, merchant: str = "integration") -> None:
        super().__init__(base_url=sandbox.url, trust_env=False, timeout=30)
        self._authorization = authorization
        self._client_api = f"/merchants/{merchant}_merchant_id/client_api/v1"

    @property
    def proof(self) -> dict[str, str]:
        """Return the parameter that authenticates the browser."""
        name = "authorizationFingerprint" if "|" in self._authorization else "tokenizationKey"
        return {name: self._authorization}

    def fetch(self, path: str, **query: str) -> httpx.Response:
        """GET below the client API."""
        return self.get(f"{self._client_api}/{path}", params={**self.proof, **query})

    def submit(self, path: str, **document: object) -> httpx.Response:
        """POST below the client API."""
        return self.post(f"{self._client_api}/{path}", json={**self.proof, **document})

    def tokenize(self, **card: object) -> str:
        """Return the nonce of a valid card."""
        response = self.submit("payment_methods/credit_cards", creditCard={**CARD, **card})
        assert response.is_success, response.text
        return str(response.json()["creditCards"][0]["nonce"])

    def graphql(self, query: str, **variables: object) -> dict[str, Any]:
        """Return the response to a query or a mutation."""
        response = self.post(
            "/graphql",
            json={"query": query, "variables": variables},
            headers={"Authorization": f"Bearer {self._authorization}", "Braintree-Version": "2018-05-10"},
        )
        assert response.status_code == 200, response.text
        found: dict[str, Any] = response.json()
        return found
