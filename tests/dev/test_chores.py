"""The work of a local run besides serving."""

import http.client
import json
import signal

import pytest

from billing_api.dev.demo.users import DEMO_EMAIL, DEMO_PASSWORD
from braintree_sandbox.testing import Sandbox
from tests.factories.payments import Json
from tests.fixtures.local_run import LocalRun, stop

pytestmark = pytest.mark.slow


class Portal:
    """A user of the demo account, over HTTP."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._headers = {"Content-Type": "application/json"}
        login = {"email": DEMO_EMAIL, "password": DEMO_PASSWORD}
        self._headers["Authorization"] = f"Bearer {self('POST', '/v1/sessions', login)['access_token']}"

    def __call__(self, method: str, path: str, body: Json | None = None) -> Json:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        try:
            connection.request(method, path, None if body is None else json.dumps(body), self._headers)
            response: Json = json.loads(connection.getresponse().read())
        finally:
            connection.close()
        return response


def test_webhooks_of_the_sandbox_reach_the_api_also_after_a_restart(run: LocalRun) -> None:
    process, _ = run.start_and_read_banner()
    stop(process, signal.SIGINT)
    again, _ = run.start_and_read_banner()
    sandbox = Sandbox("127.0.0.1", run.sandbox_port, again)
    (address,) = sandbox.control("GET", "/webhook-endpoints")["endpoints"]
    assert address["url"] == f"http://127.0.0.1:{run.port}/v1/gateway-webhooks/braintree"
    portal = Portal(run.port)
    card = portal("POST", "/v1/payment-methods", {"type": "card", "nonce": sandbox.card_nonce("371449635398431")})
    stored = [method for customer in sandbox.gateway().customer.all() for method in customer.payment_methods]
    (token,) = [method.token for method in stored if method.last_4 == card["last4"]]
    sandbox.control("POST", f"/payment-methods/{token}/revoke")
    sandbox.close()
    assert again.stdout is not None
    for line in again.stdout:  # read, since a pipe that is full would stop the run
        if "gateway_webhook_applied" in line:
            break
    assert portal("GET", f"/v1/payment-methods/{card['id']}")["status"] == "removed"
