"""How a page reaches the sandbox: CORS, and the port with TLS under Braintree's own names."""

import ssl
from collections.abc import Iterator

import httpx
import pytest

from braintree_sandbox.testing import Gateway, Sandbox, run_sandbox

from .client import CARD, Browser, client_token
from .receiver import PATIENCE_SECONDS

CLIENT_API = "/merchants/integration_merchant_id/client_api/v1"
ORIGIN = {"Origin": "https://shop.example"}


@pytest.fixture(scope="module")
def secure() -> Iterator[Sandbox]:
    """Return a sandbox with a TLS port."""
    with run_sandbox("--tls-port", "0") as running:
        yield running


class TestCors:
    @pytest.mark.parametrize("path", ["/graphql", f"{CLIENT_API}/payment_methods/credit_cards"])
    def test_preflights_name_what_scripts_send(self, sandbox: Sandbox, path: str) -> None:
        asks = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
        response = httpx.options(
            f"{sandbox.url}{path}", headers={**ORIGIN, **asks}, trust_env=False, timeout=PATIENCE_SECONDS
        )
        assert (response.status_code, response.headers["access-control-allow-origin"]) == (200, "*")
        assert response.headers["access-control-allow-headers"] == "authorization, braintree-version, content-type"

    @pytest.mark.parametrize("path", ["/graphql", f"{CLIENT_API}/configuration", f"{CLIENT_API}/nothing"])
    def test_refusals_can_be_read_too(self, sandbox: Sandbox, path: str) -> None:
        response = httpx.post(
            f"{sandbox.url}{path}", json={}, headers=ORIGIN, trust_env=False, timeout=PATIENCE_SECONDS
        )
        assert response.headers["access-control-allow-origin"] == "*"

    def test_an_injected_failure_can_be_read_too(self, sandbox: Sandbox, gateway: Gateway, customer_id: str) -> None:
        fingerprint = client_token(gateway, customer_id=customer_id)["authorizationFingerprint"]
        sandbox.fault("status", match={"body": customer_id, "path": "/client_api/v1/payment_methods"}, status=503)
        with Browser(sandbox, fingerprint) as browser:
            response = browser.submit("payment_methods/credit_cards", creditCard=CARD)
        assert (response.status_code, response.headers["access-control-allow-origin"]) == (503, "*")

    def test_no_page_reads_what_needs_the_merchants_keys(self, sandbox: Sandbox) -> None:
        path = "/merchants/integration_merchant_id/customers"
        response = httpx.options(f"{sandbox.url}{path}", headers=ORIGIN, trust_env=False, timeout=PATIENCE_SECONDS)
        assert "access-control-allow-origin" not in response.headers


class TestTls:
    def test_serves_the_same_gateway_under_braintrees_names(self, secure: Sandbox) -> None:
        pem = ssl.get_server_certificate((secure.host, secure.tls_port or 0))
        trusting = ssl.create_default_context(cadata=pem)
        fingerprint = client_token(secure.gateway())["authorizationFingerprint"]
        for name in ("api.sandbox.braintreegateway.com", "payments.sandbox.braintree-api.com", "localhost"):
            with httpx.Client(verify=trusting, trust_env=False, timeout=PATIENCE_SECONDS) as client:
                response = client.get(
                    f"https://{secure.host}:{secure.tls_port}{CLIENT_API}/configuration",
                    params={"authorizationFingerprint": fingerprint},
                    headers={"Host": name},
                    extensions={"sni_hostname": name},
                )
            assert response.status_code == 200

    def test_leads_browsers_to_braintrees_names(self, secure: Sandbox) -> None:
        token = client_token(secure.gateway())
        with Browser(secure, token["authorizationFingerprint"]) as browser:
            found = browser.fetch("configuration").json()
        client_api = "https://api.sandbox.braintreegateway.com:443/merchants/integration_merchant_id/client_api"
        assert (token["clientApiUrl"], found["clientApiUrl"]) == (client_api, client_api)
        assert (
            token["graphQL"]["url"] == found["graphQL"]["url"] == "https://payments.sandbox.braintree-api.com/graphql"
        )
        assert token["configUrl"].startswith(secure.url)
        assert token["braintree_api"]["url"] == secure.url

    def test_without_it_everything_is_where_the_caller_came_to(self, sandbox: Sandbox, gateway: Gateway) -> None:
        token = client_token(gateway)
        assert token["graphQL"]["url"] == f"{sandbox.url}/graphql"
        assert token["clientApiUrl"].startswith(sandbox.url)
