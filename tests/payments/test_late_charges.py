"""Late charges: charges that turn up after their payment has ended without money."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from billing_api.config import Settings
from braintree_sandbox.testing import Sandbox
from tests.factories.invoices import post_invoice
from tests.factories.payments import Json, lose_sale, pay, store_bank_account, store_card
from tests.fixtures.holding import holding
from tests.fixtures.later import Later
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services, open_services
from tests.fixtures.signed_in import Portal
from tests.payments.conftest import EVERYTHING, Books, BooksOf, EndsOf
from tests.payments.late import charged_late, fail, state_of

pytestmark = pytest.mark.usefixtures("nothing_else_due")

PAYMENTS = "/v1/payments"


async def test_a_search_counts_from_when_it_began(
    portal: Portal, sandbox: Sandbox, card: Json, token: str, invoice: UUID, later: Later
) -> None:
    """A reconciler may be paused between its search and its conclusion, while the charge arrives."""
    lose_sale(sandbox, token, commit=False)
    payment_id = UUID((await pay(portal, card, invoice)).json()["id"])
    resolve = later.services.payment_checks.resolve
    later.clock.forward(minutes=6)
    assert (await resolve(portal.account_id, payment_id)).status == "unknown"
    async with holding(sandbox, commit=True, path="advanced_search_ids$", body=str(payment_id)) as held:
        sleeping = asyncio.create_task(resolve(portal.account_id, payment_id))
        await held.by(sleeping)
        await charged_late(sandbox, payment_id, token)
        later.clock.forward(hours=1)
    assert (await sleeping).status == "unknown"
    assert (await resolve(portal.account_id, payment_id)).status == "succeeded"


async def test_a_search_that_is_recorded_days_later_is_not_the_last_check(
    portal: Portal, sandbox: Sandbox, card: Json, token: str, invoice: UUID, later: Later
) -> None:
    """The model of the protocol found it: the charge arrives after a search that would have been the last one."""
    payment_id = await fail(portal, sandbox, later, card, token, invoice)
    later.clock.forward(hours=1)
    resolve = later.services.payment_checks.resolve
    async with holding(sandbox, commit=True, path="advanced_search_ids$", body=str(payment_id)) as held:
        sleeping = asyncio.create_task(resolve(portal.account_id, payment_id))
        await held.by(sleeping)
        await charged_late(sandbox, payment_id, token)
        later.clock.forward(days=6)
    assert (await sleeping).status == "failed"
    assert await later.services.payment_checks.resolve_due(EVERYTHING) == {"final": 1}
    assert await state_of(portal, payment_id) == "succeeded"


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
        assert (await resolve(portal.account_id, payment_id)).status == "cancelling"
    assert (await sleeping).status == "cancelling"
    assert await later.services.payment_checks.resolve_due(EVERYTHING) == {"final": 1}
    assert await state_of(portal, payment_id) == "cancelled"


class TestFoundByACheck:
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

    async def test_checks_are_further_and_further_apart_and_change_nothing(
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
    async def test_a_return_whose_response_was_lost_is_not_repeated(
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

    async def test_a_charge_that_is_settling_is_given_back_later(
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
        transaction_id = await charged_late(sandbox, payment_id, token, merchant="us_bank_merchant_account")
        later.clock.forward(days=1)
        assert await later.services.payment_checks.resolve_due(EVERYTHING) == {"live": 1}
        assert await state_of(portal, payment_id) == "processing"
        assert await books_of(portal.account_id) == Books(receivable=10_000, customer_credit=0, pending=10_000, cash=0)
        sandbox.control("POST", f"/transactions/{transaction_id}/settle")
        later.clock.forward(days=1)
        await later.services.payment_checks.resolve_due(EVERYTHING)
        assert await state_of(portal, payment_id) == "succeeded"
        assert await books_of(portal.account_id) == Books(receivable=0, customer_credit=0, pending=0, cash=10_000)

    @pytest.mark.parametrize("paid_meanwhile", [True, False])
    async def test_a_charge_that_differs_from_its_order_is_neither_accepted_nor_given_back(
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
        """An operator voids it by hand."""
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

    async def test_a_declined_late_charge_makes_the_payment_declined(
        self, services: Services, portal: Portal, sandbox: Sandbox, card: Json, token: str, later: Later
    ) -> None:
        invoice = await post_invoice(services, portal.account_id, 200_000)
        payment_id = await fail(portal, sandbox, later, card, token, invoice)
        params = {"amount": "2000.00", "payment_method_token": token, "order_id": str(payment_id)}
        assert not (await asyncio.to_thread(sandbox.gateway().transaction.sale, params)).is_success
        later.clock.forward(days=1)
        await later.services.payment_checks.resolve_due(EVERYTHING)
        assert await state_of(portal, payment_id) == "declined"
