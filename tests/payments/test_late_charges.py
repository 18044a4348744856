"""Charges that turn up for a payment that had ended: accepted or given back, recorded and told, whoever finds them."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from uuid import UUID

import httpx
import pytest
from prometheus_client import REGISTRY

from billing_api.config import Settings
from billing_api.payments.results import is_pending
from braintree_sandbox.testing import Sandbox
from tests.factories.invoices import post_invoice
from tests.factories.payments import Json, new_key, pay, store_bank_account, store_card
from tests.fixtures.cable import cable_to
from tests.fixtures.holding import Held, holding
from tests.fixtures.later import Later
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services, open_services
from tests.fixtures.signed_in import Portal
from tests.payments.conftest import Books, BooksOf, SalesOf, order_of, request_of

PAYMENTS = "/v1/payments"
EVERYTHING = 1000

EndsOf = Callable[[UUID], Awaitable[list[str]]]


@pytest.fixture(autouse=True)
async def _nothing_else_is_due(sql: Sql) -> None:
    """What earlier tests left under way is looked up some other year."""
    await sql.execute("UPDATE payments SET next_check_at = now() + interval '1 year' WHERE next_check_at IS NOT NULL")


@pytest.fixture
async def invoice(services: Services, portal: Portal) -> UUID:
    """100 dollars to pay."""
    return await post_invoice(services, portal.account_id, 10_000)


@pytest.fixture
def ends_of(sql: Sql) -> EndsOf:
    """What the outbox tells of a payment, oldest first: kinds, and of late charges what they came to."""

    async def find(payment_id: UUID) -> list[str]:
        rows = await sql.fetch("SELECT kind, data FROM outbox_events WHERE subject_id = $1 ORDER BY id", payment_id)
        return [json.loads(row["data"])["status"] if "late" in row["kind"] else row["kind"] for row in rows]

    return find


def counted(end: str) -> float:
    return REGISTRY.get_sample_value("payment_late_charges_total", {"end": end}) or 0


async def charged_late(
    sandbox: Sandbox, payment_id: UUID, token: str, *, amount: str = "100.00", settled: bool = False
) -> str:
    """A sale under the payment's order id, as a paused request makes it; the gateway's id for it."""
    params = {
        "amount": amount,
        "payment_method_token": token,
        "order_id": str(payment_id),
        "merchant_account_id": "sandbox_credit_card",
        "options": {"submit_for_settlement": True},
    }
    result = await asyncio.to_thread(sandbox.gateway().transaction.sale, params)
    assert result.is_success
    if settled:
        sandbox.control("POST", f"/transactions/{result.transaction.id}/settle")
    return str(result.transaction.id)


async def fail_by_absence(later: Later, portal: Portal, payment_id: UUID) -> None:
    """Two passes that find nothing."""
    for minutes in (6, 60):
        later.clock.forward(minutes=minutes)
        await later.services.payment_checks.resolve_due(EVERYTHING)
    assert await state_of(portal, payment_id) == "failed"


async def state_of(portal: Portal, payment_id: UUID) -> str:
    return str((await portal.get(f"{PAYMENTS}/{payment_id}")).json()["state"])


@dataclass(frozen=True)
class Paused:
    """A payment whose request is on its way to the gateway, for ever so long."""

    request: "asyncio.Task[httpx.Response]"
    payment_id: UUID
    held: Held

    async def go_on(self) -> httpx.Response:
        await self.held.release()
        return await self.request


async def pause(held: Held, portal: Portal, method: Json, invoice: UUID, key: dict[str, str]) -> Paused:
    request = asyncio.create_task(pay(portal, method, invoice, key=key))
    await held.by(request)
    (row,) = (await portal.get(f"{PAYMENTS}?state=submitting")).json()["data"]
    return Paused(request, UUID(row["id"]), held)


class TestSentAfterTheFence:
    """The residual window: the process was paused between the last look at the clock and the socket."""

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
            told = await pay(portal, card, invoice, key=key)
            assert (told.status_code, told.json()["code"]) == (503, "payment_not_sent")
            answer = await paused.go_on()
        assert (answer.status_code, answer.json()["state"]) == (201, "succeeded")
        again = await pay(portal, card, invoice, key=key)
        assert (again.status_code, again.json()["state"]) == (201, "succeeded")
        assert await books_of(portal.account_id) == Books(receivable=0, customer_credit=0, pending=0, cash=10_000)
        assert await ends_of(paused.payment_id) == ["payment.failed", "accepted", "payment.succeeded"]
        assert counted("accepted") == before + 1
        assert await sql.fetchval("SELECT status FROM late_charges WHERE payment_id = $1", paused.payment_id) == (
            "accepted"
        )
        assert await sql.fetchval(
            "SELECT count(*) FROM audit_log WHERE subject_id = $1 AND action = 'payment.late_charge'", paused.payment_id
        )

    async def test_it_is_voided_when_they_were_paid_meanwhile_and_the_answer_is_202(
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
            answer = await paused.go_on()
        assert (answer.status_code, answer.json()["state"]) == (202, "cancelling")
        assert "harged" not in answer.text
        assert await state_of(portal, paused.payment_id) == "cancelled"
        assert sorted(sale["status"] for sale in await sales_of(portal.account_id)) == [
            "submitted_for_settlement",
            "voided",
        ]
        assert await books_of(portal.account_id) == Books(receivable=0, customer_credit=0, pending=0, cash=10_000)
        told = await pay(portal, card, invoice, key=key)
        assert (told.status_code, told.json()["code"]) == (402, "payment_cancelled")
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
            answer = await paused.go_on()
            await asyncio.gather(*reconcilers)
        # A reconciler may have given it back before the request comes to record it.
        assert answer.status_code in ({202, 402} if paid_meanwhile else {201})
        assert "othing was charged" not in answer.text
        for _ in range(2):
            await look()
        ended, told = ("cancelled", ["giving_back", "given_back"]) if paid_meanwhile else ("succeeded", ["accepted"])
        assert await state_of(portal, paused.payment_id) == ended
        assert await ends_of(paused.payment_id) == ["payment.failed", *told, f"payment.{ended}"]
        assert await books_of(portal.account_id) == Books(receivable=0, customer_credit=0, pending=0, cash=10_000)
        (sale,) = sandbox.transactions(order_id=str(paused.payment_id))
        assert sale["status"] == ("voided" if paid_meanwhile else "submitted_for_settlement")

    @pytest.mark.parametrize("paid_meanwhile", [True, False])
    async def test_when_its_answer_is_lost_too_the_outcome_is_open(
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
            (row,) = (await portal.get(f"{PAYMENTS}?state=submitting")).json()["data"]
            payment_id = UUID(row["id"])
            await fail_by_absence(later, portal, payment_id)
            if paid_meanwhile:
                assert (await pay(portal, other_card, invoice)).status_code == 201
            await cable.cut()
            payment = await request
            assert payment.state == ("cancelling" if paid_meanwhile else "unknown")
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
    async def test_when_nothing_arrived_it_has_failed_after_all(
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
            (row,) = (await portal.get(f"{PAYMENTS}?state=submitting")).json()["data"]
            payment_id = UUID(row["id"])
            await fail_by_absence(later, portal, payment_id)
            if paid_meanwhile:
                assert (await pay(portal, await store_card(portal), invoice)).status_code == 201
            await cable.cut()
            payment = await request
        is_open = "cancelling" if paid_meanwhile else "unknown"
        assert payment.state == is_open
        states = []
        for minutes in (0, 6, 6):  # it may be on its way; the first that counts; the second
            later.clock.forward(minutes=minutes)
            states.append((await later.services.payment_checks.resolve(portal.account_id, payment_id)).state)
        assert states == [is_open, is_open, "failed"]
        cash = 10_000 if paid_meanwhile else 0
        assert await books_of(portal.account_id) == Books(
            receivable=10_000 - cash, customer_credit=0, pending=0, cash=cash
        )

    async def test_a_decline_that_comes_late_is_a_decline(
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
            answer = await paused.go_on()
        assert (answer.status_code, answer.json()["code"]) == (402, "payment_declined")
        again = await pay(portal, card, invoice, key=key)
        assert (again.status_code, again.content) == (402, answer.content)
        assert await books_of(portal.account_id) == Books(receivable=200_000, customer_credit=0, pending=0, cash=0)


async def fail(portal: Portal, sandbox: Sandbox, later: Later, method: Json, token: str, invoice: UUID) -> UUID:
    """A payment that two passes have not found, since its request never arrived, as far as anybody can tell."""
    sandbox.fault("drop", match={"path": "^/transactions$", "body": token})
    answer = await pay(portal, method, invoice)
    assert answer.status_code == 202
    payment_id = UUID(answer.json()["id"])
    await fail_by_absence(later, portal, payment_id)
    return payment_id


async def test_a_search_counts_from_when_it_began(
    portal: Portal, sandbox: Sandbox, card: Json, token: str, invoice: UUID, later: Later
) -> None:
    """A reconciler may sleep between its search and what it makes of that, and the charge turn up meanwhile."""
    sandbox.fault("drop", match={"path": "^/transactions$", "body": token})
    payment_id = UUID((await pay(portal, card, invoice)).json()["id"])
    resolve = later.services.payment_checks.resolve
    later.clock.forward(minutes=6)
    assert (await resolve(portal.account_id, payment_id)).state == "unknown"
    async with holding(sandbox, commit=True, path="advanced_search_ids$", body=str(payment_id)) as held:
        sleeping = asyncio.create_task(resolve(portal.account_id, payment_id))
        await held.by(sleeping)
        await charged_late(sandbox, payment_id, token)
        later.clock.forward(hours=1)
    assert (await sleeping).state == "unknown"
    assert (await resolve(portal.account_id, payment_id)).state == "succeeded"


async def test_a_search_from_before_a_charge_was_found_does_not_stop_its_return(
    portal: Portal, sandbox: Sandbox, card: Json, token: str, invoice: UUID, later: Later
) -> None:
    payment_id = await fail(portal, sandbox, later, card, token, invoice)
    later.clock.forward(days=1)
    resolve = later.services.payment_checks.resolve
    async with holding(sandbox, commit=True, path="advanced_search_ids$", body=str(payment_id)) as held:
        sleeping = asyncio.create_task(resolve(portal.account_id, payment_id))
        await held.by(sleeping)
        await charged_late(sandbox, payment_id, token)
        assert (await pay(portal, await store_card(portal), invoice)).status_code == 201
        assert (await resolve(portal.account_id, payment_id)).state == "cancelling"
    assert (await sleeping).state == "cancelling"
    assert await later.services.payment_checks.resolve_due(EVERYTHING) == {"final": 1}
    assert await state_of(portal, payment_id) == "cancelled"


class TestFoundByAPass:
    @pytest.mark.parametrize("days", [0, 1, 5])
    async def test_it_is_accepted_for_some_days(
        self,
        portal: Portal,
        sandbox: Sandbox,
        card: Json,
        token: str,
        invoice: UUID,
        later: Later,
        books_of: BooksOf,
        ends_of: EndsOf,
        days: int,
    ) -> None:
        payment_id = await fail(portal, sandbox, later, card, token, invoice)
        await charged_late(sandbox, payment_id, token)
        later.clock.forward(days=days, hours=1)
        passes = [await later.services.payment_checks.resolve_due(EVERYTHING) for _ in range(2)]
        assert passes == [{"final": 1}, {}]
        assert await state_of(portal, payment_id) == "succeeded"
        assert await books_of(portal.account_id) == Books(receivable=0, customer_credit=0, pending=0, cash=10_000)
        assert await ends_of(payment_id) == ["payment.failed", "accepted", "payment.succeeded"]

    async def test_looks_are_further_and_further_apart_and_change_nothing(
        self, portal: Portal, sandbox: Sandbox, card: Json, token: str, invoice: UUID, later: Later, sql: Sql
    ) -> None:
        payment_id = await fail(portal, sandbox, later, card, token, invoice)
        failed = (await portal.get(f"{PAYMENTS}/{payment_id}")).json()
        assert failed["next_check_at"] is None
        waits = []
        while (due := await sql.fetchval("SELECT next_check_at FROM payments WHERE id = $1", payment_id)) is not None:
            waits.append(due - later.clock.now())
            later.clock.time = due
            assert await later.services.payment_checks.resolve_due(EVERYTHING) == {"still failed": 1}
        assert waits == [timedelta(hours=1), timedelta(hours=23), *[timedelta(days=1)] * 4]
        assert (await portal.get(f"{PAYMENTS}/{payment_id}")).json() == failed

    @pytest.mark.parametrize("settled", [False, True])
    async def test_it_is_given_back_when_the_invoice_is_paid_even_after_it_has_settled(
        self,
        portal: Portal,
        sandbox: Sandbox,
        card: Json,
        token: str,
        invoice: UUID,
        later: Later,
        books_of: BooksOf,
        ends_of: EndsOf,
        settled: bool,
    ) -> None:
        payment_id = await fail(portal, sandbox, later, card, token, invoice)
        await charged_late(sandbox, payment_id, token, settled=settled)
        assert (await pay(portal, await store_card(portal), invoice)).status_code == 201
        later.clock.forward(days=1)
        # What one of them finds another may give back already; the next pass does at the latest.
        await asyncio.gather(*(later.services.payment_checks.resolve_due(EVERYTHING) for _ in range(3)))
        await later.services.payment_checks.resolve_due(EVERYTHING)
        assert await state_of(portal, payment_id) == "cancelled"
        (sale,) = sandbox.transactions(order_id=str(payment_id))
        assert sale["status"] == ("settled" if settled else "voided")
        refunds = [one for one in sandbox.transactions(type="credit") if one["refunded_transaction_id"] == sale["id"]]
        assert [one["amount"] for one in refunds] == ["100.00"] * settled
        assert await books_of(portal.account_id) == Books(receivable=0, customer_credit=0, pending=0, cash=10_000)
        assert await ends_of(payment_id) == ["payment.failed", "giving_back", "given_back", "payment.cancelled"]
        assert await later.services.payment_checks.resolve_due(EVERYTHING) == {}

    @pytest.mark.parametrize("what", ["void", "refund"])
    @pytest.mark.parametrize("keys", [True, False], ids=["with request keys", "without request keys"])
    async def test_what_was_given_back_and_never_answered_is_not_given_back_twice(
        self,
        settings: Settings,
        portal: Portal,
        sandbox: Sandbox,
        card: Json,
        token: str,
        invoice: UUID,
        later: Later,
        what: str,
        keys: bool,
    ) -> None:
        payment_id = await fail(portal, sandbox, later, card, token, invoice)
        transaction_id = await charged_late(sandbox, payment_id, token, settled=what == "refund")
        assert (await pay(portal, await store_card(portal), invoice)).status_code == 201
        later.clock.forward(days=1)
        async with open_services(settings.model_copy(update={"gateway_request_keys": keys}), later.clock) as services:
            await services.payment_checks.resolve_due(EVERYTHING)
            lost = sandbox.fault("drop", commit=True, match={"path": f"^/transactions/{transaction_id}/{what}$"})
            assert (await services.payment_checks.resolve_due(EVERYTHING))["failed"] == 1
            assert sandbox.hits(lost) == 1
            assert await state_of(portal, payment_id) == "cancelling"
            later.clock.forward(minutes=6)
            assert await services.payment_checks.resolve_due(EVERYTHING) == {"final": 1}
        assert await state_of(portal, payment_id) == "cancelled"
        refunds = [
            one for one in sandbox.transactions(type="credit") if one["refunded_transaction_id"] == transaction_id
        ]
        assert len(refunds) == (what == "refund")

    async def test_one_that_settles_just_now_is_given_back_when_that_is_possible(
        self, portal: Portal, sandbox: Sandbox, card: Json, token: str, invoice: UUID, later: Later
    ) -> None:
        payment_id = await fail(portal, sandbox, later, card, token, invoice)
        transaction_id = await charged_late(sandbox, payment_id, token)
        assert (await pay(portal, await store_card(portal), invoice)).status_code == 201
        later.clock.forward(days=1)
        await later.services.payment_checks.resolve_due(EVERYTHING)
        for verb in ("void", "refund"):
            sandbox.fault("status", status=503, match={"path": f"^/transactions/{transaction_id}/{verb}$"})
        assert (await later.services.payment_checks.resolve_due(EVERYTHING))["failed"] == 1
        later.clock.forward(minutes=6)
        await later.services.payment_checks.resolve_due(EVERYTHING)
        assert await state_of(portal, payment_id) == "cancelled"

    async def test_a_bank_transfer_that_turns_up_is_under_way_again(
        self, portal: Portal, sandbox: Sandbox, invoice: UUID, later: Later, sql: Sql, books_of: BooksOf
    ) -> None:
        account = await store_bank_account(portal)
        token = await sql.fetchval("SELECT token FROM payment_methods WHERE id = $1", UUID(account["id"]))
        payment_id = await fail(portal, sandbox, later, account, token, invoice)
        params = {
            "amount": "100.00",
            "payment_method_token": token,
            "order_id": str(payment_id),
            "merchant_account_id": "us_bank_merchant_account",
            "options": {"submit_for_settlement": True},
        }
        result = await asyncio.to_thread(sandbox.gateway().transaction.sale, params)
        later.clock.forward(days=1)
        assert await later.services.payment_checks.resolve_due(EVERYTHING) == {"live": 1}
        assert await state_of(portal, payment_id) == "processing"
        assert await books_of(portal.account_id) == Books(receivable=10_000, customer_credit=0, pending=10_000, cash=0)
        sandbox.control("POST", f"/transactions/{result.transaction.id}/settle")
        later.clock.forward(days=1)
        await later.services.payment_checks.resolve_due(EVERYTHING)
        assert await state_of(portal, payment_id) == "succeeded"
        assert await books_of(portal.account_id) == Books(receivable=0, customer_credit=0, pending=0, cash=10_000)

    @pytest.mark.parametrize("paid_meanwhile", [True, False])
    async def test_one_that_differs_from_its_order_is_neither_accepted_nor_given_back(
        self,
        portal: Portal,
        sandbox: Sandbox,
        card: Json,
        token: str,
        invoice: UUID,
        later: Later,
        books_of: BooksOf,
        paid_meanwhile: bool,
    ) -> None:
        """A person looks, and voids it."""
        payment_id = await fail(portal, sandbox, later, card, token, invoice)
        transaction_id = await charged_late(sandbox, payment_id, token, amount="10.00")
        if paid_meanwhile:
            assert (await pay(portal, await store_card(portal), invoice)).status_code == 201
        for _ in range(2):
            later.clock.forward(days=1)
            await later.services.payment_checks.resolve_due(EVERYTHING)
            assert await state_of(portal, payment_id) == ("cancelling" if paid_meanwhile else "unknown")
        (sale,) = sandbox.transactions(order_id=str(payment_id))
        assert sale["status"] == "submitted_for_settlement"
        await asyncio.to_thread(sandbox.gateway().transaction.void, transaction_id)
        later.clock.forward(days=1)
        await later.services.payment_checks.resolve_due(EVERYTHING)
        assert await state_of(portal, payment_id) == "cancelled"
        cash = 10_000 * paid_meanwhile
        assert await books_of(portal.account_id) == Books(
            receivable=10_000 - cash, customer_credit=0, pending=0, cash=cash
        )

    async def test_a_declined_one_is_no_longer_called_never_sent(
        self, services: Services, portal: Portal, sandbox: Sandbox, card: Json, token: str, later: Later
    ) -> None:
        invoice = await post_invoice(services, portal.account_id, 200_000)
        payment_id = await fail(portal, sandbox, later, card, token, invoice)
        params = {"amount": "2000.00", "payment_method_token": token, "order_id": str(payment_id)}
        assert not (await asyncio.to_thread(sandbox.gateway().transaction.sale, params)).is_success
        later.clock.forward(days=1)
        await later.services.payment_checks.resolve_due(EVERYTHING)
        assert await state_of(portal, payment_id) == "declined"


class TestTwoChargesOfOneOrder:
    async def test_one_counts_and_the_other_is_given_back(
        self,
        portal: Portal,
        sandbox: Sandbox,
        card: Json,
        token: str,
        invoice: UUID,
        later: Later,
        books_of: BooksOf,
        ends_of: EndsOf,
    ) -> None:
        sandbox.fault("drop", commit=True, match={"path": "^/transactions$", "body": token})
        payment_id = UUID((await pay(portal, card, invoice)).json()["id"])
        await charged_late(sandbox, payment_id, token)
        later.clock.forward(minutes=6)
        await asyncio.gather(*(later.services.payment_checks.resolve_due(EVERYTHING) for _ in range(2)))
        await later.services.payment_checks.resolve_due(EVERYTHING)
        assert await state_of(portal, payment_id) == "succeeded"
        statuses = sorted(sale["status"] for sale in sandbox.transactions(order_id=str(payment_id)))
        assert statuses == ["submitted_for_settlement", "voided"]
        assert await books_of(portal.account_id) == Books(receivable=0, customer_credit=0, pending=0, cash=10_000)
        assert sorted(await ends_of(payment_id)) == ["given_back", "giving_back", "payment.succeeded"]
        assert await later.services.payment_checks.resolve_due(EVERYTHING) == {}

    async def test_the_one_that_the_request_has_recorded_meanwhile_is_kept(
        self, portal: Portal, sandbox: Sandbox, card: Json, token: str, invoice: UUID, later: Later, books_of: BooksOf
    ) -> None:
        """A reconciler has found both, and sleeps before it records what it found."""
        async with (
            holding(sandbox, commit=True, path="^/transactions$", body=token) as sale,
            holding(sandbox, commit=True, path="advanced_search$") as search,
        ):
            paused = await pause(sale, portal, card, invoice, new_key())
            await charged_late(sandbox, paused.payment_id, token)
            sleeping = asyncio.create_task(later.services.payment_checks.resolve(portal.account_id, paused.payment_id))
            await search.by(sleeping)
            assert (await paused.go_on()).status_code == 201
        await sleeping
        for _ in range(2):
            await later.services.payment_checks.resolve(portal.account_id, paused.payment_id)
        assert await state_of(portal, paused.payment_id) == "succeeded"
        statuses = sorted(one["status"] for one in sandbox.transactions(order_id=str(paused.payment_id)))
        assert statuses == ["submitted_for_settlement", "voided"]
        assert await books_of(portal.account_id) == Books(receivable=0, customer_credit=0, pending=0, cash=10_000)

    async def test_both_are_given_back_when_the_payment_had_ended_and_its_invoice_is_paid(
        self, portal: Portal, sandbox: Sandbox, card: Json, token: str, invoice: UUID, later: Later, books_of: BooksOf
    ) -> None:
        payment_id = await fail(portal, sandbox, later, card, token, invoice)
        for _ in range(2):
            await charged_late(sandbox, payment_id, token)
        assert (await pay(portal, await store_card(portal), invoice)).status_code == 201
        later.clock.forward(days=1)
        for _ in range(2):
            await later.services.payment_checks.resolve_due(EVERYTHING)
        assert await state_of(portal, payment_id) == "cancelled"
        assert [sale["status"] for sale in sandbox.transactions(order_id=str(payment_id))] == ["voided"] * 2
        assert (await books_of(portal.account_id)).cash == 10_000
