"""Liveness, readiness and measures."""

import asyncio
import re
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from billing_api.config import Environment, Settings
from billing_api.db.address import DatabaseAddress
from billing_api.main import create_app
from tests.fixtures.queries import Sql
from tests.http.problem import problem

TOKEN = "canary-of-the-metrics-token"


async def test_alive_and_ready(client: httpx.AsyncClient) -> None:
    """A process on a migrated database gets requests."""
    assert (await client.get("/livez")).json() == {"status": "alive"}
    assert (await client.get("/readyz")).json() == {"status": "ready"}


async def test_instance_is_shown_where_it_is_set(settings: Settings) -> None:
    """A start that waits for its own API knows it from another one on the port."""
    app = create_app(settings.model_copy(update={"instance": "release-7"}))
    transport = httpx.ASGITransport(app=app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://billing.test") as client,
    ):
        assert (await client.get("/readyz")).json() == {"status": "ready", "instance": "release-7"}
        app.state.readiness.stopping = True
        stopping = {"status": "not ready", "reason": "stopping", "instance": "release-7"}
        assert (await client.get("/readyz")).json() == stopping


async def test_requests_are_measured_by_route_not_by_address(client: httpx.AsyncClient) -> None:
    """An id in a path must not become a label."""
    await client.get("/v1/addresses/01a203df-4cdb-7211-83aa-039c753394aa")
    text = (await client.get("/metrics")).text
    assert 'http_requests_total{method="GET",route="/v1/addresses/{address_id}",status="401"}' in text
    assert "01a203df" not in text


async def test_unknown_methods_are_one_label(client: httpx.AsyncClient) -> None:
    """A client chooses the word of its method, and must not choose how many series there are."""
    for method in ("PROPFIND", "M-SEARCH", "QUERY", "TRACE"):
        problem(await client.request(method, "/v1/invoices"), 405, "method_not_allowed")
    text = (await client.get("/metrics")).text
    assert 'http_requests_total{method="other",route="/v1/invoices",status="405"}' in text
    assert not re.search('method="(PROPFIND|M-SEARCH|QUERY|TRACE)"', text)


async def test_callers_at_once_share_one_look_at_the_database(
    app: FastAPI, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A crowd at /readyz takes no more connections than one caller; a later caller has a look of its own."""
    looks, connect = [], DatabaseAddress.connect

    async def counted(self: DatabaseAddress, **options: Any) -> Sql:
        if not options:  # a pool that connects meanwhile gives its time-outs
            looks.append(self)
        return await connect(self, **options)

    monkeypatch.setattr(DatabaseAddress, "connect", counted)
    found = await asyncio.gather(*(client.get("/readyz") for _ in range(50)))
    assert {response.status_code for response in found} == {200}
    assert len(looks) == 1
    assert (await client.get("/readyz")).status_code == 200
    assert len(looks) == 2


def client_of(settings: Settings) -> httpx.AsyncClient:
    """A client of an application of its own; these routes need none of its services."""
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=create_app(settings)), base_url="http://billing.test")


class TestClosed:
    """Routes that are not public."""

    async def test_metrics_need_their_token(self, settings: Settings) -> None:
        """Prometheus sends it as any bearer token; the refusal does not hold it."""
        app = create_app(settings.model_copy(update={"metrics_token": SecretStr(TOKEN)}))
        transport = httpx.ASGITransport(app=app)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://billing.test") as client,
        ):
            responses = [
                await client.get("/metrics", headers={b"Authorization": given.encode("latin-1")})
                for given in ("", TOKEN, f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", "Bearer \u00e9", "Bearer ")
            ]
            for response in responses:
                problem(response, 401, "unauthenticated")
                assert TOKEN not in response.text
            allowed = await client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
            assert "http_requests_total" in allowed.text

    async def test_production_shows_none_without_a_token(self, settings: Settings) -> None:
        """As if there were no such address."""
        async with client_of(settings.model_copy(update={"environment": Environment.PRODUCTION})) as client:
            problem(await client.get("/metrics"), 404, "not_found")

    @pytest.mark.parametrize("path", ["/docs", "/docs/assets/start.js", "/openapi.json"])
    async def test_docs_and_contract(self, settings: Settings, path: str) -> None:
        """By a setting; the command still writes the contract."""
        app = create_app(settings.model_copy(update={"serve_docs": False}))
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://billing.test") as client:
            problem(await client.get(path), 404, "not_found")
        assert app.openapi()["paths"]
