"""Refunds whose money comes back after they had succeeded: put back to where it was taken from, once."""

from uuid import UUID

import httpx
import pytest

from billing_api.refunds.recording import RefundRecorder
from billing_api.refunds.states import RefundOutcome, RefundState
from braintree_sandbox.testing import Sandbox
from tests.factories.credits import post_credit_memo
from tests.factories.invoices import post_invoice
from tests.factories.payments import Json, pay
from tests.fixtures.books import breaches
from tests.fixtures.partners import Partner
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal
from tests.gateway_webhooks.conftest import Inbox, attempts_about, inbox, notice, send
from tests.payments.buying import assert_books_add_up, buy, entries_of, left_of, of
from tests.refunds.conftest import WHOLE, charge_of, invoice_of, payment_of, refund, refunds_at, settle
from tests.refunds.taken_back import take_back

__all__ = ["inbox"]

PART: Json = {"type": "amount", "amount": 4_000}


@pytest.fixture
async def invoice(services: Services, portal: Portal) -> UUID:
    """An invoice of 100 dollars."""
    return await post_invoice(services, portal.account_id, 10_000)


@pytest.fixture
async def paid(portal: Portal, card: Json, invoice: UUID, sandbox: Sandbox, sql: Sql) -> Json:
    """A settled payment of `invoice` by card, with 25 dollars too much."""
    payment: Json = (await buy(portal, card, of(invoice), overpayment=2_500)).json()
    await settle(sandbox, sql, payment)
    return payment


@pytest.fixture(autouse=True)
async def books_are_right(portal: Portal, sql: Sql) -> object:
    """After each test the books add up."""
    yield
    await assert_books_add_up(sql, portal.account_id)
    assert await breaches(sql, portal.account_id) == []


async def refuse(sandbox: Sandbox, sql: Sql, payment: Json) -> str:
    """Have the settlement of a payment's refund refused, and return its transaction."""
    charge_id = await charge_of(sql, payment)
    (credit,) = [one for one in sandbox.transactions(type="credit") if one["refunded_transaction_id"] == charge_id]
    sandbox.gateway().testing.settlement_decline_transaction(credit["id"])
    return str(credit["id"])


async def refund_of(portal: Portal, payment: Json) -> Json:
    """The newest refund of a payment."""
    found: list[Json] = (await portal.get(f"/v1/payments/{payment['id']}/refunds")).json()["data"]
    return found[0]


async def test_a_webhook_puts_the_money_back_once(
    client: httpx.AsyncClient,
    inbox: Inbox,
    partner: Partner,
    portal: Portal,
    paid: Json,
    invoice: UUID,
    sandbox: Sandbox,
    sql: Sql,
) -> None:
    made = (
        await refund(partner, portal, paid, {"type": "invoices", "invoices": [{"invoice_id": str(invoice)}]})
    ).json()
    assert (made["status"], (await invoice_of(portal, invoice))["amount_due"]) == ("succeeded", 10_000)
    credit_id = await refuse(sandbox, sql, paid)
    for kind in ("refund_failed", "refund_failed", "transaction_settlement_declined"):
        await send(client, notice(sandbox, kind, credit_id))
        await inbox.work()
    failed = await refund_of(portal, paid)
    assert (failed["status"], failed["refunded_on"], failed["decline"]["code"]) == ("failed", None, "4001")
    paid_again = await invoice_of(portal, invoice)
    assert (paid_again["status"], paid_again["applications"][-1]["reason"]) == ("paid", "refund_failed")
    payment = await payment_of(portal, paid)
    assert (payment["refunded"], payment["unapplied"]) == (0, 0)
    assert [(kind, effect) for kind, _, _, effect in await entries_of(sql, portal.account_id)][-2:] == [
        ("refund", 10_000),
        ("refund_failed", -10_000),
    ]
    events = await sql.fetch(
        "SELECT kind, data->>'came_back' AS came_back FROM outbox_events WHERE subject_id = $1 ORDER BY id",
        UUID(made["id"]),
    )
    assert [tuple(row) for row in events] == [("refund.succeeded", None), ("refund.failed", "true")]
    again = (await refund(partner, portal, paid, WHOLE)).json()
    assert (again["status"], again["amount"]) == ("succeeded", 12_500)
    assert refunds_at(sandbox, await charge_of(sql, paid)) == ["125.00"]


async def test_the_sweep_finds_it_where_the_webhook_is_lost(
    inbox: Inbox, partner: Partner, portal: Portal, paid: Json, sandbox: Sandbox, sql: Sql
) -> None:
    assert (await refund(partner, portal, paid, WHOLE)).json()["status"] == "succeeded"
    credit_id = await refuse(sandbox, sql, paid)
    await inbox.sweep()
    assert await attempts_about(sql, credit_id) == [("done", 1)]
    assert (await refund_of(portal, paid))["status"] == "failed"
    assert await left_of(sql, "deposits", UUID(paid["deposit_id"])) == (2_500, 0)
    assert (await payment_of(portal, paid))["refunded"] == 0
    assert await inbox.sweep() == []


async def test_money_of_an_invoice_that_was_paid_meanwhile_is_unapplied(
    inbox: Inbox, partner: Partner, portal: Portal, paid: Json, card: Json, invoice: UUID, sandbox: Sandbox, sql: Sql
) -> None:
    choice = {"type": "invoices", "invoices": [{"invoice_id": str(invoice), "amount": 4_000}]}
    assert (await refund(partner, portal, paid, choice)).status_code == 201
    credit_id = await refuse(sandbox, sql, paid)
    assert (await pay(portal, card, invoice)).status_code == 201
    await inbox.sweep()
    assert (await payment_of(portal, paid))["unapplied"] == 4_000
    again = (await refund(partner, portal, paid, {"type": "unapplied"})).json()
    assert (again["status"], again["amount"]) == ("succeeded", 4_000)
    assert credit_id


async def test_unapplied_money_goes_with_a_return(
    services: Services,
    inbox: Inbox,
    partner: Partner,
    portal: Portal,
    paid: Json,
    card: Json,
    invoice: UUID,
    sandbox: Sandbox,
    sql: Sql,
) -> None:
    """The payment has none of it any more, once its bank has taken the money back."""
    choice = {"type": "invoices", "invoices": [{"invoice_id": str(invoice), "amount": 4_000}]}
    assert (await refund(partner, portal, paid, choice)).status_code == 201
    await refuse(sandbox, sql, paid)
    assert (await pay(portal, card, invoice)).status_code == 201
    await inbox.sweep()
    assert (await payment_of(portal, paid))["unapplied"] == 4_000
    await take_back(services, portal, paid)
    payment = await payment_of(portal, paid)
    assert (payment["status"], payment["unapplied"]) == ("returned", 0)


async def test_a_credit_memo_has_its_amount_again(
    inbox: Inbox, partner: Partner, portal: Portal, paid: Json, services: Services, sandbox: Sandbox, sql: Sql
) -> None:
    memo = await post_credit_memo(services, portal.account_id, 3_000)
    choice = {"type": "credit_memo", "credit_memo_id": str(memo), "amount": 2_000}
    assert (await refund(partner, portal, paid, choice)).status_code == 201
    assert await left_of(sql, "credit_memos", memo) == (1_000, 0)
    await refuse(sandbox, sql, paid)
    await inbox.sweep()
    assert await left_of(sql, "credit_memos", memo) == (3_000, 0)
    assert (await payment_of(portal, paid))["refunded"] == 0


async def test_the_balance_of_a_day_counts_money_that_came_back_with_its_credit_memo(
    inbox: Inbox, partner: Partner, portal: Portal, paid: Json, services: Services, sandbox: Sandbox, sql: Sql
) -> None:
    memo = await post_credit_memo(services, portal.account_id, 3_000)
    choice = {"type": "credit_memo", "credit_memo_id": str(memo), "amount": 2_000}
    assert (await refund(partner, portal, paid, choice)).status_code == 201
    await refuse(sandbox, sql, paid)
    await inbox.sweep()
    for path in ("/v1/balance", f"/v1/balance?as_of={services.core.clock.today()}"):
        (balance,) = (await portal.get(path)).json()["balances"]
        assert (balance["unapplied_credits"], balance["unapplied_deposits"]) == (3_000, 2_500), path


async def test_an_older_look_does_not_make_it_succeed_again(
    inbox: Inbox, partner: Partner, portal: Portal, paid: Json, sandbox: Sandbox, sql: Sql
) -> None:
    """A bank's return may be in the webhook alone, while the refund itself stays settled."""
    made = (await refund(partner, portal, paid, WHOLE)).json()
    credit_id = await refuse(sandbox, sql, paid)
    await inbox.sweep()
    settled = RefundOutcome(state=RefundState.SUCCEEDED, transaction_id=credit_id)
    await inbox.parts[RefundRecorder].record(portal.account_id, UUID(made["id"]), settled)
    assert ((await refund_of(portal, paid))["status"], (await payment_of(portal, paid))["refunded"]) == ("failed", 0)
