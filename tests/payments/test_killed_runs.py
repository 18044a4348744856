"""Scheduled payments whose worker is killed in the middle of the sale: each is charged once."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import asyncpg
import pytest

from billing_api.config import Settings
from billing_api.payment_methods.create_schemas import CardCreate
from billing_api.payments.schemas import PaymentCreate
from braintree_sandbox.testing import Sandbox
from tests.factories.invoices import post_invoice
from tests.factories.payments import of_invoices
from tests.factories.users import make_account
from tests.fixtures.clocked import in_days
from tests.fixtures.commands import Program, running
from tests.fixtures.holding import holding
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services, open_services
from tests.fixtures.waiting import looks
from tests.payments.conftest import request_of

pytestmark = pytest.mark.slow


@asynccontextmanager
async def working(url: str, sandbox: Sandbox) -> AsyncIterator[Program]:
    """A worker as a process of its own, which is killed at the end."""
    settings = {
        "DATABASE_URL": url,
        "GATEWAY_PORT": str(sandbox.port),
        "SCHEDULED_PAYMENTS_HOUR": "0",
        "WORKER_POLL_SECONDS": "0.05",
        "WORKER_LEASE_SECONDS": "1",
        "LOG_LEVEL": "ERROR",
    }
    async with running("worker", **settings) as program:
        yield program


async def due_payment(services: Services, sql: Sql) -> tuple[UUID, str]:
    """A payment that was scheduled for yesterday, and the token of its card."""
    account_id = await make_account(services)
    card = CardCreate.model_validate({"type": "card", "nonce": "fake-valid-nonce"})
    method, _ = await services.store_method.store(account_id, card)
    invoice = await post_invoice(services, account_id, 10_000)
    wanted = PaymentCreate.model_validate(
        {
            "currency": "USD",
            "pay": of_invoices({"invoice_id": str(invoice)}),
            "payment_method_id": str(method.id),
            "scheduled_on": in_days(1).isoformat(),
        }
    )
    payment = await services.payments.pay(account_id, wanted, request_of())
    await sql.execute("UPDATE payments SET scheduled_on = $2 WHERE id = $1", payment.id, in_days(-1))
    token = await sql.fetchval("SELECT token FROM payment_methods WHERE id = $1", method.id)
    return payment.id, str(token)


async def test_a_worker_that_is_killed_in_the_sale_charges_once(own_database: str, sandbox: Sandbox) -> None:
    """Before the gateway has charged, and after it has: the next worker looks both up, and sends neither again."""
    sql = await asyncpg.connect(own_database)
    async with open_services(Settings(database_url=own_database, gateway_port=sandbox.port)) as services:
        payments = dict([await due_payment(services, sql) for _ in range(2)])
    before, after = payments.values()
    async with (
        holding(sandbox, path="^/transactions$", body=before) as first,
        holding(sandbox, commit=True, path="^/transactions$", body=after) as second,
        working(own_database, sandbox) as worker,
    ):
        ended = asyncio.ensure_future(worker.wait())
        for held in (first, second):
            await held.by(ended)
        worker.send_signal(signal.SIGKILL)
        await ended
    states = "SELECT DISTINCT state FROM payments"
    assert [row["state"] for row in await sql.fetch(states)] == ["submitting"]
    await sql.execute("UPDATE payments SET next_check_at = now()")
    await sql.execute("UPDATE periodic_ticks SET next_at = now()")
    async with working(own_database, sandbox):
        for _ in looks("both payments", seconds=60):
            if [row["state"] for row in await sql.fetch(states)] == ["succeeded"]:
                break
    for payment_id in payments:
        customer_id = await sql.fetchval(
            "SELECT customer_id FROM gateway_customers c JOIN payments p USING (account_id) WHERE p.id = $1", payment_id
        )
        (sale,) = sandbox.transactions(customer_id=customer_id)
        assert sale["order_id"] == str(payment_id)
    assert await sql.fetchval("SELECT count(*) FROM jobs WHERE state = 'held'") == 0
    assert await sql.fetchval("SELECT sum(amount_due) FROM invoices") == 0
    await sql.close()
