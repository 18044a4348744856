"""A process that is stopped between writing a payment and charging it: SIGSTOP, as a suspended machine does it."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import httpx
import pytest

from billing_api.config import Settings
from braintree_sandbox.testing import Sandbox
from tests.factories.invoices import post_invoice
from tests.factories.payments import Json, new_key, of_invoices, pay, store_card
from tests.factories.users import Member
from tests.fixtures.holding import holding
from tests.fixtures.later import Later
from tests.fixtures.queries import Sql
from tests.fixtures.served import served_by
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal
from tests.fixtures.waiting import looks
from tests.payments.conftest import Books, BooksOf, SalesOf

pytestmark = pytest.mark.slow

PAYMENTS = "/v1/payments"
_SLEPT_SECONDS = 4_000


@dataclass(frozen=True)
class Sleeper:
    """A process to be paused: its gateway, its database, and the file that puts its clock forward."""

    settings: Settings
    sandbox: Sandbox
    sql: Sql
    clock: Path

    @asynccontextmanager
    async def paying(self, portal: Portal, card: Json, invoice: UUID) -> AsyncIterator["asyncio.Task[httpx.Response]"]:
        """A payment by a process that was stopped after it was written; when the block ends, it goes on an hour later.

        The process has one thread for the gateway, and that is busy with another call while the payment is written.
        """
        self.clock.write_text("0")
        variables = {"GATEWAY_THREADS": "1", "CLOCK_FILE": str(self.clock)}
        async with served_by(self.settings, ["tests.fixtures.moved_api"], **variables) as served:
            owner = await served.sign_in(Member(portal.account_id, portal.user_id, "", "owner"))
            async with holding(self.sandbox, path="^/client_token$") as held:
                busy = asyncio.create_task(owner.post("/v1/payment-methods/client-token"))
                await held.by(busy)
                request = asyncio.create_task(owner.post(PAYMENTS, json=order_for(card, invoice), headers=new_key()))
                for _ in looks("the payment is written"):
                    if await self.sql.fetch("SELECT FROM payments WHERE account_id = $1", portal.account_id):
                        break
                served.process.send_signal(signal.SIGSTOP)
            yield request
            self.clock.write_text(str(_SLEPT_SECONDS))
            served.process.send_signal(signal.SIGCONT)
            await asyncio.wait([busy, request])


@pytest.fixture
def sleeper(settings: Settings, sandbox: Sandbox, sql: Sql, tmp_path: Path) -> Sleeper:
    """The session's sandbox and the worker's database."""
    return Sleeper(settings, sandbox, sql, tmp_path / "ahead")


def order_for(card: Json, invoice: UUID) -> Json:
    return {"currency": "USD", "pay": of_invoices({"invoice_id": str(invoice)}), "payment_method_id": card["id"]}


async def test_a_process_that_wakes_an_hour_later_charges_nothing(
    services: Services, sleeper: Sleeper, portal: Portal, card: Json, books_of: BooksOf, sales_of: SalesOf
) -> None:
    invoice = await post_invoice(services, portal.account_id, 10_000)
    async with sleeper.paying(portal, card, invoice) as request:
        pass
    response = request.result()
    assert (response.status_code, response.json()["code"]) == (503, "payment_not_sent")
    assert await sales_of(portal.account_id) == []
    assert await books_of(portal.account_id) == Books(receivable=10_000, customer_credit=0, pending=0, cash=0)


async def test_a_process_that_wakes_late_charges_nothing_that_was_paid_meanwhile(
    services: Services,
    sleeper: Sleeper,
    portal: Portal,
    card: Json,
    later: Later,
    books_of: BooksOf,
    sales_of: SalesOf,
) -> None:
    invoice = await post_invoice(services, portal.account_id, 10_000)
    async with sleeper.paying(portal, card, invoice) as request:
        (row,) = (await portal.get(PAYMENTS)).json()["data"]
        for minutes in (6, 60):
            later.clock.forward(minutes=minutes)
            await later.services.payment_checks.resolve(portal.account_id, UUID(row["id"]))
        assert (await portal.get(f"{PAYMENTS}/{row['id']}")).json()["status"] == "failed"
        assert (await pay(portal, await store_card(portal), invoice)).status_code == 201
    response = request.result()
    assert (response.status_code, response.json()["code"]) == (503, "payment_not_sent")
    assert len(await sales_of(portal.account_id)) == 1
    assert await books_of(portal.account_id) == Books(receivable=0, customer_credit=0, pending=0, cash=10_000)
