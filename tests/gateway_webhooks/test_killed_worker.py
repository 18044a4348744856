"""A worker that is killed while it applies a webhook: another one does it, and the money moves once."""

import asyncio
from contextlib import AbstractAsyncContextManager
from uuid import UUID

import httpx
import pytest

from billing_api.config import Settings
from braintree_sandbox.testing import Sandbox
from tests.factories.invoices import post_invoice
from tests.factories.payments import pay, store_bank_account
from tests.fixtures.commands import Program, running
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal
from tests.fixtures.waiting import looks
from tests.gateway_webhooks.conftest import Inbox, notice, send
from tests.payments.buying import assert_books_add_up, entries_of

pytestmark = pytest.mark.slow

_SECONDS = 60  # two workers start on two busy cores


def _worker(settings: Settings) -> AbstractAsyncContextManager[Program]:
    return running(
        "worker",
        DATABASE_URL=settings.database_url,
        GATEWAY_PORT=str(settings.gateway_port),
        WORKER_LEASE_SECONDS="1",
        WORKER_POLL_SECONDS="0.05",
    )


async def test_a_return_is_recorded_once(
    client: httpx.AsyncClient,
    inbox: Inbox,  # leaves out the jobs of other tests
    services: Services,
    portal: Portal,
    sandbox: Sandbox,
    settings: Settings,
    sql: Sql,
) -> None:
    account = await store_bank_account(portal)
    payment = (await pay(portal, account, await post_invoice(services, portal.account_id, 10_000))).json()
    payment_id = UUID(payment["id"])
    transaction_id = await sql.fetchval("SELECT gateway_transaction_id FROM payments WHERE id = $1", payment_id)
    sandbox.control("POST", f"/transactions/{transaction_id}/settle")
    await services.payment_checks.look_up(portal.account_id, payment_id)
    sandbox.control("POST", f"/transactions/{transaction_id}/return", {"code": "R01"})
    await send(client, notice(sandbox, "transaction_settlement_declined", transaction_id))
    fault = sandbox.fault("hold", match={"method": "GET", "path": f"/transactions/{transaction_id}"})

    async with _worker(settings):
        await asyncio.to_thread(sandbox.wait_for_hit, fault, seconds=_SECONDS)
    sandbox.release(fault)
    assert (await portal.get(f"/v1/payments/{payment_id}")).json()["status"] == "succeeded"

    async with _worker(settings):
        for _ in looks("the return", seconds=_SECONDS):
            if (await portal.get(f"/v1/payments/{payment_id}")).json()["status"] == "returned":
                break
    assert [kind for kind, *_ in await entries_of(sql, portal.account_id)] == ["payment", "return"]
    await assert_books_add_up(sql, portal.account_id)
