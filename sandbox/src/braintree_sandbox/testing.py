"""Start a sandbox for tests and control it: `with run_sandbox() as sandbox: sandbox.gateway().customer.create()`.

Needs Braintree's library: install `braintree-sandbox[testing]`. `braintree_sandbox.pytest_plugin` has it as a fixture.
"""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import braintree
import httpx
from braintree.environment import Environment

Gateway = Any
"""A `braintree.BraintreeGateway`, whose results are unions that no test wants to narrow."""

# Braintree's library sends everything through the proxy that these name and ignores NO_PROXY.
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")


@dataclass(frozen=True)
class Sandbox:
    """A running sandbox: its address and its control API. Calls of Braintree's API go through `gateway()`."""

    host: str
    port: int
    process: "subprocess.Popen[str]"
    tls_port: int | None = None
    _gateways: dict[str, Gateway] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Its address, such as `http://127.0.0.1:41234`."""
        return f"http://{self.host}:{self.port}"

    @property
    def environment(self) -> Environment:
        """The SDK's environment that points here."""
        return Environment("local", self.host, str(self.port), "", False, None, self.host, str(self.port))

    def gateway(self, name: str = "integration", *, timeout: int = 10) -> Gateway:
        """Return Braintree's library for a merchant: integration, integration2, dup_checking_integration …"""
        key = f"{name} {timeout}"
        if key not in self._gateways:
            self._gateways[key] = braintree.BraintreeGateway(
                braintree.Configuration(
                    environment=self.environment,
                    merchant_id=f"{name}_merchant_id",
                    public_key=f"{name}_public_key",
                    private_key=f"{name}_private_key",
                    timeout=timeout,
                )
            )
        return self._gateways[key]

    def control(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        query: Mapping[str, str] | None = None,
        timeout: float = 10,
    ) -> dict[str, Any]:
        """Call the control API: `control("POST", "/clock/advance", {"days": 1})`. Raise AssertionError for an error."""
        response = self._client.request(method, f"/sandbox{path}", json=body, params=query, timeout=timeout)
        document: dict[str, Any] = response.json()
        if response.is_error:
            raise AssertionError(f"{method} /sandbox{path} returned {response.status_code}: {document}")
        return document

    def fault(self, kind: str, *, match: dict[str, str], **settings: object) -> str:
        """Add a fault: delay, drop, status, garbage or hold. Match by body to leave other tests alone."""
        return str(self.control("POST", "/faults", {"kind": kind, "match": match, **settings})["id"])

    def hits(self, fault_id: str) -> int:
        """Return the number of calls that a fault has hit."""
        return int(self.control("GET", f"/faults/{fault_id}")["hits"])

    def wait_for_hit(self, fault_id: str, *, hits: int = 1, seconds: float = 30) -> None:
        """Wait until a fault has hit so many calls. Raise AssertionError after so many seconds."""
        query = {"hits": str(hits), "wait": str(seconds)}
        fault = self.control("GET", f"/faults/{fault_id}", query=query, timeout=seconds + 10)
        assert fault["hits"] >= hits, f"{fault} was not hit {hits} times within {seconds} seconds"

    def release(self, fault_id: str) -> None:
        """Let the calls that a `hold` holds go on, and wait until they are over."""
        self.control("POST", f"/faults/{fault_id}/release", timeout=20)

    def advance(self, **step: float) -> None:
        """Move the sandbox's clock, for every test that shares it."""
        self.control("POST", "/clock/advance", step)

    def transactions(self, **filters: str) -> list[dict[str, Any]]:
        """Return the ledger, filtered by merchant_id, order_id, customer_id, status or type."""
        found: list[dict[str, Any]] = self.control("GET", "/transactions", query=filters)["transactions"]
        return found

    def card_nonce(self, number: str = "4111111111111111", *, merchant: str = "integration", **card: str) -> str:
        """Return a nonce for a typed card, as a browser gets one."""
        typed = {"number": number, "expiration_date": "12/2030", **card}
        query = {"merchant_id": f"{merchant}_merchant_id"}
        return str(self.control("POST", "/nonces", {"credit_card": typed}, query=query)["nonce"])

    def bank_nonce(self, account_number: str = "1000000000", *, merchant: str = "integration") -> str:
        """Return a nonce for a typed bank account, as a browser gets one."""
        typed = {"account_number": account_number, "routing_number": "021000021"}
        query = {"merchant_id": f"{merchant}_merchant_id"}
        return str(self.control("POST", "/nonces", {"us_bank_account": typed}, query=query)["nonce"])

    @cached_property
    def _client(self) -> httpx.Client:
        """The one client: to make another for each call would take longer than the call."""
        return httpx.Client(base_url=self.url, trust_env=False)

    def close(self) -> None:
        """Close the connections of this process; the SDK keeps one for each thread."""
        self._client.close()
        for gateway in self._gateways.values():
            gateway.config.close()


@contextmanager
def run_sandbox(*arguments: str) -> Iterator[Sandbox]:
    """Start a sandbox on a free port and stop it afterwards; it also stops when this process dies.

    `arguments` are those of the program, such as `"--tls-port", "0"`. Meanwhile no proxy is in the environment.
    """
    command = [sys.executable, "-m", "braintree_sandbox", "--port", "0", "--until-stdin-ends", *arguments]
    pipe = subprocess.PIPE
    with _no_proxies(), subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:  # noqa: S603 - ours
        running = _started(process, with_tls="--tls-port" in arguments)
        try:
            yield running
        finally:
            running.close()
            process.terminate()


def _started(process: "subprocess.Popen[str]", *, with_tls: bool) -> Sandbox:
    """Return the sandbox once it listens. Raise RuntimeError when it can't."""
    assert process.stdout is not None
    first_line = process.stdout.readline().strip()
    if not first_line.startswith("listening on http://"):
        raise RuntimeError(f"The sandbox did not start; it said: {first_line!r}")
    host, port = first_line.removeprefix("listening on http://").rsplit(":", 1)
    tls_port = int(process.stdout.readline().rpartition(":")[2]) if with_tls else None
    return Sandbox(host=host, port=int(port), process=process, tls_port=tls_port)


@contextmanager
def _no_proxies() -> Iterator[None]:
    taken = {name: os.environ.pop(name) for name in _PROXIES if name in os.environ}
    try:
        yield
    finally:
        os.environ.update(taken)
