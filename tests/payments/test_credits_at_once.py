"""Credits that several payments want at once, and those of a charge that turns up late."""

import asyncio
from uuid import UUID

import pytest

from billing_api.credits.errors import CreditExceededError
from braintree_sandbox.testing import Sandbox
from tests.factories.credits import apply_credit_memo
from tests.factories.invoices import post_invoice
from tests.factories.payments import Json, lose_sale, new_key
from tests.fixtures.later import Later
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal
from tests.payments.buying import (
    AUTOMATIC,
    assert_books_add_up,
    buy,
    chosen,
    left_of,
    of,
)
from tests.payments.conftest import SalesOf
from tests.payments.late import charged_late, fail_by_absence


class TestAtOnce:
    async def test_fifty_payments_use_one_credit_once(
        self, portal: Portal, card: Json, invoice: UUID, memo: UUID, sales_of: SalesOf, sql: Sql
    ) -> None:
        responses = await asyncio.gather(*(buy(portal, card, of(invoice), credits=chosen(memo)) for _ in range(50)))
        assert sorted(response.status_code for response in responses) == [201] + [409] * 49
        assert [sale["amount"] for sale in await sales_of(portal.account_id)] == ["70.00"]
        assert await left_of(sql, "credit_memos", memo) == (0, 0)
        await assert_books_add_up(sql, portal.account_id)

    async def test_payments_of_several_invoices_share_one_credit(
        self, services: Services, portal: Portal, card: Json, memo: UUID, sql: Sql
    ) -> None:
        invoices = [await post_invoice(services, portal.account_id, 1_000) for _ in range(8)]
        responses = await asyncio.gather(*(buy(portal, card, of(one), credits=AUTOMATIC) for one in invoices))
        payments = [response.json() for response in responses]
        assert {response.status_code for response in responses} == {201}
        assert sum(payment["credited"] for payment in payments) == 3_000
        assert await left_of(sql, "credit_memos", memo) == (0, 0)
        await assert_books_add_up(sql, portal.account_id)

    async def test_fifty_requests_with_one_key_settle_once(
        self, portal: Portal, invoice: UUID, memo: UUID, sql: Sql
    ) -> None:
        key = new_key()
        responses = await asyncio.gather(
            *(buy(portal, None, of((invoice, 1_000)), key, credits=AUTOMATIC) for _ in range(50))
        )
        assert {response.status_code for response in responses} <= {201, 409}
        assert len({response.content for response in responses if response.status_code == 201}) == 1
        assert await left_of(sql, "credit_memos", memo) == (2_000, 0)
        await assert_books_add_up(sql, portal.account_id)

    async def test_a_payment_and_the_back_office_share_one_credit(
        self, services: Services, portal: Portal, card: Json, invoice: UUID, memo: UUID, sql: Sql
    ) -> None:
        async def back_office() -> int:
            try:
                await apply_credit_memo(services, portal.account_id, memo, {invoice: 3_000})
            except CreditExceededError:
                return 0
            return 3_000

        response, applied = await asyncio.gather(
            buy(portal, card, of((invoice, 5_000)), credits=AUTOMATIC), back_office()
        )
        assert response.json()["credited"] + applied == 3_000
        await assert_books_add_up(sql, portal.account_id)


@pytest.mark.usefixtures("nothing_else_due")
class TestLateCharge:
    """The charge of a payment that had failed turns up: it is accepted while its credits are still there."""

    async def fail(self, portal: Portal, sandbox: Sandbox, later: Later, card: Json, token: str, invoice: UUID) -> UUID:
        lose_sale(sandbox, token, commit=False)
        response = await buy(portal, card, of(invoice), credits=AUTOMATIC)
        assert (response.status_code, response.json()["amount"]) == (202, 7_000)
        payment_id = UUID(response.json()["id"])
        await fail_by_absence(later, portal, payment_id)
        return payment_id

    async def test_it_uses_its_credits_after_all(
        self,
        portal: Portal,
        sandbox: Sandbox,
        later: Later,
        card: Json,
        token: str,
        invoice: UUID,
        memo: UUID,
        sql: Sql,
    ) -> None:
        payment_id = await self.fail(portal, sandbox, later, card, token, invoice)
        assert await left_of(sql, "credit_memos", memo) == (3_000, 0)
        await charged_late(sandbox, payment_id, token, amount="70.00")
        found = await later.services.payment_checks.resolve(portal.account_id, payment_id)
        assert (found.status, found.credited) == ("succeeded", 3_000)
        assert await left_of(sql, "credit_memos", memo) == (0, 0)
        assert (await portal.get(f"/v1/invoices/{invoice}")).json()["status"] == "paid"
        await assert_books_add_up(sql, portal.account_id)

    async def test_it_is_given_back_when_they_are_gone(
        self,
        *,
        services: Services,
        portal: Portal,
        sandbox: Sandbox,
        later: Later,
        card: Json,
        token: str,
        invoice: UUID,
        memo: UUID,
        sql: Sql,
        sales_of: SalesOf,
    ) -> None:
        payment_id = await self.fail(portal, sandbox, later, card, token, invoice)
        other = await post_invoice(services, portal.account_id, 1)
        await apply_credit_memo(services, portal.account_id, memo, {other: 1})
        await charged_late(sandbox, payment_id, token, amount="70.00")
        resolve = later.services.payment_checks.resolve
        assert (await resolve(portal.account_id, payment_id)).status == "cancelling"
        assert (await resolve(portal.account_id, payment_id)).status == "cancelled"
        assert [sale["status"] for sale in await sales_of(portal.account_id)] == ["voided"]
        assert await left_of(sql, "credit_memos", memo) == (2_999, 0)
        await assert_books_add_up(sql, portal.account_id)
