"""Requests that reach the gateway after their payment has failed."""

import asyncio
from functools import partial
from uuid import UUID

import pytest
from prometheus_client import REGISTRY

from billing_api.config import Settings
from billing_api.payments.results import is_pending
from braintree_sandbox.testing import Sandbox
from tests.factories.invoices import post_invoice
from tests.factories.payments import Json, new_key, pay, store_card
from tests.fixtures.cable import cable_to
from tests.fixtures.holding import holding
from tests.fixtures.later import Later
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services, open_services
from tests.fixtures.signed_in import Portal
from tests.payments.conftest import EVERYTHING, Books, BooksOf, EndsOf, SalesOf, order_of, request_of
from tests.payments.late import fail_by_absence, pause, state_of

pytestmark = pytest.mark.usefixtures("nothing_else_due")

PAYMENTS = "/v1/payments"


def counted(end: str) -> float:
    return REGISTRY.get_sample_value("payment_late_charges_total", {"end": end}) or 0


class TestSentAfterTheFence:
    """The process was paused between its last look at the clock and the sending of the request."""

    async def test_it_is_accepted_while_its_invoices_are_payable(
        self,
        portal: Portal,
        sandbox: Sandbox,
        card: Json,
        token: str,
        invoice: UUID,
        later: Later,
        books_of: BooksOf,
        ends_of: EndsOf,
        sql: Sql,
    ) -> None:
        key, before = new_key(), counted("accepted")
        async with holding(sandbox, path="^/transactions$", body=token) as held:
            paused = await pause(held, portal, card, invoice, key)
            await fail_by_absence(later, portal, paused.payment_id)
            repeat = await pay(portal, card, invoice, key=key)
            assert (repeat.status_code, repeat.json()["code"]) == (503, "payment_not_sent")
            response = await paused.go_on()
        assert (response.status_code, response.json()["status"]) == (201, "succeeded")
        again = await pay(portal, card, invoice, key=key)
        assert (again.status_code, again.json()["status"]) == (201, "succeeded")
        assert await books_of(portal.account_id) == Books(receivable=0, customer_credit=0, pending=0, cash=10_000)
        assert await ends_of(paused.payment_id) == ["payment.failed", "accepted", "payment.succeeded"]
        assert counted("accepted") == before + 1
        assert await sql.fetchval("SELECT status FROM late_charges WHERE payment_id = $1", paused.payment_id) == (
            "accepted"
        )
        assert await sql.fetchval(
            "SELECT count(*) FROM audit_log WHERE subject_id = $1 AND action = 'payment.late_charge'", paused.payment_id
        )

    async def test_it_is_voided_when_its_invoices_were_paid_meanwhile_and_the_response_is_202(
        self,
        portal: Portal,
        sandbox: Sandbox,
        card: Json,
        token: str,
        invoice: UUID,
        later: Later,
        books_of: BooksOf,
        sales_of: SalesOf,
        ends_of: EndsOf,
    ) -> None:
        key, before, other_card = new_key(), counted("given_back"), await store_card(portal)
        async with holding(sandbox, path="^/transactions$", body=token) as held:
            paused = await pause(held, portal, card, invoice, key)
            await fail_by_absence(later, portal, paused.payment_id)
            assert (await pay(portal, other_card, invoice)).status_code == 201
            response = await paused.go_on()
        assert (response.status_code, response.json()["status"]) == (202, "cancelling")
        assert "harged" not in response.text
        assert await state_of(portal, paused.payment_id) == "cancelled"
        assert sorted(sale["status"] for sale in await sales_of(portal.account_id)) == [
            "submitted_for_settlement",
            "voided",
        ]
        assert await books_of(portal.account_id) == Books(receivable=0, customer_credit=0, pending=0, cash=10_000)
        repeat = await pay(portal, card, invoice, key=key)
        assert (repeat.status_code, repeat.json()["code"]) == (402, "payment_cancelled")
        assert await ends_of(paused.payment_id) == ["payment.failed", "giving_back", "given_back", "payment.cancelled"]
        assert counted("given_back") == before + 1

    @pytest.mark.parametrize("paid_meanwhile", [True, False])
    async def test_it_is_recorded_once_by_the_request_and_any_number_of_reconcilers(
        self,
        portal: Portal,
        sandbox: Sandbox,
        card: Json,
        token: str,
        invoice: UUID,
        later: Later,
        books_of: BooksOf,
        ends_of: EndsOf,
        paid_meanwhile: bool,
    ) -> None:
        async with holding(sandbox, path="^/transactions$", body=token) as held:
            paused = await pause(held, portal, card, invoice, new_key())
            await fail_by_absence(later, portal, paused.payment_id)
            if paid_meanwhile:
                assert (await pay(portal, await store_card(portal), invoice)).status_code == 201
            look = partial(later.services.payment_checks.resolve, portal.account_id, paused.payment_id)
            reconcilers = [asyncio.create_task(look()) for _ in range(6)]
            response = await paused.go_on()
            await asyncio.gather(*reconcilers)
        # A reconciler may have given it back before the request comes to record it.
        assert response.status_code in ({202, 402} if paid_meanwhile else {201})
        assert "othing was charged" not in response.text
        for _ in range(2):
            await look()
        ended, events = ("cancelled", ["giving_back", "given_back"]) if paid_meanwhile else ("succeeded", ["accepted"])
        assert await state_of(portal, paused.payment_id) == ended
        assert await ends_of(paused.payment_id) == ["payment.failed", *events, f"payment.{ended}"]
        assert await books_of(portal.account_id) == Books(receivable=0, customer_credit=0, pending=0, cash=10_000)
        (sale,) = sandbox.transactions(order_id=str(paused.payment_id))
        assert sale["status"] == ("voided" if paid_meanwhile else "submitted_for_settlement")

    @pytest.mark.parametrize("paid_meanwhile", [True, False])
    async def test_when_its_response_is_lost_too_the_outcome_is_open(
        self,
        settings: Settings,
        portal: Portal,
        sandbox: Sandbox,
        card: Json,
        token: str,
        invoice: UUID,
        later: Later,
        books_of: BooksOf,
        paid_meanwhile: bool,
    ) -> None:
        other_card = await store_card(portal)
        async with (
            cable_to(sandbox.port) as cable,
            open_services(settings.model_copy(update={"gateway_port": cable.port})) as far,
            holding(sandbox, path="^/transactions$", body=token) as held,
        ):
            request = asyncio.create_task(far.payments.pay(portal.account_id, order_of(card, invoice), request_of()))
            await held.by(request)
            (row,) = (await portal.get(f"{PAYMENTS}?status=submitting")).json()["data"]
            payment_id = UUID(row["id"])
            await fail_by_absence(later, portal, payment_id)
            if paid_meanwhile:
                assert (await pay(portal, other_card, invoice)).status_code == 201
            await cable.cut()
            payment = await request
            assert payment.status == ("cancelling" if paid_meanwhile else "unknown")
            assert is_pending(payment)
            assert (await pay(portal, other_card, invoice)).status_code == 409
            await held.release()
        later.clock.forward(days=1)
        for _ in range(2):
            await later.services.payment_checks.resolve_due(EVERYTHING)
        assert await state_of(portal, payment_id) == ("cancelled" if paid_meanwhile else "succeeded")
        assert await books_of(portal.account_id) == Books(receivable=0, customer_credit=0, pending=0, cash=10_000)
        (sale,) = sandbox.transactions(order_id=str(payment_id))
        assert sale["status"] == ("voided" if paid_meanwhile else "submitted_for_settlement")

    @pytest.mark.parametrize("paid_meanwhile", [True, False])
    async def test_a_request_that_never_arrived_fails_after_two_checks(
        self,
        settings: Settings,
        portal: Portal,
        sandbox: Sandbox,
        card: Json,
        token: str,
        invoice: UUID,
        later: Later,
        books_of: BooksOf,
        paid_meanwhile: bool,
    ) -> None:
        async with (
            cable_to(sandbox.port) as cable,
            open_services(settings.model_copy(update={"gateway_port": cable.port}), later.clock) as far,
        ):
            await far.gateway.check_accounts()
            cable.die()
            request = asyncio.create_task(far.payments.pay(portal.account_id, order_of(card, invoice), request_of()))
            await cable.swallowed.wait()
            (row,) = (await portal.get(f"{PAYMENTS}?status=submitting")).json()["data"]
            payment_id = UUID(row["id"])
            await fail_by_absence(later, portal, payment_id)
            if paid_meanwhile:
                assert (await pay(portal, await store_card(portal), invoice)).status_code == 201
            await cable.cut()
            payment = await request
        is_open = "cancelling" if paid_meanwhile else "unknown"
        assert payment.status == is_open
        states = []
        for minutes in (0, 6, 6):  # it may be on its way; the first that counts; the second
            later.clock.forward(minutes=minutes)
            states.append((await later.services.payment_checks.resolve(portal.account_id, payment_id)).status)
        assert states == [is_open, is_open, "failed"]
        cash = 10_000 if paid_meanwhile else 0
        assert await books_of(portal.account_id) == Books(
            receivable=10_000 - cash, customer_credit=0, pending=0, cash=cash
        )

    async def test_a_late_decline_is_a_decline(
        self,
        services: Services,
        portal: Portal,
        sandbox: Sandbox,
        card: Json,
        token: str,
        later: Later,
        books_of: BooksOf,
    ) -> None:
        key, invoice = new_key(), await post_invoice(services, portal.account_id, 200_000)
        async with holding(sandbox, path="^/transactions$", body=token) as held:
            paused = await pause(held, portal, card, invoice, key)
            await fail_by_absence(later, portal, paused.payment_id)
            response = await paused.go_on()
        assert (response.status_code, response.json()["code"]) == (402, "payment_declined")
        again = await pay(portal, card, invoice, key=key)
        assert (again.status_code, again.content) == (402, response.content)
        assert await books_of(portal.account_id) == Books(receivable=200_000, customer_credit=0, pending=0, cash=0)
