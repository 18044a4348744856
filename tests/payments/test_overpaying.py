"""An overpayment is made by choice alone, and becomes a deposit once the money is certain."""

from uuid import UUID

import pytest

from braintree_sandbox.testing import Sandbox
from tests.factories.credits import post_credit_memo, post_deposit
from tests.factories.invoices import post_invoice
from tests.factories.payments import Json, store_bank_account
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal
from tests.payments.buying import AUTOMATIC, assert_books_add_up, buy, entries_of, left_of, of, quote
from tests.payments.conftest import SalesOf
from tests.payments.late import charged_late
from tests.refunds.conftest import charge_of


async def test_it_is_charged_with_the_payment_and_becomes_a_deposit(
    portal: Portal, card: Json, invoice: UUID, sales_of: SalesOf, sql: Sql
) -> None:
    quoted = (await quote(portal, of(invoice), overpayment=2_500)).json()
    assert (quoted["amount"], quoted["overpayment"]) == (12_500, 2_500)
    payment = (await buy(portal, card, of(invoice), overpayment=2_500, quote_version=quoted["quote_version"])).json()
    assert (payment["amount"], payment["overpaid"], payment["unapplied"]) == (12_500, 2_500, 0)
    assert [sale["amount"] for sale in await sales_of(portal.account_id)] == ["125.00"]
    number = f"DEP-{payment['number']}"
    assert await entries_of(sql, portal.account_id) == [
        ("payment", payment["number"], 10_000, -10_000),
        ("deposit", number, 2_500, -2_500),
    ]
    assert await left_of(sql, "deposits", UUID(payment["deposit_id"])) == (2_500, 0)
    (balance,) = (await portal.get("/v1/balance")).json()["balances"]
    assert (balance["balance"], balance["unapplied_deposits"]) == (-2_500, 2_500)
    (entry,) = (await portal.get("/v1/transactions?type=deposit")).json()["data"]
    assert (entry["number"], entry["document_id"]) == (number, payment["deposit_id"])
    await assert_books_add_up(sql, portal.account_id)


async def test_it_pays_the_next_invoice(services: Services, portal: Portal, card: Json, invoice: UUID) -> None:
    first = (await buy(portal, card, of(invoice), overpayment=2_500)).json()
    after = await post_invoice(services, portal.account_id, 2_000)
    payment = (await buy(portal, None, of(after), credits=AUTOMATIC)).json()
    assert [(one["type"], one["id"], one["amount"]) for one in payment["credits"]] == [
        ("deposit", first["deposit_id"], 2_000)
    ]


async def test_it_is_not_posted_while_a_bank_transfer_is_under_way(portal: Portal, invoice: UUID, sql: Sql) -> None:
    payment = (await buy(portal, await store_bank_account(portal), of(invoice), overpayment=2_500)).json()
    assert payment["status"] == "processing"
    assert await sql.fetchval("SELECT count(*) FROM deposits WHERE account_id = $1", portal.account_id) == 0
    await assert_books_add_up(sql, portal.account_id)


async def test_a_decline_leaves_no_deposit(services: Services, portal: Portal, card: Json, sql: Sql) -> None:
    invoice = await post_invoice(services, portal.account_id, 100_000)
    assert (await buy(portal, card, of(invoice), overpayment=100_000)).status_code == 402
    assert await sql.fetchval("SELECT count(*) FROM deposits WHERE account_id = $1", portal.account_id) == 0
    await assert_books_add_up(sql, portal.account_id)


async def test_a_number_that_is_taken_refuses_no_money(
    services: Services, portal: Portal, card: Json, invoice: UUID, sql: Sql
) -> None:
    await post_deposit(services, portal.account_id, 100, number="DEP-PMT-000001")
    payment = (await buy(portal, card, of(invoice), overpayment=2_500)).json()
    assert (payment["status"], payment["number"]) == ("succeeded", "PMT-000001")
    assert await left_of(sql, "deposits", UUID(payment["deposit_id"])) == (2_500, 0)
    await assert_books_add_up(sql, portal.account_id)


async def test_credits_may_leave_the_overpayment_alone_to_charge(
    services: Services, portal: Portal, card: Json, invoice: UUID, sql: Sql
) -> None:
    await post_credit_memo(services, portal.account_id, 10_000)
    payment = (await buy(portal, card, of(invoice), credits=AUTOMATIC, overpayment=700)).json()
    assert (payment["amount"], payment["credited"], payment["overpaid"]) == (700, 10_000, 700)
    await assert_books_add_up(sql, portal.account_id)


@pytest.mark.parametrize("amount", [0, -1, 10**15 + 1, "5", 1.5])
async def test_its_bounds(portal: Portal, invoice: UUID, amount: object) -> None:
    response = await quote(portal, of(invoice), overpayment=amount)
    assert (response.status_code, response.json()["errors"][0]["pointer"]) == (422, "/overpayment")


async def test_a_further_charge_of_a_returned_payment_has_a_deposit_of_its_own(
    services: Services, portal: Portal, card: Json, token: str, invoice: UUID, sandbox: Sandbox, sql: Sql
) -> None:
    """The first one is in the books for good, without any money."""
    payment = (await buy(portal, card, of(invoice), overpayment=2_500)).json()
    payment_id, first = UUID(payment["id"]), UUID(payment["deposit_id"])
    sandbox.gateway().testing.settlement_decline_transaction(await charge_of(sql, payment))
    assert (await services.payment_checks.look_up(portal.account_id, payment_id)).status == "returned"
    await charged_late(sandbox, payment_id, token, amount="125.00")
    accepted = await services.payment_checks.look_up(portal.account_id, payment_id)
    assert accepted.status == "succeeded"
    assert accepted.deposit_id not in {None, first}
    assert await left_of(sql, "deposits", accepted.deposit_id) == (2_500, 0)
    assert await left_of(sql, "deposits", first) == (0, 0)
    await assert_books_add_up(sql, portal.account_id)
