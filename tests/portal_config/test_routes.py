"""The settings that a portal needs before a sign-in."""

import httpx


async def test_anyone_may_read_it_and_caches_may_keep_it(client: httpx.AsyncClient) -> None:
    """No token; five minutes in any cache."""
    response = await client.get("/v1/portal-config")
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "public, max-age=300"
    again = await client.get("/v1/portal-config", headers={"If-None-Match": response.headers["ETag"]})
    assert again.status_code == 304


async def test_it_shows_the_ways_to_pay_and_no_secret(client: httpx.AsyncClient) -> None:
    """The gateway's keys stay on the server."""
    response = await client.get("/v1/portal-config")
    config = response.json()
    assert config["payment_method_types"] == ["card", "us_bank_account"]
    assert config["gateway"] == {"provider": "braintree", "environment": "local"}
    assert config["password_min_length"] == 15
    assert "key" not in response.text
