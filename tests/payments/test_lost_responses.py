"""Requests and responses that are lost on the way to the gateway: nothing is charged twice, and no charge is lost."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from billing_api.config import Settings
from billing_api.db.address import DatabaseAddress
from billing_api.db.database import Database
from billing_api.kit.idempotency import IdempotentReplay, RequestInFlightError, StoredResult
from billing_api.ledger.errors import BooksClosedError
from billing_api.payment_settings import PurchaseDataLevel
from billing_api.payments.allocating import Allocations
from billing_api.payments.charging import Charging
from billing_api.payments.errors import PaymentNotFoundError
from billing_api.payments.late_charges import LateCharges
from billing_api.payments.purchases import Purchases
from billing_api.payments.recording import Recorder
from billing_api.payments.repository import PaymentRepository
from billing_api.payments.repository.late_charges import LateChargeRepository
from billing_api.payments.repository.schedules import PaymentScheduleRepository
from billing_api.payments.retrying import RetryScheduled
from billing_api.payments.service import Payments
from billing_api.payments.storing import StoredCards
from billing_api.payments.submitting import Submitter
from billing_api.payments.used_credits import UsedCredits
from braintree_sandbox.testing import Sandbox
from tests.factories.clock import MovableClock
from tests.factories.invoices import post_invoice
from tests.factories.payments import Json, lose_sale, new_key, pay, store_bank_account
from tests.fixtures.holding import holding
from tests.fixtures.later import Later
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services, open_services
from tests.fixtures.signed_in import Portal
from tests.payments.conftest import Books, BooksOf, SalesOf, order_of, request_of

PAYMENTS = "/v1/payments"


class TestResponseLost:
    async def test_a_sale_whose_response_was_lost_is_found_and_recorded_once(
        self,
        services: Services,
        portal: Portal,
        sandbox: Sandbox,
        card: Json,
        token: str,
        invoice: UUID,
        books_of: BooksOf,
        sales_of: SalesOf,
    ) -> None:
        fault, key = lose_sale(sandbox, token, commit=True), new_key()
        response = await pay(portal, card, invoice, key=key)
        assert (response.status_code, response.json()["status"]) == (202, "unknown")
        assert response.json()["next_check_at"] > response.json()["created_at"]
        assert sandbox.hits(fault) == 1
        assert await books_of(portal.account_id) == Books(receivable=10_000, customer_credit=0, pending=10_000, cash=0)

        repeat = await pay(portal, card, invoice, key=key)
        assert (repeat.status_code, repeat.json()["status"]) == (202, "unknown")
        assert (await pay(portal, card, invoice)).status_code == 409

        payment_id = UUID(response.json()["id"])
        found = await services.payment_checks.resolve(portal.account_id, payment_id)
        assert found.status == "succeeded"
        assert (await services.payment_checks.resolve(portal.account_id, payment_id)) == found
        final = await pay(portal, card, invoice, key=key)
        assert (final.status_code, final.json()["status"]) == (201, "succeeded")
        assert final.headers["Idempotent-Replayed"] == "true"
        assert len(await sales_of(portal.account_id)) == 1
        assert await books_of(portal.account_id) == Books(receivable=0, customer_credit=0, pending=0, cash=10_000)

    async def test_an_unsent_sale_fails_after_a_quiet_period_and_two_empty_searches(
        self,
        portal: Portal,
        sandbox: Sandbox,
        card: Json,
        token: str,
        invoice: UUID,
        later: Later,
        books_of: BooksOf,
        sales_of: SalesOf,
    ) -> None:
        lose_sale(sandbox, token, commit=False)
        key = new_key()
        response = await pay(portal, card, invoice, key=key)
        assert (response.status_code, response.json()["status"]) == (202, "unknown")
        resolve = later.services.payment_checks.resolve
        payment_id = UUID(response.json()["id"])

        states = [(await resolve(portal.account_id, payment_id)).status for _ in range(3)]  # too early to count
        later.clock.forward(minutes=6)
        states += [(await resolve(portal.account_id, payment_id)).status for _ in range(3)]  # once, however often asked
        assert states == ["unknown"] * 6
        later.clock.forward(minutes=6)
        assert (await resolve(portal.account_id, payment_id)).status == "failed"

        final = await pay(portal, card, invoice, key=key)
        assert (final.status_code, final.json()["code"]) == (503, "payment_not_sent")
        assert final.headers["Idempotent-Replayed"] == "true"
        assert "Retry-After" not in final.headers  # the same request would get the same response
        assert "new Idempotency-Key" in final.json()["detail"]
        assert await books_of(portal.account_id) == Books(receivable=10_000, customer_credit=0, pending=0, cash=0)
        assert await sales_of(portal.account_id) == []
        assert (await pay(portal, card, invoice)).status_code == 201

    async def test_next_checks_are_further_and_further_apart(
        self, portal: Portal, sandbox: Sandbox, card: Json, token: str, invoice: UUID, later: Later
    ) -> None:
        lose_sale(sandbox, token, commit=False)
        payment = (await pay(portal, card, invoice)).json()
        waits = []
        for minutes in (0, 6):
            later.clock.forward(minutes=minutes)
            found = await later.services.payment_checks.resolve(portal.account_id, UUID(payment["id"]))
            assert found.next_check_at is not None
            waits.append(found.next_check_at - found.created_at)
        assert waits == [timedelta(minutes=5), timedelta(hours=1)]

    @pytest.mark.parametrize("amount", [200_100, 10_000])
    async def test_the_outcome_of_a_lost_response_becomes_the_stored_result(
        self, services: Services, portal: Portal, sandbox: Sandbox, card: Json, token: str, amount: int
    ) -> None:
        invoice, key = await post_invoice(services, portal.account_id, amount), new_key()
        lose_sale(sandbox, token, commit=True)
        response = await pay(portal, card, invoice, key=key)
        await services.payment_checks.resolve(portal.account_id, UUID(response.json()["id"]))
        final = [await pay(portal, card, invoice, key=key) for _ in range(2)]
        assert [one.status_code for one in final] == [201 if amount == 10_000 else 402] * 2
        assert final[0].content == final[1].content

    @pytest.mark.parametrize("status", [500, 503, 504])
    async def test_an_error_of_the_gateway_is_no_decline(
        self, portal: Portal, sandbox: Sandbox, card: Json, token: str, invoice: UUID, status: int
    ) -> None:
        sandbox.fault("status", status=status, match={"path": "^/transactions$", "body": token})
        response = await pay(portal, card, invoice)
        assert (response.status_code, response.json()["status"]) == (202, "unknown")

    async def test_a_check_without_a_gateway_changes_nothing(
        self, services: Services, portal: Portal, sandbox: Sandbox, card: Json, token: str, invoice: UUID
    ) -> None:
        lose_sale(sandbox, token, commit=True)
        response = (await pay(portal, card, invoice)).json()
        sandbox.fault("status", status=503, match={"path": "search", "body": response["id"]})
        payment = await services.payment_checks.resolve(portal.account_id, UUID(response["id"]))
        assert (payment.status, payment.version) == ("unknown", response["version"])

    async def test_reconcilers_and_the_request_record_the_outcome_once(
        self,
        services: Services,
        portal: Portal,
        sandbox: Sandbox,
        card: Json,
        token: str,
        invoice: UUID,
        books_of: BooksOf,
    ) -> None:
        async with holding(sandbox, commit=True, path="^/transactions$", body=token) as held:
            request = asyncio.create_task(pay(portal, card, invoice))
            await held.by(request)
            (row,) = (await portal.get(PAYMENTS)).json()["data"]
            resolving = [services.payment_checks.resolve(portal.account_id, UUID(row["id"])) for _ in range(4)]
            found = await asyncio.gather(*resolving)
        response = await request
        assert response.status_code == 201
        assert {payment.status for payment in found} == {"succeeded"}
        assert await books_of(portal.account_id) == Books(receivable=0, customer_credit=0, pending=0, cash=10_000)

    async def test_an_unknown_payment_can_not_be_resolved(self, services: Services, portal: Portal) -> None:
        with pytest.raises(PaymentNotFoundError):
            await services.payment_checks.resolve(portal.account_id, uuid4())


@pytest.fixture
async def forgetful(later: Later, unused_port: int) -> AsyncIterator[Payments]:
    """Payments whose database goes away between the charge and its recording."""
    parts = later.services
    nowhere = DatabaseAddress.parse(f"postgresql://127.0.0.1:{unused_port}/gone")
    gone = Database(nowhere, pool_size=1, timeout_seconds=30)
    await gone.open()
    core, rows = parts.core, PaymentRepository(parts.database)
    used_credits = UsedCredits(PaymentRepository(parts.database), parts.credit_memos, parts.deposits)
    allocations = Allocations(core, parts.invoices, parts.ledger, parts.payment_methods, used_credits, parts.deposits)
    submitter = Submitter(core, rows, parts.payment_methods, parts.invoices, allocations, parts.request_details)
    recorder = Recorder(
        replace(core, db=gone),
        rows,
        allocations,
        LateCharges(core, LateChargeRepository(parts.database)),
        parts.returned_payments,
        StoredCards(parts.one_time_methods),
        RetryScheduled(core, rows, PaymentScheduleRepository(parts.database)),
    )
    yield Payments(
        core.clock,
        rows,
        parts.invoices,
        parts.payment_methods,
        submitter,
        Charging(
            parts.gateway,
            recorder,
            parts.payment_checks,
            parts.payment_methods,
            parts.one_time_methods,
            Purchases(parts.invoices, parts.addresses, level=PurchaseDataLevel.OFF, ships_from=""),
            patience=timedelta(0),
        ),
        parts.schedules,
        parts.scheduled_payments,
        parts.request_details,
    )
    await gone.close()


class TestInterrupted:
    async def test_a_charge_that_can_not_be_recorded_is_open_and_no_error(
        self,
        services: Services,
        forgetful: Payments,
        later: Later,
        portal: Portal,
        card: Json,
        invoice: UUID,
        books_of: BooksOf,
        sales_of: SalesOf,
    ) -> None:
        wanted, once = order_of(card, invoice), request_of()
        payment = await forgetful.pay(portal.account_id, wanted, once)
        assert payment.status == "submitting"
        with pytest.raises(RequestInFlightError):
            await later.services.payments.pay(portal.account_id, wanted, once)
        later.clock.forward(seconds=91)
        with pytest.raises(IdempotentReplay) as open_still:
            await later.services.payments.pay(portal.account_id, wanted, once)
        assert open_still.value.result.outcome == "accepted"
        await services.payment_checks.resolve(portal.account_id, payment.id)
        with pytest.raises(IdempotentReplay) as final:
            await later.services.payments.pay(portal.account_id, wanted, once)
        assert final.value.result.outcome == "created"
        assert len(await sales_of(portal.account_id)) == 1
        assert (await books_of(portal.account_id)).cash == 10_000

    async def test_a_request_that_is_cancelled_leaves_a_payment_that_can_be_found_out(
        self,
        services: Services,
        portal: Portal,
        sandbox: Sandbox,
        card: Json,
        token: str,
        invoice: UUID,
        books_of: BooksOf,
    ) -> None:
        async with holding(sandbox, path="^/transactions$", body=token) as held:
            task = asyncio.create_task(services.payments.pay(portal.account_id, order_of(card, invoice), request_of()))
            await held.by(task)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            (row,) = (await portal.get(PAYMENTS)).json()["data"]
            assert row["status"] == "submitting"
        assert (await services.payment_checks.resolve(portal.account_id, UUID(row["id"]))).status == "succeeded"
        assert (await books_of(portal.account_id)).cash == 10_000

    async def test_a_key_is_kept_while_its_payment_is_not_final(
        self, portal: Portal, sandbox: Sandbox, card: Json, token: str, invoice: UUID, later: Later, sales_of: SalesOf
    ) -> None:
        lose_sale(sandbox, token, commit=True)
        wanted, once = order_of(card, invoice), request_of()
        payment = await later.services.payments.pay(portal.account_id, wanted, once)
        assert payment.status == "unknown"
        later.clock.forward(days=30)
        with pytest.raises(IdempotentReplay) as repeated:
            await later.services.payments.pay(portal.account_id, wanted, once)
        assert repeated.value.result.outcome == "accepted"
        assert len(await sales_of(portal.account_id)) == 1


class TestBankTransfer:
    async def start(self, services: Services, portal: Portal, sales_of: SalesOf) -> tuple[UUID, str]:
        """Start a transfer of 100 dollars; return the ids of the payment and of the gateway's transaction."""
        account = await store_bank_account(portal)
        response = await pay(portal, account, await post_invoice(services, portal.account_id, 10_000))
        (sale,) = await sales_of(portal.account_id)
        return UUID(response.json()["id"]), sale["id"]

    async def test_it_is_posted_when_it_has_settled(
        self, services: Services, portal: Portal, sandbox: Sandbox, books_of: BooksOf, sales_of: SalesOf
    ) -> None:
        payment_id, transaction_id = await self.start(services, portal, sales_of)
        under_way = await services.payment_checks.resolve(portal.account_id, payment_id)
        assert under_way.status == "processing"
        sandbox.control("POST", f"/transactions/{transaction_id}/settle")
        assert (await services.payment_checks.resolve(portal.account_id, payment_id)).status == "succeeded"
        assert await books_of(portal.account_id) == Books(receivable=0, customer_credit=0, pending=0, cash=10_000)

    async def test_it_is_posted_today_when_the_books_of_its_own_day_are_closed(
        self,
        services: Services,
        settings: Settings,
        portal: Portal,
        card: Json,
        sandbox: Sandbox,
        sales_of: SalesOf,
        sql: Sql,
    ) -> None:
        payment_id, transaction_id = await self.start(services, portal, sales_of)
        sandbox.control("POST", f"/transactions/{transaction_id}/settle")
        clock = MovableClock()
        closed = settings.model_copy(update={"books_closed_through": clock.today().isoformat()})
        async with open_services(closed, clock) as after_closing:
            invoice = await post_invoice(services, portal.account_id)
            with pytest.raises(BooksClosedError):
                await after_closing.payments.pay(portal.account_id, order_of(card, invoice), request_of())
            clock.forward(days=2)
            assert (await after_closing.payment_checks.resolve(portal.account_id, payment_id)).status == "succeeded"
        posted_on = await sql.fetchval(
            "SELECT effective_on FROM ledger_entries WHERE account_id = $1 AND document_id = $2",
            portal.account_id,
            payment_id,
        )
        assert posted_on == clock.today()

    async def test_its_key_is_kept_as_long_as_the_bank_takes_and_then_as_any_other(
        self, services: Services, portal: Portal, sandbox: Sandbox, later: Later, sales_of: SalesOf, sql: Sql
    ) -> None:
        account, invoice = await store_bank_account(portal), await post_invoice(services, portal.account_id, 10_000)
        wanted, once = order_of(account, invoice), request_of()
        first = await later.services.payments.pay(portal.account_id, wanted, once)
        assert first.status == "processing"
        later.clock.forward(hours=49)
        with pytest.raises(IdempotentReplay) as while_under_way:
            await later.services.payments.pay(portal.account_id, wanted, once)
        assert while_under_way.value.result == StoredResult("created", first.model_dump_json())

        (sale,) = await sales_of(portal.account_id)
        sandbox.control("POST", f"/transactions/{sale['id']}/settle")
        assert (await later.services.payment_checks.resolve(portal.account_id, first.id)).status == "succeeded"
        later.clock.forward(hours=47)
        with pytest.raises(IdempotentReplay) as afterwards:
            await later.services.payments.pay(portal.account_id, wanted, once)
        assert afterwards.value.result == StoredResult("created", first.model_dump_json())
        assert len(await sales_of(portal.account_id)) == 1
        expires_at = await sql.fetchval(
            "SELECT expires_at FROM idempotency_keys WHERE account_id = $1 AND subject_id = $2",
            portal.account_id,
            first.id,
        )
        assert expires_at == later.clock.now() + timedelta(hours=1)

    async def test_it_is_cancelled_when_somebody_voids_it(
        self, services: Services, portal: Portal, books_of: BooksOf, sales_of: SalesOf
    ) -> None:
        payment_id, transaction_id = await self.start(services, portal, sales_of)
        await services.gateway.void(transaction_id, request_key=str(uuid4()))
        assert (await services.payment_checks.resolve(portal.account_id, payment_id)).status == "cancelled"
        assert await books_of(portal.account_id) == Books(receivable=10_000, customer_credit=0, pending=0, cash=0)


async def test_the_books_equal_the_gateways_list_of_sales(
    services: Services,
    portal: Portal,
    sandbox: Sandbox,
    card: Json,
    token: str,
    later: Later,
    books_of: BooksOf,
    sales_of: SalesOf,
) -> None:
    """After lost requests and responses, once every payment is final."""
    for kind, amount in ((None, 1_100), (True, 1_300), (False, 1_700), (None, 200_000), (True, 1_900), (None, 2_300)):
        if kind is not None:
            lose_sale(sandbox, token, commit=kind)
        await pay(portal, card, await post_invoice(services, portal.account_id, amount))
    for _ in range(2):
        later.clock.forward(minutes=6)
        for payment in (await portal.get(f"{PAYMENTS}?status=unknown")).json()["data"]:
            await later.services.payment_checks.resolve(portal.account_id, UUID(payment["id"]))
    sales = await sales_of(portal.account_id)
    charged = sum(round(float(sale["amount"]) * 100) for sale in sales if sale["status"] == "submitted_for_settlement")
    assert charged == 1_100 + 1_300 + 1_900 + 2_300
    assert await books_of(portal.account_id) == Books(
        receivable=1_700 + 200_000, customer_credit=0, pending=0, cash=charged
    )
    payments = (await portal.get(PAYMENTS)).json()["data"]
    assert sum(payment["amount"] for payment in payments if payment["status"] == "succeeded") == charged
