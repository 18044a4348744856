"""The chores of a local run: a batch of `billing-api reconcile` every minute, and the sandbox's webhooks."""

import http.client
import json
import time
from collections.abc import Callable

import typer

from billing_api.dev.parts import Part
from billing_api.dev.settings import LocalSettings

WEBHOOKS = "/v1/gateway-webhooks/braintree"
_ADDRESSES = "/sandbox/webhook-endpoints"


class Reconciling:
    """Starts a pass again and again, one at a time; one that fails says so itself, and the next one tries again."""

    def __init__(self, start: Callable[[], Part], *, every_seconds: float) -> None:
        self._start = start
        self._every = every_seconds
        self._next = time.monotonic() + every_seconds
        self._pass: Part | None = None

    def tend(self) -> None:
        """Start a pass when it is time for one; called often."""
        is_running = self._pass is not None and self._pass.process.poll() is None
        if time.monotonic() >= self._next and not is_running:
            self._next = time.monotonic() + self._every
            self._pass = self._start()

    def stop(self) -> None:
        """End the pass that runs, if any."""
        if self._pass is not None:
            self._pass.stop()


def ask_for_webhooks(settings: LocalSettings) -> None:
    """Let the sandbox send its webhooks to the API, unless it does already; print a refusal, and go on."""
    url = f"http://{settings.local_address}{WEBHOOKS}"
    connection = http.client.HTTPConnection("127.0.0.1", settings.sandbox_port, timeout=5)
    try:
        connection.request("GET", _ADDRESSES)
        known = json.loads(connection.getresponse().read())["endpoints"]
        if url in {address["url"] for address in known}:
            return
        connection.request("POST", _ADDRESSES, json.dumps({"url": url}))
        response = connection.getresponse()
        if response.status >= http.HTTPStatus.BAD_REQUEST:
            typer.echo(f"The sandbox sends no webhooks: {json.loads(response.read())['error']}", err=True)
    finally:
        connection.close()
