"""A gateway that does not respond: payments wait in threads of their own, and everything else is served."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI

from billing_api.config import Settings
from billing_api.gateway.braintree.calls import Calls
from billing_api.main import create_app
from braintree_sandbox.testing import Sandbox
from tests.factories.invoices import post_invoice
from tests.factories.payments import Json, new_key, pay, store_card
from tests.fixtures.holding import holding
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal, owner_of
from tests.fixtures.waiting import PATIENCE_SECONDS, looks
from tests.payments.world import PAYMENTS

THREADS, PAYING, LISTS = 2, 6, 100


@pytest.fixture
async def narrow(settings: Settings) -> AsyncIterator[FastAPI]:
    """The API with two threads for the gateway, and fewer connections than payments that wait."""
    few = {"gateway_threads": THREADS, "database_pool_size": THREADS}
    app = create_app(settings.model_copy(update=few))
    async with app.router.lifespan_context(app):
        yield app


async def test_lists_are_served_while_every_thread_of_the_gateway_hangs(
    narrow: FastAPI, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counted, not timed: all lists have their responses before one payment has, and payments hold no connection."""
    services = Services(narrow.state.parts)
    monkeypatch.setattr(services.gateway._calls, "_wait_seconds", PATIENCE_SECONDS)  # none gives up meanwhile
    async with owner_of(narrow) as portal:
        card = await store_card(portal)
        invoices = [await post_invoice(services, portal.account_id, 1_000 + n) for n in range(PAYING)]
        (method,) = await services.database.fetch_records(
            "SELECT token FROM payment_methods WHERE account_id = $1", [portal.account_id]
        )
        held = sandbox.fault("hold", times=PAYING, match={"path": "^/transactions$", "body": method["token"]})
        paying = [asyncio.create_task(pay(portal, card, invoice)) for invoice in invoices]
        await asyncio.to_thread(sandbox.wait_for_hit, held, hits=THREADS)
        paths = ["/v1/invoices", PAYMENTS, "/v1/balance", "/v1/transactions"]
        responses = await asyncio.gather(*(portal.get(paths[n % len(paths)]) for n in range(LISTS)))
        assert {response.status_code for response in responses} == {200}
        assert not any(one.done() for one in paying)
        for _ in looks("no payment holds a connection"):  # a periodic read of the service's own may hold one
            if services.database.connections_in_use == 0:
                break
            await asyncio.sleep(0)
        assert await asyncio.to_thread(sandbox.hits, held) == THREADS  # no more are sent than there are threads
        sandbox.control("DELETE", f"/faults/{held}")
        assert {(await one).status_code for one in paying} == {201}


async def test_a_payment_that_finds_no_thread_is_a_503_and_its_key_is_free(
    services: Services, portal: Portal, card: Json, token: str, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = [await post_invoice(services, portal.account_id, 1_000) for _ in range(2)]
    calls, key = Calls(threads=1, wait_seconds=0.05), new_key()
    monkeypatch.setattr(services.gateway, "_calls", calls)
    async with holding(sandbox, path="^/transactions$", body=token) as held:
        first = asyncio.create_task(pay(portal, card, one))
        await held.by(first)
        crowded_out = await pay(portal, card, other, key=key)
        assert (crowded_out.status_code, crowded_out.json()["code"]) == (503, "payment_not_sent")
        assert int(crowded_out.headers["Retry-After"]) >= 1
    assert (await first).status_code == 201
    again = await pay(portal, card, other, key=key)
    assert (again.status_code, "Idempotent-Replayed" in again.headers) == (201, False)
    await calls.close()
