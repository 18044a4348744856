"""A development server on the loopback responds to this machine's names alone."""

import httpx
import pytest

from billing_api.config import Environment, Settings
from billing_api.main import create_app


async def get(settings: Settings, host: str, **headers: str) -> httpx.Response:
    """The response to a request with this Host; no part of the application is needed for it."""
    transport = httpx.ASGITransport(create_app(settings))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
        return await client.get("/", headers={"Host": host, **headers})


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:8000", "LOCALHOST:1", "127.0.0.1:8000", "127.0.0.1", "[::1]:8000", "[::1]"]
)
async def test_this_machines_names_are_let_in(host: str) -> None:
    assert (await get(Settings(), host)).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example:8000", "localhost.evil.example", "127.0.0.1.evil.example", "10.0.0.7", "localhost:", "", "["]
)
async def test_another_name_is_refused(host: str) -> None:
    """With CORS headers, so that a portal's script can read why."""
    response = await get(Settings(), host, Origin="http://localhost:5173")
    problem = response.json()
    assert (response.status_code, problem["code"]) == (403, "unknown_host")
    assert problem["detail"].endswith("these names alone: 127.0.0.1, [::1], localhost.")
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.headers["Access-Control-Allow-Origin"] == "http://localhost:5173"
    assert response.headers["X-Request-Id"]


@pytest.mark.parametrize(("own", "host"), [("127.8.8.8", "127.8.8.8:8000"), ("::1", "[::1]:8000")])
async def test_the_setting_is_a_name_too(own: str, host: str) -> None:
    assert (await get(Settings(host=own), host)).status_code == 200
    assert (await get(Settings(host=own), "evil.example")).status_code == 403


@pytest.mark.parametrize(
    "settings",
    [
        Settings(public_url="http://10.0.2.2:8000"),
        Settings(host="0.0.0.0"),
        Settings(host="billing"),
    ],
)
async def test_a_server_for_others_takes_any_name(settings: Settings) -> None:
    assert (await get(settings, "billing.example.com")).status_code == 200


def test_production_takes_any_name() -> None:
    """There PUBLIC_URL is set, and the proxy knows its names."""
    assert Settings.model_construct(environment=Environment.PRODUCTION, host="127.0.0.1").own_hosts is None
