"""Scheduled payments on their day: made once, with the figures of the day, whatever happens to workers."""

import asyncio
from contextvars import Context
from datetime import timedelta
from uuid import UUID

import pytest

from billing_api.config import Settings
from billing_api.gateway.failures import GatewayUnavailableError
from billing_api.jobs.service import Jobs
from billing_api.kit.ids import new_id
from billing_api.payments.schedule_enqueuing import EnqueueScheduled
from billing_api.payments.schedule_jobs import ScheduledRun
from billing_api.payments.schedule_submitting import SubmitScheduled
from braintree_sandbox.testing import Sandbox
from tests.factories.credits import post_credit_memo
from tests.factories.invoices import post_invoice, void_invoice
from tests.factories.payments import Json, lose_sale, pay, store_bank_account
from tests.fixtures.clocked import CUT_OFF, TICK, ClockedWorker, in_days
from tests.fixtures.queries import Queries, Sql
from tests.fixtures.services import Services, open_services
from tests.fixtures.signed_in import Portal
from tests.payments.buying import AUTOMATIC, EVERYTHING, assert_books_add_up, buy, of, up_to
from tests.payments.conftest import Books, BooksOf, EndsOf, SalesOf
from tests.payments.schedules import begin_removal, read, schedule

SOFT, HARD = 200_100, 200_400  # amounts that the sandbox declines


async def made(portal: Portal, method: Json | None, pay: Json, days: int = 2, **fields: object) -> Json:
    response = await schedule(portal, method, pay, days, **fields)
    assert response.status_code == 201, response.text
    body: Json = response.json()
    return body


def run_of(portal: Portal, payment: Json) -> ScheduledRun:
    return ScheduledRun(portal.account_id, UUID(payment["id"]), in_days(2))


async def test_it_is_paid_on_its_day_and_not_before(
    portal: Portal, card: Json, invoice: UUID, worker: ClockedWorker, books_of: BooksOf, sales_of: SalesOf, sql: Sql
) -> None:
    payment = await made(portal, card, of(invoice))
    await worker.run(1)
    await worker.run(2, CUT_OFF.replace(hour=5, minute=59))
    assert (await read(portal, payment))["status"] == "scheduled"
    await worker.run(2)
    paid = await read(portal, payment)
    assert (paid["status"], paid["amount"], paid["number"]) == ("succeeded", 10_000, payment["number"])
    assert (paid["received_on"], paid["scheduled_on"]) == (str(in_days(2)), str(in_days(2)))
    assert [part["invoice_id"] for part in paid["allocations"]] == [str(invoice)]
    assert (paid["schedule"]["reason"], paid["created_at"]) == (None, payment["created_at"])
    (sale,) = await sales_of(portal.account_id)
    assert sale["order_id"] == payment["id"]
    assert await books_of(portal.account_id) == Books(receivable=0, customer_credit=0, pending=0, cash=10_000)
    await worker.run(3)
    assert len(await sales_of(portal.account_id)) == 1
    await assert_books_add_up(sql, portal.account_id)


async def test_the_cards_bank_is_told_that_its_owner_is_not_there(
    services: Services, portal: Portal, card: Json, invoice: UUID, worker: ClockedWorker, sandbox: Sandbox
) -> None:
    """The fault hits the worker's sale alone, and not that of a customer who pays at once."""
    payment = await made(portal, card, of(invoice))
    source = {"path": "^/transactions$", "body": "unscheduled"}
    fault = sandbox.fault("drop", match=source)
    other = await post_invoice(services, portal.account_id, 1_000)
    assert (await pay(portal, card, other)).status_code == 201
    await worker.run(2)
    sandbox.control("DELETE", f"/faults/{fault}")
    assert (await read(portal, payment))["status"] == "unknown"


async def test_invoices_that_were_paid_meanwhile_drop_out(
    services: Services, portal: Portal, card: Json, invoice: UUID, worker: ClockedWorker
) -> None:
    half, whole = [await post_invoice(services, portal.account_id, 3_000) for _ in range(2)]
    payment = await made(portal, card, of(invoice, (half, 2_500), whole))
    assert payment["amount"] == 15_500
    for paid in (invoice, (half, 1_000)):
        assert (await pay(portal, card, paid)).status_code == 201
    await worker.run(2)
    after = await read(portal, payment)
    assert (after["status"], after["amount"]) == ("succeeded", 5_000)
    assert {part["invoice_id"]: part["amount"] for part in after["allocations"]} == {
        str(half): 2_000,
        str(whole): 3_000,
    }
    assert [(one["invoice_id"], one["reason"]) for one in after["schedule"]["left_out"]] == [
        (str(invoice), "not_payable")
    ]


async def test_it_is_cancelled_when_nothing_is_left(
    services: Services, portal: Portal, card: Json, invoice: UUID, worker: ClockedWorker, ends_of: EndsOf
) -> None:
    payment = await made(portal, card, of(invoice), overpayment=500)
    everything = await made(portal, card, EVERYTHING)
    await void_invoice(services, portal.account_id, invoice)
    await worker.run(2)
    for one in (payment, everything):
        after = await read(portal, one)
        assert (after["status"], after["schedule"]["reason"]["code"]) == ("cancelled", "nothing_payable")
        assert await ends_of(UUID(one["id"])) == ["payment.scheduled", "payment.cancelled"]


async def test_everything_due_is_what_is_due_on_the_day(
    services: Services, portal: Portal, card: Json, invoice: UUID, worker: ClockedWorker
) -> None:
    payment = await made(portal, card, EVERYTHING, credits=up_to(700))
    spread = await made(portal, card, {"type": "spread", "amount": 10_000}, days=3)
    await post_invoice(services, portal.account_id, 4_000)
    await post_credit_memo(services, portal.account_id, 900)
    await worker.run(2)
    assert (await read(portal, payment)).items() >= {"amount": 13_300, "credited": 700}.items()
    await post_invoice(services, portal.account_id, 60)
    await worker.run(3)
    assert (await read(portal, spread)).items() >= {"status": "succeeded", "amount": 60}.items()


async def test_a_contested_invoice_that_is_named_is_paid_all_the_same(
    portal: Portal, card: Json, invoice: UUID, worker: ClockedWorker
) -> None:
    dispute = {"reason": "wrong_price", "text": "We agreed on less."}
    assert (await portal.post(f"/v1/invoices/{invoice}/disputes", json=dispute)).status_code == 201
    payment = await made(portal, card, of(invoice))
    assert [one["contested"] for one in payment["schedule"]["invoices"]] == [True]
    await worker.run(2)
    assert (await read(portal, payment))["status"] == "succeeded"


async def test_credits_that_settle_everything_need_no_gateway(
    services: Services, portal: Portal, invoice: UUID, worker: ClockedWorker, sales_of: SalesOf, ends_of: EndsOf
) -> None:
    await post_credit_memo(services, portal.account_id, 20_000)
    payment = await made(portal, None, of(invoice), credits=AUTOMATIC)
    await worker.run(2)
    assert (await read(portal, payment)).items() >= {
        "status": "succeeded",
        "type": "credit",
        "credited": 10_000,
    }.items()
    assert await ends_of(UUID(payment["id"])) == ["payment.scheduled", "payment.succeeded"]


async def test_a_credit_that_was_used_meanwhile_leaves_more_to_charge(
    services: Services, portal: Portal, card: Json, invoice: UUID, worker: ClockedWorker
) -> None:
    """Without a method that fails, with a reason."""
    memo = await post_credit_memo(services, portal.account_id, 10_000)
    chosen = {"type": "chosen", "credits": [{"id": str(memo)}]}
    payment = await made(portal, card, of(invoice), credits=chosen)
    without = await made(portal, None, of(invoice), days=1, credits=chosen)
    other = await post_invoice(services, portal.account_id, 4_000)
    assert (await buy(portal, None, of(other), credits=chosen)).status_code == 201
    await worker.run(1)
    failed = await read(portal, without)
    assert (failed["status"], failed["schedule"]["reason"]["code"]) == ("failed", "payment_method_required")
    await worker.run(2)
    assert (await read(portal, payment)).items() >= {"amount": 4_000, "credited": 6_000}.items()


async def test_a_method_whose_removal_has_begun_fails_with_a_reason(
    portal: Portal,
    sandbox: Sandbox,
    card: Json,
    token: str,
    invoice: UUID,
    worker: ClockedWorker,
    sales_of: SalesOf,
    ends_of: EndsOf,
) -> None:
    payment = await made(portal, card, of(invoice))
    await begin_removal(portal, sandbox, card, token)
    await worker.run(2)
    failed = await read(portal, payment)
    assert (failed["status"], failed["schedule"]["reason"]["code"]) == ("failed", "payment_method_removed")
    assert await sales_of(portal.account_id) == []
    assert await ends_of(UUID(payment["id"])) == ["payment.scheduled", "payment.failed"]


async def test_a_decline_is_recorded_as_of_any_payment(
    services: Services, portal: Portal, card: Json, worker: ClockedWorker, books_of: BooksOf, ends_of: EndsOf
) -> None:
    invoice = await post_invoice(services, portal.account_id, SOFT)
    payment = await made(portal, card, of(invoice))
    assert await worker.run(2) == ["done"]
    declined = await read(portal, payment)
    assert (declined["status"], declined["decline"]["retry_may_help"]) == ("declined", True)
    assert await books_of(portal.account_id) == Books(receivable=SOFT, customer_credit=0, pending=0, cash=0)
    assert await ends_of(UUID(payment["id"])) == ["payment.scheduled", "payment.declined"]


async def test_a_bank_accounts_payment_is_processing(portal: Portal, invoice: UUID, worker: ClockedWorker) -> None:
    payment = await made(portal, await store_bank_account(portal), of(invoice))
    await worker.run(2)
    assert (await read(portal, payment))["status"] == "processing"


async def test_workers_that_run_it_at_once_make_one_sale(
    portal: Portal, card: Json, invoice: UUID, worker: ClockedWorker, sales_of: SalesOf, ends_of: EndsOf
) -> None:
    """The same job, whose lease has lapsed, and a customer who cancels: one outcome."""
    payment = await made(portal, card, of(invoice))
    worker.move_to(2)
    runs, run = worker.services.run_scheduled, run_of(portal, payment)
    await asyncio.gather(*(runs.run(run, None) for _ in range(5)))  # type: ignore[arg-type]
    await asyncio.gather(*(worker.run(2) for _ in range(3)))
    assert (await read(portal, payment))["status"] == "succeeded"
    assert len(await sales_of(portal.account_id)) == 1
    assert await ends_of(UUID(payment["id"])) == ["payment.scheduled", "payment.succeeded"]


async def test_a_sale_of_a_worker_that_slept_is_not_sent(
    portal: Portal, card: Json, invoice: UUID, worker: ClockedWorker, sales_of: SalesOf
) -> None:
    payment = await made(portal, card, of(invoice))
    worker.move_to(2)
    submitted = await worker.post.parts[SubmitScheduled].submit(run_of(portal, payment), new_id())
    assert submitted is not None
    assert submitted.order is not None
    worker.clock.time += timedelta(hours=1)
    with pytest.raises(GatewayUnavailableError):
        await worker.services.gateway.charge(submitted.order)
    assert await sales_of(portal.account_id) == []


async def test_a_transaction_whose_commit_was_lost_goes_on_with_its_own_work(
    portal: Portal, card: Json, invoice: UUID, worker: ClockedWorker
) -> None:
    payment = await made(portal, card, of(invoice))
    worker.move_to(2)
    submitting, run, run_id = worker.post.parts[SubmitScheduled], run_of(portal, payment), new_id()
    first, again = [await submitting.submit(run, run_id) for _ in range(2)]
    assert first is not None
    assert again is not None
    assert again.order == first.order
    assert await submitting.submit(run, new_id()) is None


async def test_a_lost_response_is_found_by_the_reconciler(
    portal: Portal, card: Json, token: str, invoice: UUID, worker: ClockedWorker, sandbox: Sandbox, sales_of: SalesOf
) -> None:
    payment = await made(portal, card, of(invoice))
    lose_sale(sandbox, token, commit=True)
    await worker.run(2)
    assert (await read(portal, payment))["status"] == "unknown"
    await worker.services.payment_checks.resolve(portal.account_id, UUID(payment["id"]))
    await worker.run(3)
    assert (await read(portal, payment))["status"] == "succeeded"
    assert len(await sales_of(portal.account_id)) == 1


async def test_while_the_gateway_is_away_it_waits(
    portal: Portal, card: Json, invoice: UUID, worker: ClockedWorker, sandbox: Sandbox, sql: Sql
) -> None:
    customer = await sql.fetchval("SELECT customer_id FROM gateway_customers WHERE account_id = $1", portal.account_id)
    payment = await made(portal, card, of(invoice))
    fault = sandbox.fault("status", status=503, match={"path": customer})
    assert "failed" in await worker.run(2)
    assert (await read(portal, payment))["status"] == "scheduled"
    sandbox.control("DELETE", f"/faults/{fault}")
    worker.clock.time += timedelta(hours=1)
    await worker.post.work()
    assert (await read(portal, payment))["status"] == "succeeded"


async def test_declines_of_other_customers_do_not_stop_it(
    settings: Settings, portal: Portal, card: Json, invoice: UUID, worker: ClockedWorker
) -> None:
    """The worker's payments come from no network: those of all customers would count as of one."""
    payment = await made(portal, card, of(invoice))
    worker.move_to(2)
    usual = settings.model_copy(update={"card_declines_per_ip": "20 per hour"})

    async def work() -> None:
        async with open_services(usual, worker.clock) as services:
            for _ in range(20):
                await services.payment_methods.count_decline(new_id())
            await services.run_scheduled.run(run_of(portal, payment), None)  # type: ignore[arg-type]

    await asyncio.create_task(work(), context=Context())  # the test's own has the last request
    assert (await read(portal, payment))["status"] == "succeeded"


async def test_after_too_many_declines_of_its_account_it_waits(
    portal: Portal, card: Json, invoice: UUID, worker: ClockedWorker
) -> None:
    payment = await made(portal, card, of(invoice))
    worker.move_to(2)
    for _ in range(10):
        await worker.services.payment_methods.count_decline(portal.account_id)
    assert "failed" in await worker.run(2)
    assert (await read(portal, payment))["status"] == "scheduled"
    worker.clock.time += timedelta(hours=1)
    await worker.post.work()
    assert (await read(portal, payment))["status"] == "succeeded"


async def test_a_run_that_is_late_costs_no_discount(
    services: Services, portal: Portal, card: Json, worker: ClockedWorker, sql: Sql
) -> None:
    """The customer has chosen the discount's last day, and the gateway or the worker was away."""
    terms = {"basis_points": 200, "until": in_days(2)}
    invoice = await post_invoice(services, portal.account_id, 10_000, discount=terms)
    payment = await made(portal, card, of(invoice))
    await worker.run(3)
    paid = await read(portal, payment)
    assert (paid["status"], paid["amount"], paid["discounted"]) == ("succeeded", 9_800, 200)
    assert paid["received_on"] == str(in_days(3))
    await assert_books_add_up(sql, portal.account_id)


async def test_one_whose_job_is_cancelled_is_cancelled(
    portal: Portal, card: Json, invoice: UUID, worker: ClockedWorker, sql: Sql
) -> None:
    payment = await made(portal, card, of(invoice))
    worker.move_to(2)
    await worker.services.enqueue_scheduled.enqueue_due(TICK)
    asked = "SELECT id FROM jobs WHERE account_id = $1 AND task = 'payments.run_scheduled'"
    await worker.post.parts[Jobs].cancel(await sql.fetchval(asked, portal.account_id))
    await worker.run(2)
    after = await read(portal, payment)
    assert (after["status"], after["schedule"]["reason"]["code"]) == ("cancelled", "cancelled_by_vendor")


async def test_one_that_can_not_be_cancelled_keeps_no_other_from_its_end(
    services: Services, portal: Portal, card: Json, worker: ClockedWorker, sql: Sql
) -> None:
    """As after a fault of ours: the database refuses the first of them."""
    payments = [await made(portal, card, of(await post_invoice(services, portal.account_id, 1_000))) for _ in range(2)]
    worker.move_to(2)
    await worker.services.enqueue_scheduled.enqueue_due(TICK)
    asked = "SELECT id FROM jobs WHERE account_id = $1 AND task = 'payments.run_scheduled'"
    for row in await sql.fetch(asked, portal.account_id):
        await worker.post.parts[Jobs].cancel(row["id"])
    refused = f"CHECK (id <> '{payments[0]['id']}' OR state <> 'cancelled')"
    await sql.execute(f"ALTER TABLE payments ADD CONSTRAINT unforeseen {refused}")
    try:
        await worker.services.enqueue_scheduled.enqueue_due(TICK)
    finally:
        await sql.execute("ALTER TABLE payments DROP CONSTRAINT unforeseen")
    assert [(await read(portal, payment))["status"] for payment in payments] == ["scheduled", "cancelled"]


async def test_a_run_takes_as_many_round_trips_for_100_invoices(
    services: Services, portal: Portal, card: Json, worker: ClockedWorker, queries: Queries
) -> None:
    counts = []
    for count in (1, 100):
        invoices = [await post_invoice(services, portal.account_id, 1_000) for _ in range(count)]
        payment = await made(portal, card, of(*invoices))
        worker.move_to(2)
        queries.clear()
        await worker.services.run_scheduled.run(run_of(portal, payment), None)  # type: ignore[arg-type]
        counts.append(len(queries))
        assert (await read(portal, payment))["status"] == "succeeded"
    assert counts[0] == counts[1]


async def test_due_payments_are_enqueued_in_as_many_queries_however_many_they_are(
    services: Services, portal: Portal, card: Json, worker: ClockedWorker, queries: Queries
) -> None:
    """A page of 200 has the same as a page of one; and so it is when all have their jobs."""

    async def asked() -> int:
        queries.clear()
        await worker.post.parts[EnqueueScheduled].enqueue_due(TICK)
        return len([one for one in queries if "jobs" in one])

    for _ in range(2):
        await made(portal, card, of(await post_invoice(services, portal.account_id, 1_000)))
    worker.move_to(2)
    first = await asked()
    for _ in range(3):
        await made(portal, card, of(await post_invoice(services, portal.account_id, 1_000)))
    assert [await asked(), await asked()] == [first, first] == [2, 2]
    assert sorted(await worker.post.work()) == ["done"] * 5
