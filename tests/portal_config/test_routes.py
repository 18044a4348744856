"""What a portal needs before anyone signs in."""

import httpx


async def test_anyone_may_read_it_and_caches_may_keep_it(client: httpx.AsyncClient) -> None:
    """No token; five minutes in any cache."""
    answer = await client.get("/v1/portal-config")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    again = await client.get("/v1/portal-config", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


async def test_it_tells_what_can_be_paid_with_and_no_secret(client: httpx.AsyncClient) -> None:
    """The gateway's keys stay on the server."""
    answer = await client.get("/v1/portal-config")
    config = answer.json()
    assert config["payment_method_types"] == ["card", "us_bank_account"]
    assert config["gateway"] == {"provider": "braintree", "environment": "local"}
    assert config["password_min_length"] == 15
    assert "key" not in answer.text
