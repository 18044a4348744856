"""Liveness, readiness and measures."""

import httpx


async def test_alive_and_ready(client: httpx.AsyncClient) -> None:
    """A process on a migrated database gets requests."""
    assert (await client.get("/livez")).json() == {"status": "alive"}
    assert (await client.get("/readyz")).json() == {"status": "ready"}


async def test_requests_are_measured_by_route_not_by_address(client: httpx.AsyncClient) -> None:
    """An id in a path must not become a label."""
    await client.get("/v1/addresses/01a203df-4cdb-7211-83aa-039c753394aa")
    text = (await client.get("/metrics")).text
    assert 'http_requests_total{method="GET",route="/v1/addresses/{address_id}",status="401"}' in text
    assert "01a203df" not in text
