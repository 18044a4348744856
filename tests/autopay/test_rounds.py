"""The hourly round of autopay over all accounts."""

from uuid import UUID

import pytest

from billing_api.autopay import rounds
from billing_api.autopay.rounds import PlanRounds
from tests.autopay.conftest import Customer, choose
from tests.factories.invoices import apply_to_invoice, post_invoice
from tests.factories.payments import Json, if_match, store_card
from tests.fixtures.clocked import EVENING, TICK, ClockedWorker, in_days
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
    await post_invoice(services, stranger.account_id, 700, issued_on=in_days(0), due_on=in_days(5))
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


async def test_an_account_without_an_invoice_to_plan_has_no_job(
    customer: Customer, portal: Portal, card: Json, worker: ClockedWorker, sql: Sql
) -> None:
    """Another currency is never paid; an invoice that was to be planned again may be paid or contested meanwhile."""
    await customer.enable(card)
    await worker.follow()  # the job of the choice itself
    await customer.owes(800, 4, currency="EUR")
    paid, contested = await customer.owes(900, 4), await customer.owes(700, 4)
    jobs = "SELECT count(*) FROM jobs WHERE task = 'autopay.plan_account' AND account_id = $1"
    before = await sql.fetchval(jobs, portal.account_id)
    await worker.plan(0)
    assert await sql.fetchval(jobs, portal.account_id) == before + 1
    await sql.execute(
        "UPDATE autopay_invoices SET status = 'again', payment_id = NULL WHERE account_id = $1", portal.account_id
    )
    await customer.contest(contested)
    [planned] = await customer.payments()
    response = await portal.post(f"/v1/payments/{planned['id']}/cancel", headers=if_match(planned))
    assert response.is_success, response.text
    await apply_to_invoice(customer.services, portal.account_id, paid, 900)
    await worker.plan(1)
    assert await sql.fetchval(jobs, portal.account_id) == before + 1
    await customer.owes(600, 5)
    await worker.plan(2)
    assert await sql.fetchval(jobs, portal.account_id) == before + 2
