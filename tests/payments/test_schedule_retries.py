"""Scheduled payments that were not sent on their day: tried again that day, and of all tries one keeps its charge."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import pytest

from billing_api.gateway.timing import QUIET_PERIOD
from billing_api.kit.ids import new_id
from billing_api.payments.schedule_jobs import ScheduledRun
from billing_api.payments.schedule_submitting import SubmitScheduled
from braintree_sandbox.testing import Sandbox
from tests.factories.payments import Json
from tests.fixtures.clocked import ClockedWorker, in_days
from tests.fixtures.queries import Sql
from tests.fixtures.signed_in import Portal
from tests.payments.buying import assert_books_add_up, of
from tests.payments.conftest import Books, BooksOf, EndsOf, SalesOf
from tests.payments.late import charged_late
from tests.payments.schedules import read, schedule


@dataclass(frozen=True)
class Day:
    """The day of a scheduled payment, whose workers die."""

    portal: Portal
    worker: ClockedWorker

    async def schedule(self, card: Json, pay: Json) -> Json:
        response = await schedule(self.portal, card, pay, 2)
        assert response.status_code == 201, response.text
        payment: Json = response.json()
        return payment

    async def die(self, payment: Json) -> None:
        """Submit a payment by a worker that dies before the sale."""
        run = ScheduledRun(self.portal.account_id, UUID(payment["id"]), in_days(2))
        submitted = await self.worker.post.parts[SubmitScheduled].submit(run, new_id())
        assert submitted is not None
        assert submitted.order is not None
        assert submitted.order.written_at == self.worker.clock.now()

    async def look_up(self, payment: Json) -> Json:
        await self.worker.services.payment_checks.look_up(self.portal.account_id, UUID(payment["id"]))
        return await read(self.portal, payment)

    async def find_nothing(self, payment: Json) -> Json:
        """Search for a payment twice, a quiet period apart."""
        for elapsed in (timedelta(minutes=1), QUIET_PERIOD):  # the first look is too early to count
            self.worker.clock.time += elapsed
            assert (await self.look_up(payment))["status"] == "unknown"
        self.worker.clock.time += timedelta(hours=1)
        return await self.look_up(payment)

    async def retry_of(self, payment: Json) -> Json:
        retried_by = (await read(self.portal, payment))["schedule"]["retried_by"]
        return await read(self.portal, {"id": retried_by})


@pytest.fixture
def day(portal: Portal, worker: ClockedWorker) -> Day:
    worker.move_to(2)
    return Day(portal, worker)


@pytest.fixture
async def email(portal: Portal, sql: Sql) -> str:
    return str(await sql.fetchval("SELECT email FROM user_emails WHERE user_id = $1", portal.user_id))


async def test_one_whose_worker_dies_before_the_sale_is_tried_again_that_day(
    day: Day, card: Json, invoice: UUID, worker: ClockedWorker, sales_of: SalesOf, ends_of: EndsOf, email: str, sql: Sql
) -> None:
    """Its order was written on the day, so the quiet period is counted from then, not from when it was scheduled."""
    payment = await day.schedule(card, of(invoice))
    await day.die(payment)
    failed = await day.find_nothing(payment)
    again = await day.retry_of(payment)
    assert (failed["status"], failed["schedule"]["reason"]["code"]) == ("failed", "tried_again")
    assert again["number"] in failed["schedule"]["reason"]["detail"]
    assert (again["status"], again["scheduled_on"]) == ("scheduled", payment["scheduled_on"])
    assert await sales_of(day.portal.account_id) == []
    for _ in range(2):
        await worker.run(2, worker.clock.now().timetz())
    paid = await day.retry_of(payment)
    assert (paid["status"], paid["amount"], paid["schedule"]["attempt"]) == ("succeeded", 10_000, 2)
    (sale,) = await sales_of(day.portal.account_id)
    assert sale["order_id"] == paid["id"]
    assert await ends_of(UUID(payment["id"])) == ["payment.scheduled", "payment.failed"]
    await worker.follow()
    assert [one for one in worker.post.subjects(email) if "did not go through" in one] == []
    await assert_books_add_up(sql, day.portal.account_id)


async def test_one_that_the_gateway_never_gets_ends_with_the_reason_and_a_mail(
    day: Day, card: Json, token: str, invoice: UUID, worker: ClockedWorker, sandbox: Sandbox, email: str
) -> None:
    """The tries are spread over the day, and it is said only at their end that nothing was paid."""
    payment = await day.schedule(card, of(invoice))
    fault = sandbox.fault("status", status=429, times=50, match={"path": "^/transactions$", "body": token})
    numbers = [payment["number"]]
    for _ in range(40):
        await worker.run(2, worker.clock.now().timetz())
        if (latest := await read(day.portal, payment))["schedule"]["retried_by"] is not None:
            payment = await day.retry_of(latest)
            numbers.append(payment["number"])
        worker.clock.time += timedelta(minutes=30)
    sandbox.control("DELETE", f"/faults/{fault}")
    assert (latest["status"], latest["schedule"]["reason"]["code"]) == ("failed", "not_sent")
    assert latest["schedule"]["attempt"] == len(numbers) == 5
    await worker.follow()
    (mail,) = [one for one in await worker.post.to(email) if "did not go through" in str(one["Subject"])]
    assert "The payment could not be sent to the bank." in mail.get_body(["plain"]).get_content()  # type: ignore[union-attr]


async def test_a_charge_that_turns_up_once_the_next_try_is_paid_is_given_back(
    day: Day, card: Json, token: str, invoice: UUID, worker: ClockedWorker, sandbox: Sandbox, books_of: BooksOf
) -> None:
    """Though a part of the invoice is payable still: the customer chose to pay that amount once."""
    payment = await day.schedule(card, of((invoice, 4_000)))
    await day.die(payment)
    await day.find_nothing(payment)
    await worker.run(2, worker.clock.now().timetz())
    assert (await day.retry_of(payment))["status"] == "succeeded"
    await charged_late(sandbox, UUID(payment["id"]), token, amount="40.00")
    assert (await day.look_up(payment))["status"] == "cancelling"
    assert (await day.look_up(payment))["status"] == "cancelled"
    assert await books_of(day.portal.account_id) == Books(receivable=6_000, customer_credit=0, pending=0, cash=4_000)


async def test_a_charge_that_turns_up_while_the_next_try_waits_takes_its_place(
    day: Day, card: Json, token: str, invoice: UUID, worker: ClockedWorker, sandbox: Sandbox, sales_of: SalesOf
) -> None:
    payment = await day.schedule(card, of((invoice, 4_000)))
    await day.die(payment)
    await day.find_nothing(payment)
    await charged_late(sandbox, UUID(payment["id"]), token, amount="40.00")
    assert (await day.look_up(payment))["status"] == "succeeded"
    await worker.run(2, worker.clock.now().timetz())
    again = await day.retry_of(payment)
    assert (again["status"], again["schedule"]["reason"]["code"]) == ("cancelled", "earlier_try_sent")
    assert len(await sales_of(day.portal.account_id)) == 1


async def test_a_failure_that_a_person_decides_on_is_not_tried_again(
    day: Day, card: Json, invoice: UUID, worker: ClockedWorker
) -> None:
    payment = await day.schedule(card, of(invoice))
    await day.die(payment)
    worker.clock.time += timedelta(minutes=10)
    decide = worker.services.decide_payments
    await decide.fail(UUID(payment["id"]), reason="The customer has paid by check")
    failed = await read(day.portal, payment)
    assert (failed["status"], failed["schedule"]["reason"]["code"]) == ("failed", "not_sent")
    assert failed["schedule"]["retried_by"] is None


async def test_a_charge_that_turns_up_once_the_customer_has_cancelled_the_next_try_is_given_back(
    day: Day, card: Json, token: str, invoice: UUID, worker: ClockedWorker, sandbox: Sandbox, books_of: BooksOf
) -> None:
    payment = await day.schedule(card, of(invoice))
    await day.die(payment)
    await day.find_nothing(payment)
    again = await day.retry_of(payment)
    cancelled = await day.portal.post(f"/v1/payments/{again['id']}/cancel")
    assert (cancelled.status_code, cancelled.json()["status"]) == (200, "cancelled")
    await charged_late(sandbox, UUID(payment["id"]), token)
    assert (await day.look_up(payment))["status"] == "cancelling"
    assert (await day.look_up(payment))["status"] == "cancelled"
    assert await books_of(day.portal.account_id) == Books(receivable=10_000, customer_credit=0, pending=0, cash=0)


async def test_a_charge_that_turns_up_once_the_method_was_removed_with_the_next_try_is_given_back(
    day: Day, card: Json, token: str, invoice: UUID, worker: ClockedWorker, sandbox: Sandbox, books_of: BooksOf
) -> None:
    """The customer was told that the payment is cancelled."""
    payment = await day.schedule(card, of(invoice))
    await day.die(payment)
    await day.find_nothing(payment)
    again = await day.retry_of(payment)
    await charged_late(sandbox, UUID(payment["id"]), token)
    removed = await day.portal.delete(f"/v1/payment-methods/{card['id']}?detach=true", headers={"If-Match": "*"})
    assert [one["payment_id"] for one in removed.json()["cancelled_payments"]] == [again["id"]]
    assert (await day.look_up(payment))["status"] == "cancelling"
    assert (await day.look_up(payment))["status"] == "cancelled"
    assert await books_of(day.portal.account_id) == Books(receivable=10_000, customer_credit=0, pending=0, cash=0)
