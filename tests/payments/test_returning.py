"""A payment that had succeeded is taken back: its money and its discounts are undone, credits beside it stay."""

import json
from datetime import date
from uuid import UUID, uuid4

import pytest

from billing_api.gateway.failures import Decline
from billing_api.payments.errors import PaymentNotFoundError
from billing_api.payments.schemas import PaymentRead
from billing_api.payments.states import PaymentState
from braintree_sandbox.testing import Sandbox
from tests.factories.credits import apply_deposit, post_credit_memo, post_deposit
from tests.factories.invoices import post_invoice
from tests.factories.payments import Json, store_bank_account
from tests.fixtures.later import Later
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal
from tests.payments.buying import AUTOMATIC, EVERYTHING, assert_books_add_up, buy, chosen, entries_of, left_of, of
from tests.payments.conftest import BooksOf, SalesOf

NO_FUNDS = Decline("R01", "Insufficient Funds", soft=True)


@pytest.fixture
def today(services: Services) -> date:
    return services.clock.today()


async def take_back(
    services: Services, portal: Portal, payment: Json, state: PaymentState = PaymentState.RETURNED
) -> PaymentRead:
    reason = NO_FUNDS if state is PaymentState.RETURNED else None
    return await services.returned_payments.record(portal.account_id, UUID(payment["id"]), state, reason)


async def invoice_of(portal: Portal, invoice_id: UUID) -> Json:
    invoice: Json = (await portal.get(f"/v1/invoices/{invoice_id}")).json()
    return invoice


@pytest.mark.parametrize("state", [PaymentState.RETURNED, PaymentState.CANCELLED])
async def test_money_and_discounts_are_undone_and_credits_stay(
    services: Services, portal: Portal, card: Json, sql: Sql, books_of: BooksOf, today: date, state: PaymentState
) -> None:
    terms = {"basis_points": 200, "until": today}
    invoice = await post_invoice(services, portal.account_id, 10_000, discount=terms)
    memo = await post_credit_memo(services, portal.account_id, 3_000)
    await post_deposit(services, portal.account_id, 1_000)
    payment = (await buy(portal, card, EVERYTHING, credits=AUTOMATIC)).json()
    assert (payment["amount"], payment["discounted"]) == (5_800, 200)

    returned = await take_back(services, portal, payment, state)
    assert (returned.status, returned.version) == (state, payment["version"] + 1)
    assert (None if returned.decline is None else returned.decline.code) == (
        "R01" if state is PaymentState.RETURNED else None
    )
    open_again = await invoice_of(portal, invoice)
    assert (open_again["status"], open_again["payment_status"], open_again["closed_on"]) == ("open", "partial", None)
    assert (open_again["amount_due"], open_again["paid"], open_again["discounted"]) == (6_000, 0, 0)
    assert (open_again["credited"], open_again["deposit_applied"]) == (3_000, 1_000)
    assert await left_of(sql, "credit_memos", memo) == (0, 0)
    assert (await entries_of(sql, portal.account_id))[-1] == ("return", payment["number"], 5_800, 6_000)
    await assert_books_add_up(sql, portal.account_id)
    assert (await books_of(portal.account_id)).cash == 1_000
    row = await sql.fetchrow(
        "SELECT kind, data FROM outbox_events WHERE subject_id = $1 ORDER BY id DESC LIMIT 1", UUID(payment["id"])
    )
    assert row is not None
    assert (row["kind"], json.loads(row["data"])["status"]) == (f"payment.{state}", state)
    again = (await buy(portal, card, EVERYTHING)).json()
    assert (again["amount"], again["discounted"]) == (5_800, 200)  # still in time


async def test_it_is_taken_back_once(services: Services, portal: Portal, card: Json, invoice: UUID, sql: Sql) -> None:
    payment = (await buy(portal, card, of(invoice))).json()
    first = await take_back(services, portal, payment)
    assert await take_back(services, portal, payment, PaymentState.CANCELLED) == first
    assert [kind for kind, *_ in await entries_of(sql, portal.account_id)] == ["payment", "return"]
    await assert_books_add_up(sql, portal.account_id)


async def test_one_that_has_not_succeeded_is_left_alone(
    services: Services, portal: Portal, invoice: UUID, sql: Sql
) -> None:
    payment = (await buy(portal, await store_bank_account(portal), of(invoice))).json()
    assert (await take_back(services, portal, payment)).status is PaymentState.PROCESSING
    await assert_books_add_up(sql, portal.account_id)
    with pytest.raises(PaymentNotFoundError):
        await services.returned_payments.record(portal.account_id, uuid4(), PaymentState.RETURNED, NO_FUNDS)


async def test_a_discount_that_credits_alone_earned_stays(
    services: Services, portal: Portal, card: Json, sql: Sql, today: date
) -> None:
    terms = {"basis_points": 200, "until": today}
    first = await post_invoice(services, portal.account_id, 1_000, discount=terms, due_on=today)
    second = await post_invoice(services, portal.account_id, 1_000)
    await post_credit_memo(services, portal.account_id, 980)
    payment = (await buy(portal, card, of(first, second), credits=AUTOMATIC)).json()
    charged = {part["invoice_id"]: part["amount"] for part in payment["allocations"]}
    if charged[str(first)]:  # the other one is due first
        first, second = second, first
    await take_back(services, portal, payment)
    assert (await invoice_of(portal, second))["status"] == "open"
    await assert_books_add_up(sql, portal.account_id)


class TestOverpayment:
    async def test_its_deposit_is_gone(
        self, services: Services, portal: Portal, card: Json, invoice: UUID, sql: Sql, books_of: BooksOf
    ) -> None:
        payment = (await buy(portal, card, of(invoice), overpayment=2_500)).json()
        await take_back(services, portal, payment)
        assert await left_of(sql, "deposits", UUID(payment["deposit_id"])) == (0, 0)
        books = await books_of(portal.account_id)
        assert (books.receivable, books.customer_credit, books.cash) == (10_000, 0, 0)
        assert [(kind, effect) for kind, _, _, effect in await entries_of(sql, portal.account_id)] == [
            ("payment", -10_000),
            ("deposit", -2_500),
            ("deposit_refund", 2_500),
            ("return", 10_000),
        ]

    async def test_invoices_that_it_paid_are_open_again(
        self, services: Services, portal: Portal, card: Json, invoice: UUID, sql: Sql, books_of: BooksOf
    ) -> None:
        payment = (await buy(portal, card, of(invoice), overpayment=2_500)).json()
        other = await post_invoice(services, portal.account_id, 2_000)
        await apply_deposit(services, portal.account_id, UUID(payment["deposit_id"]), {other: 2_000})
        assert (await invoice_of(portal, other))["status"] == "paid"
        await take_back(services, portal, payment)
        reopened = await invoice_of(portal, other)
        assert (reopened["status"], reopened["amount_due"], reopened["deposit_applied"]) == ("open", 2_000, 0)
        assert [(one["amount"], one["reason"]) for one in reopened["applications"]] == [
            (2_000, None),
            (-2_000, "return"),
        ]
        await assert_books_add_up(sql, portal.account_id)
        assert (await books_of(portal.account_id)).cash == 0

    async def test_a_payment_under_way_pays_without_it(
        self,
        services: Services,
        portal: Portal,
        card: Json,
        invoice: UUID,
        sandbox: Sandbox,
        later: Later,
        sales_of: SalesOf,
        sql: Sql,
    ) -> None:
        payment = (await buy(portal, card, of(invoice), overpayment=2_500)).json()
        deposit_id = UUID(payment["deposit_id"])
        other = await post_invoice(services, portal.account_id, 4_000)
        account = await store_bank_account(portal)
        transfer = (await buy(portal, account, of(other), credits=chosen((deposit_id, 1_000)))).json()
        assert (transfer["status"], transfer["amount"], transfer["deposit_applied"]) == ("processing", 3_000, 1_000)

        await take_back(services, portal, payment)
        await assert_books_add_up(sql, portal.account_id)
        (sale,) = [sale for sale in await sales_of(portal.account_id) if sale["amount"] == "30.00"]
        sandbox.control("POST", f"/transactions/{sale['id']}/settle")
        later.clock.forward(minutes=6)
        settled = await later.services.payment_checks.resolve(portal.account_id, UUID(transfer["id"]))
        assert (settled.status, settled.deposit_applied, settled.credits) == (PaymentState.SUCCEEDED, 0, [])
        assert (await invoice_of(portal, other))["amount_due"] == 1_000
        await assert_books_add_up(sql, portal.account_id)
