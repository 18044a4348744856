"""The hourly round of autopay over all accounts."""

from uuid import UUID

import pytest

from billing_api.autopay import rounds
from billing_api.autopay.rounds import PlanRounds
from tests.autopay.conftest import Customer, choose
from tests.factories.invoices import post_invoice
from tests.factories.payments import Json, store_card
from tests.fixtures.clocked import EVENING, TICK, TODAY, ClockedWorker, in_days
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal


async def test_an_account_that_fails_stops_no_other(
    customer: Customer,
    portal: Portal,
    stranger: Portal,
    services: Services,
    card: Json,
    worker: ClockedWorker,
    sql: Sql,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A page of one account; those that have nothing to plan have no job."""
    monkeypatch.setattr(rounds, "_ACCOUNTS_AT_ONCE", 1)
    await customer.enable(card)
    await customer.owes(1_000, 5)
    await worker.plan(0)
    [planned] = await customer.payments()
    await sql.execute("UPDATE payment_schedules SET choice = '{}' WHERE payment_id = $1", UUID(planned["id"]))
    await customer.owes(500, 5)  # it would join the payment that is broken
    other = await store_card(stranger)
    assert (await choose(stranger, payment_method_id=other["id"])).status_code == 200
    await post_invoice(services, stranger.account_id, 700, issued_on=TODAY, due_on=in_days(5))
    worker.move_to(1)
    await worker.post.work()  # that of the choice
    await worker.plan(1)
    [joined] = (await stranger.get("/v1/payments")).json()["data"]
    assert (joined["status"], joined["amount"]) == ("scheduled", 700)
    failed = "SELECT count(*) FROM jobs WHERE task = 'autopay.plan_account' AND account_id = $1 AND error <> ''"
    assert await sql.fetchval(failed, portal.account_id) == 1
    before = await sql.fetchval("SELECT count(*) FROM jobs WHERE task = 'autopay.plan_account'")
    worker.move_to(2, EVENING)
    await worker.post.parts[PlanRounds].begin(TICK)
    await worker.post.work()
    assert await sql.fetchval("SELECT count(*) FROM jobs WHERE task = 'autopay.plan_account'") == before + 1
