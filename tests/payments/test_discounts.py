"""The discount for paying early: in full settlement alone, by the day the payment is initiated, and it stays."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from braintree_sandbox.testing import Sandbox
from tests.factories.credits import apply_credit_memo, post_credit_memo
from tests.factories.invoices import post_invoice, reserve_on_invoice
from tests.factories.payments import Json, store_bank_account
from tests.fixtures.later import Later
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal
from tests.payments.buying import AUTOMATIC, EVERYTHING, assert_books_add_up, buy, entries_of, of, quote
from tests.payments.conftest import SalesOf


@pytest.fixture
def today(services: Services) -> date:
    return services.clock.today()


async def discounted(
    services: Services, portal: Portal, total: int = 10_000, *, until: date, includes_tax: bool = True, **fields: Any
) -> UUID:
    """Post an invoice with two percent off until a day."""
    terms = {"basis_points": 200, "until": until, "includes_tax": includes_tax}
    return await post_invoice(services, portal.account_id, total, discount=terms, **fields)


async def figures(portal: Portal, pay: Json, **fields: Any) -> tuple[int, int]:
    """The amount to be charged, and the discount."""
    body = (await quote(portal, pay, **fields)).json()
    return body["amount"], body["discounted"]


class TestTerms:
    async def test_to_the_last_day_of_the_books(self, services: Services, portal: Portal, today: date) -> None:
        last = await discounted(services, portal, until=today)
        late = await discounted(services, portal, until=today - timedelta(days=1))
        assert await figures(portal, of(last)) == (9_800, 200)
        assert await figures(portal, of(late)) == (10_000, 0)

    async def test_tax_is_in_the_base_or_not(self, services: Services, portal: Portal, today: date) -> None:
        with_tax = await discounted(services, portal, 10_825, tax=825, until=today)
        without = await discounted(services, portal, 10_825, tax=825, until=today, includes_tax=False)
        assert await figures(portal, of(with_tax)) == (10_825 - 217, 217)  # 216.5
        assert await figures(portal, of(without)) == (10_625, 200)

    @pytest.mark.parametrize(("total", "discount"), [(24, 0), (25, 1), (74, 1), (75, 2)])
    async def test_half_a_cent_is_rounded_up(
        self, services: Services, portal: Portal, today: date, total: int, discount: int
    ) -> None:
        invoice = await discounted(services, portal, total, until=today)
        assert await figures(portal, of(invoice)) == (total - discount, discount)


class TestSettledInFull:
    @pytest.mark.parametrize(("paid", "expected"), [(9_799, (9_799, 0)), (9_800, (9_800, 200)), (10_000, (9_800, 200))])
    async def test_the_price_after_discount_settles_it(
        self, services: Services, portal: Portal, today: date, paid: int, expected: tuple[int, int]
    ) -> None:
        invoice = await discounted(services, portal, until=today)
        assert await figures(portal, of((invoice, paid))) == expected

    async def test_an_amount_is_spread_over_prices(self, services: Services, portal: Portal, today: date) -> None:
        for days in (1, 2):
            await discounted(services, portal, until=today, due_on=today + timedelta(days=days))
        assert await figures(portal, {"type": "spread", "amount": 9_900}) == (9_900, 200)
        assert await figures(portal, {"type": "spread", "amount": 19_600}) == (19_600, 400)
        refused = await quote(portal, {"type": "spread", "amount": 19_601})
        assert (refused.json()["code"], refused.json()["payable"]) == ("amount_exceeds_payable", 19_600)

    async def test_credits_count(self, services: Services, portal: Portal, today: date) -> None:
        """Those that are used with the payment, and those that were used before."""
        invoice = await discounted(services, portal, until=today)
        memo = await post_credit_memo(services, portal.account_id, 4_000)
        assert await figures(portal, of(invoice), credits=AUTOMATIC) == (5_800, 200)
        await apply_credit_memo(services, portal.account_id, memo, {invoice: 4_000})
        assert await figures(portal, of(invoice)) == (5_800, 200)

    async def test_an_earlier_payment_leaves_none(
        self, services: Services, portal: Portal, card: Json, today: date
    ) -> None:
        invoice = await discounted(services, portal, until=today)
        await buy(portal, card, of((invoice, 1_000)))
        assert await figures(portal, of(invoice)) == (9_000, 0)

    async def test_nor_does_another_payment_that_is_under_way(
        self, services: Services, portal: Portal, today: date
    ) -> None:
        invoice = await discounted(services, portal, until=today)
        await reserve_on_invoice(services, portal.account_id, invoice, 1)
        assert await figures(portal, of(invoice)) == (9_999, 0)


class TestPosted:
    async def test_it_is_a_document_of_its_own(
        self, services: Services, portal: Portal, card: Json, sales_of: SalesOf, sql: Sql, today: date
    ) -> None:
        invoice = await discounted(services, portal, until=today)
        payment = (await buy(portal, card, EVERYTHING)).json()
        assert (payment["amount"], payment["discounted"]) == (9_800, 200)
        assert [sale["amount"] for sale in await sales_of(portal.account_id)] == ["98.00"]
        paid = (await portal.get(f"/v1/invoices/{invoice}")).json()
        assert (paid["status"], paid["paid"], paid["discounted"]) == ("paid", 9_800, 200)
        assert await entries_of(sql, portal.account_id) == [
            ("payment", payment["number"], 9_800, -9_800),
            ("discount", payment["number"], 200, -200),
        ]
        await assert_books_add_up(sql, portal.account_id)

    async def test_a_bank_transfer_that_settles_later_keeps_it(
        self,
        services: Services,
        portal: Portal,
        sandbox: Sandbox,
        later: Later,
        sales_of: SalesOf,
        sql: Sql,
        today: date,
    ) -> None:
        invoice = await discounted(services, portal, until=today)
        payment = (await buy(portal, await store_bank_account(portal), of(invoice))).json()
        assert (await portal.get(f"/v1/invoices/{invoice}")).json()["amount_pending"] == 10_000
        (sale,) = await sales_of(portal.account_id)
        sandbox.control("POST", f"/transactions/{sale['id']}/settle")
        later.clock.forward(days=5)
        await later.services.payment_checks.resolve(portal.account_id, UUID(payment["id"]))
        paid = (await portal.get(f"/v1/invoices/{invoice}")).json()
        assert (paid["status"], paid["discounted"], paid["closed_on"]) == ("paid", 200, today.isoformat())
        await assert_books_add_up(sql, portal.account_id)

    async def test_a_decline_leaves_it_for_the_next_try(
        self, services: Services, portal: Portal, card: Json, sql: Sql, today: date
    ) -> None:
        invoice = await discounted(services, portal, 205_000, until=today)  # 2,009.00, which is declined
        assert (await buy(portal, card, of(invoice))).status_code == 402
        assert await figures(portal, of(invoice)) == (200_900, 4_100)
        await assert_books_add_up(sql, portal.account_id)

    async def test_a_whole_discount_leaves_nothing_to_charge(
        self, services: Services, portal: Portal, sql: Sql, today: date
    ) -> None:
        terms = {"basis_points": 10_000, "until": today}
        invoice = await post_invoice(services, portal.account_id, discount=terms)
        payment = await buy(portal, None, of(invoice))
        assert (payment.status_code, payment.json()["discounted"]) == (201, 10_000)
        assert (await portal.get(f"/v1/invoices/{invoice}")).json()["status"] == "paid"
        await assert_books_add_up(sql, portal.account_id)
