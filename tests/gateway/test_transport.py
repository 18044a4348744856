"""The transport over TLS, as production has it, straight and through a proxy: connections there are fenced as well."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from braintree.braintree_gateway import BraintreeGateway
from braintree.configuration import Configuration
from braintree.environment import Environment
from braintree.exceptions.not_found_error import NotFoundError

from billing_api.gateway.braintree.transport import Transport, before_sending
from billing_api.gateway.failures import GatewayUnavailableError
from braintree_sandbox.testing import Sandbox, run_sandbox
from tests.fixtures.cable import Cable, cable_to


@pytest.fixture(scope="module")
def secure() -> Iterator[Sandbox]:
    """A sandbox with a TLS port."""
    with run_sandbox("--tls-port", "0") as running:
        yield running


class Secure(Environment):
    """The SDK speaks TLS on port 443 alone, which only root may listen on."""

    protocol = "https://"


@pytest.fixture
def sdk(secure: Sandbox, tmp_path: Path) -> Iterator[Any]:
    """The SDK over our transport, which believes the sandbox's certificate and no other."""
    certificate, port = tmp_path / "ca.pem", str(secure.tls_port)
    certificate.write_text(ssl.get_server_certificate((secure.host, secure.tls_port or 0)))
    where = Secure("local", secure.host, port, "", True, str(certificate), secure.host, port)
    keys = (f"integration_{part}" for part in ("merchant_id", "public_key", "private_key"))
    config = Configuration(where, *keys, timeout=10, wrap_http_exceptions=True, http_strategy=Transport)
    yield BraintreeGateway(config)
    config.http_strategy().close_all()  # type: ignore[no-untyped-call] # the Transport


@pytest.fixture(params=["straight", "through a proxy"])
async def proxy(
    request: pytest.FixtureRequest, secure: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Cable | None]:
    """The proxy that the environment names, or none."""
    for name in ("NO_PROXY", "no_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    if request.param == "straight":
        yield None
        return
    async with cable_to(secure.tls_port or 0, by_proxy=True) as cable:
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{cable.port}")
        yield cable


async def test_a_request_arrives_unless_the_fence_says_no(secure: Sandbox, sdk: Any, proxy: Cable | None) -> None:
    asked: list[str] = []

    def fence() -> None:
        asked.append("asked")
        raise GatewayUnavailableError("too late")

    def send(customer_id: str) -> bool:
        return bool(sdk.customer.create({"id": customer_id}).is_success)

    def send_too_late(customer_id: str) -> None:
        with before_sending(fence):
            send(customer_id)

    name = "straight" if proxy is None else "proxied"
    assert await asyncio.to_thread(send, f"{name}-in-time")
    with pytest.raises(GatewayUnavailableError):
        await asyncio.to_thread(send_too_late, f"{name}-late")
    assert asked == ["asked"]
    known = secure.gateway().customer
    assert known.find(f"{name}-in-time")
    with pytest.raises(NotFoundError):
        known.find(f"{name}-late")
    assert proxy is None or proxy.connections
