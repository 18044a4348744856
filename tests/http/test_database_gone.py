"""PostgreSQL stops and starts again: the API reports it, and recovers by itself."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from structlog.testing import capture_logs
from structlog.typing import EventDict

from billing_api.config import Settings
from billing_api.db.migrate import upgrade
from billing_api.dev.postgres import EmbeddedPostgres
from billing_api.main import create_app
from braintree_sandbox.testing import Sandbox
from tests.factories.addresses import ADDRESSES, add_address, new_address
from tests.factories.invoices import post_invoice
from tests.factories.payments import pay, store_card
from tests.fixtures.holding import holding
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal, owner_of
from tests.fixtures.waiting import PATIENCE_SECONDS
from tests.http.problem import problem


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[EmbeddedPostgres]:
    """A server of the test's own, migrated."""
    with EmbeddedPostgres(tmp_path, settings={"fsync": "off"}) as server:
        await asyncio.to_thread(upgrade, server.dsn())
        yield server


@pytest.fixture
async def shop(server: EmbeddedPostgres, settings: Settings) -> AsyncIterator[FastAPI]:
    """The application on that server."""
    shop = create_app(settings.model_copy(update={"database_url": server.dsn()}))
    async with shop.router.lifespan_context(shop):
        yield shop


@pytest.fixture
async def customer(shop: FastAPI) -> AsyncIterator[Portal]:
    """An account's owner there."""
    async with owner_of(shop) as customer:
        yield customer


@pytest.mark.usefixtures("logged")
async def test_gone_and_back(server: EmbeddedPostgres, customer: Portal) -> None:
    """503 with a hint when to come again, for reads, snapshots and writes; afterwards everything is as it was."""
    kept = await add_address(customer)
    server.stop()
    for response in (
        await customer.get(ADDRESSES),
        await customer.get("/v1/overview"),
        await customer.post(ADDRESSES, json=new_address()),
        await customer.patch("/v1/profile", json={"contact_name": "Pat"}, headers={"If-Match": "*"}),
        await customer.post("/v1/sessions", json={"email": "a@example.com", "password": "a quiet river at dawn"}),
    ):
        problem(response, 503, "unavailable")
        assert int(response.headers["retry-after"]) >= 1
    assert (await customer.get("/readyz")).status_code == 503
    assert (await customer.get("/livez")).status_code == 200
    assert (await customer.get("/v1/portal-config")).status_code == 200

    server.start()
    assert (await customer.get("/readyz")).status_code == 200
    assert (await customer.get("/v1/overview")).status_code == 200
    added = await add_address(customer)
    assert [one["id"] for one in (await customer.get(ADDRESSES)).json()["data"]] == [kept["id"], added["id"]]


async def test_sign_out_without_a_database_removes_the_cookie(server: EmbeddedPostgres, customer: Portal) -> None:
    """The session can't be ended now, which is said; the browser of a shared machine forgets all the same."""
    server.stop()
    response = await customer.delete("/v1/sessions/current")
    problem(response, 503, "unavailable")
    assert response.headers["Set-Cookie"].startswith('__Host-refresh=""')
    assert response.headers["Clear-Site-Data"] == '"cache"'
    server.start()
    assert (await customer.delete("/v1/sessions/current")).status_code == 204
    assert (await customer.get(ADDRESSES)).status_code == 401


async def test_restarted_between_two_requests(server: EmbeddedPostgres, customer: Portal) -> None:
    """No client notices: closed connections are replaced before they are used."""
    await add_address(customer)
    await customer.get("/v1/overview")
    server.stop()
    server.start()
    assert (await customer.get("/v1/overview")).status_code == 200
    await add_address(customer)


async def test_restarted_while_a_card_is_charged(
    server: EmbeddedPostgres, shop: FastAPI, customer: Portal, sandbox: Sandbox
) -> None:
    """The money is taken and can't be written down: the request waits for the database instead of giving up."""
    card = await store_card(customer)
    invoice = await post_invoice(Services(shop.state.parts), customer.account_id, 12_321)
    waits = asyncio.Event()

    def notice(_logger: object, _method: str, line: EventDict) -> EventDict:
        if line["event"] == "recording_waits_for_the_database":
            waits.set()
        return line

    with capture_logs(processors=[notice]):
        async with holding(sandbox, commit=True, path="^/transactions$", body="<amount>123.21</amount>") as held:
            request = asyncio.create_task(pay(customer, card, invoice))
            await held.by(request)
            server.stop()
        await asyncio.wait_for(waits.wait(), PATIENCE_SECONDS)
        server.start()
        response = await request
    assert (response.status_code, response.json()["status"]) == (201, "succeeded")
    assert (await customer.get(f"/v1/invoices/{invoice}")).json()["payment_status"] == "paid"


async def test_start_without_a_database(settings: Settings, tmp_path: Path, logged: list[EventDict]) -> None:
    """The process comes up, says that it is not ready, and becomes so when the database is there."""
    server = EmbeddedPostgres(tmp_path, settings={"fsync": "off"})
    shop = create_app(settings.model_copy(update={"database_url": server.dsn()}))
    async with (
        shop.router.lifespan_context(shop),
        httpx.AsyncClient(transport=httpx.ASGITransport(app=shop), base_url="http://billing.test") as client,
    ):
        assert (await client.get("/readyz")).json()["reason"] == "the database can't be reached"
        with server:
            assert (await client.get("/readyz")).json()["reason"] == "the database is not migrated"
            await asyncio.to_thread(upgrade, server.dsn())
            assert (await client.get("/readyz")).json() == {"status": "ready"}
