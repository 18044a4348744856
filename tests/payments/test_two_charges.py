"""Two charges under one order id: the payment takes one, and the other is given back."""

import asyncio
from uuid import UUID

import pytest

from braintree_sandbox.testing import Sandbox
from tests.factories.payments import Json, lose_sale, new_key, pay, store_card
from tests.fixtures.holding import holding
from tests.fixtures.later import Later
from tests.fixtures.signed_in import Portal
from tests.payments.conftest import EVERYTHING, Books, BooksOf, EndsOf
from tests.payments.late import charged_late, fail, pause, state_of

pytestmark = pytest.mark.usefixtures("nothing_else_due")


class TestTwoChargesOfOneOrder:
    async def test_one_charge_counts_and_the_other_is_given_back(
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
        lose_sale(sandbox, token, commit=True)
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

    async def test_the_charge_that_the_request_has_recorded_is_kept(
        self, portal: Portal, sandbox: Sandbox, card: Json, token: str, invoice: UUID, later: Later, books_of: BooksOf
    ) -> None:
        """A reconciler has found both charges, and is paused before it records them."""
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
