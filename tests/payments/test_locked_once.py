"""A transaction locks each invoice and each deposit once, and moves the balance once."""

from uuid import UUID

import pytest

from billing_api.payments.states import PaymentState
from braintree_sandbox.testing import Sandbox
from tests.factories.credits import apply_deposit
from tests.factories.invoices import post_invoice
from tests.factories.payments import Json, store_bank_account
from tests.fixtures.later import Later
from tests.fixtures.partners import Partner
from tests.fixtures.queries import Queries, Sql
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal
from tests.payments.buying import assert_books_add_up, buy, chosen, left_of, of
from tests.payments.late import charged_late, fail
from tests.refunds.conftest import refund, settle
from tests.refunds.taken_back import lose, owed_of, settled_refund, take_back


def assert_once(queries: Queries) -> None:
    """Require that no transaction locks invoices or deposits, or moves the balance, in more than one statement."""
    assert queries.most_locks("invoices") == 1
    assert queries.most_locks("deposits") <= 1
    assert queries.most_changes("ledger_balances") == 1


async def test_a_payment_with_an_overpayment_takes_22_round_trips(
    portal: Portal, card: Json, invoice: UUID, queries: Queries
) -> None:
    """A payment's 18, the deposit, and three for second rows: in the audit log, in the events, and what is between."""
    queries.clear()
    assert (await buy(portal, card, of(invoice), overpayment=2_500)).status_code == 201
    assert_once(queries)
    assert len(queries) == 22


async def test_a_return_with_the_deposit_of_an_overpayment(
    services: Services, portal: Portal, card: Json, invoice: UUID, queries: Queries, sql: Sql
) -> None:
    """The deposit has paid an invoice, and two payments under way have reserved parts of it."""
    payment = (await buy(portal, card, of(invoice), overpayment=5_000)).json()
    deposit_id = UUID(payment["deposit_id"])
    other, third = [await post_invoice(services, portal.account_id, 4_000) for _ in range(2)]
    await apply_deposit(services, portal.account_id, deposit_id, {other: 2_000})
    account = await store_bank_account(portal)
    for wanted in (of((other, 1_500)), of((other, 500), third)):
        under_way = await buy(portal, account, wanted, credits=chosen((deposit_id, 1_000)))
        assert under_way.json()["status"] == "processing", under_way.text
    queries.clear()
    await services.returned_payments.record(portal.account_id, UUID(payment["id"]), PaymentState.RETURNED, None)
    assert_once(queries)
    assert await left_of(sql, "deposits", deposit_id) == (0, 0)
    await assert_books_add_up(sql, portal.account_id)


@pytest.mark.usefixtures("nothing_else_due")
async def test_the_late_charge_of_a_payment_that_had_failed(
    portal: Portal, card: Json, token: str, invoice: UUID, sandbox: Sandbox, later: Later, queries: Queries, sql: Sql
) -> None:
    """Two reads before the transaction, and 16 statements in it."""
    payment_id = await fail(portal, sandbox, later, card, token, invoice)
    await charged_late(sandbox, payment_id, token)
    queries.clear()
    assert (await later.services.payment_checks.resolve(portal.account_id, payment_id)).status == "succeeded"
    assert_once(queries)
    assert queries.most_changes("invoices") == 1
    assert len(queries) == 18
    await assert_books_add_up(sql, portal.account_id)


@pytest.mark.parametrize("paid", [False, True], ids=["void", "a deposit"])
async def test_the_repayment_of_a_refund_that_came_back(
    partner: Partner,
    services: Services,
    portal: Portal,
    card: Json,
    invoice: UUID,
    sandbox: Sandbox,
    queries: Queries,
    sql: Sql,
    paid: bool,
) -> None:
    """The invoice by which the money was due again is void then; where it is paid, its amount becomes a deposit."""
    payment, made = await settled_refund(partner, portal, invoice, services, sandbox, sql)
    await take_back(services, portal, payment)
    if paid:
        assert (await buy(portal, card, of(UUID((await owed_of(portal, payment))["id"])))).status_code == 201
    queries.clear()
    await lose(services, portal, made, sql)
    assert_once(queries)
    await assert_books_add_up(sql, portal.account_id)


async def test_a_refund_of_a_part_of_an_invoice(
    partner: Partner, portal: Portal, card: Json, invoice: UUID, sandbox: Sandbox, queries: Queries, sql: Sql
) -> None:
    """The invoice keeps the other part; of the deposit all is refunded."""
    payment = (await buy(portal, card, of(invoice), overpayment=2_500)).json()
    await settle(sandbox, sql, payment)
    queries.clear()
    made = await refund(partner, portal, payment, {"type": "amount", "amount": 6_500})
    assert (made.status_code, made.json()["deposit_amount"]) == (201, 2_500), made.text
    assert_once(queries)
    assert (await portal.get(f"/v1/invoices/{invoice}")).json()["amount_due"] == 4_000
    await assert_books_add_up(sql, portal.account_id)
