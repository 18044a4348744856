"""Refunds beside returns and voids: the books end where the money is, whatever comes first."""

import json
from uuid import UUID

import pytest

from billing_api.deposits.errors import DepositExceededError
from braintree_sandbox.testing import Sandbox
from tests.factories.credits import apply_deposit, post_credit_memo
from tests.factories.invoices import post_invoice
from tests.factories.payments import Json, store_bank_account
from tests.fixtures.books import breaches
from tests.fixtures.later import Later
from tests.fixtures.partners import Partner
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal
from tests.gateway_webhooks.conftest import Inbox, inbox
from tests.payments.buying import assert_books_add_up, buy, entries_of, left_of, of
from tests.refunds.conftest import EVERYTHING, charge_of, invoice_of, payment_of, refund, settle
from tests.refunds.taken_back import (
    PART,
    owed_of,
    take_back,
)

__all__ = ["inbox"]


@pytest.fixture
async def invoice(services: Services, portal: Portal) -> UUID:
    """An invoice of 100 dollars."""
    return await post_invoice(services, portal.account_id, 10_000)


async def losses_of(sql: Sql, payment: Json) -> list[int]:
    """The amounts that refunds had given back before the bank took the whole, as the audit log has them."""
    rows = await sql.fetch(
        "SELECT detail FROM audit_log WHERE subject_id = $1 AND action = 'payment.return_exceeds'", UUID(payment["id"])
    )
    return [json.loads(row["detail"])["lacking"] for row in rows]


class TestReturned:
    async def test_of_a_deposit_goes_what_refunds_have_left(
        self,
        partner: Partner,
        portal: Portal,
        card: Json,
        invoice: UUID,
        services: Services,
        sandbox: Sandbox,
        sql: Sql,
    ) -> None:
        payment = (await buy(portal, card, of(invoice), overpayment=2_500)).json()
        await settle(sandbox, sql, payment)
        assert (await refund(partner, portal, payment, {"type": "deposit", "amount": 1_000})).status_code == 201
        await take_back(services, portal, payment)
        assert await left_of(sql, "deposits", UUID(payment["deposit_id"])) == (0, 0)
        assert [(kind, effect) for kind, _, _, effect in await entries_of(sql, portal.account_id)][-3:] == [
            ("deposit_refund", 1_500),
            ("return", 10_000),
            ("repayment", 1_000),
        ]
        assert await losses_of(sql, payment) == []
        await assert_books_add_up(sql, portal.account_id)
        assert await breaches(sql, portal.account_id) == []

    async def test_what_was_given_back_before_is_due_again(
        self,
        partner: Partner,
        portal: Portal,
        card: Json,
        invoice: UUID,
        services: Services,
        sandbox: Sandbox,
        sql: Sql,
    ) -> None:
        payment = (await buy(portal, card, of(invoice))).json()
        await settle(sandbox, sql, payment)
        assert (await refund(partner, portal, payment, PART)).status_code == 201
        await take_back(services, portal, payment)
        entries = await entries_of(sql, portal.account_id)
        assert entries[-2:] == [
            ("return", payment["number"], 6_000, 6_000),
            ("repayment", "RP-000001", 4_000, 4_000),
        ]
        assert (await invoice_of(portal, invoice))["amount_due"] == 10_000
        owed = await owed_of(portal, payment)
        assert (owed["type"], owed["status"], owed["amount_due"]) == ("repayment", "open", 4_000)
        assert owed["lines"][0]["description"] == (
            f"Refund of the payment {payment['number']}, which your bank has returned as well"
        )
        assert await losses_of(sql, payment) == []
        assert await breaches(sql, portal.account_id) == []

    async def test_its_invoice_is_in_the_customers_language(
        self,
        partner: Partner,
        portal: Portal,
        card: Json,
        invoice: UUID,
        services: Services,
        sandbox: Sandbox,
        sql: Sql,
    ) -> None:
        await sql.execute("UPDATE profiles SET locale = 'de-DE' WHERE account_id = $1", portal.account_id)
        payment = (await buy(portal, card, of(invoice))).json()
        await settle(sandbox, sql, payment)
        assert (await refund(partner, portal, payment, PART)).status_code == 201
        await take_back(services, portal, payment)
        (line,) = (await owed_of(portal, payment))["lines"]
        assert line["description"] == (
            f"Erstattung der Zahlung {payment['number']}, die Ihre Bank ebenfalls zurückgebucht hat"
        )

    async def test_a_credit_memo_that_was_paid_out_is_no_loss(
        self,
        partner: Partner,
        portal: Portal,
        card: Json,
        invoice: UUID,
        services: Services,
        sandbox: Sandbox,
        sql: Sql,
    ) -> None:
        payment = (await buy(portal, card, of(invoice))).json()
        await settle(sandbox, sql, payment)
        memo = await post_credit_memo(services, portal.account_id, 3_000)
        choice = {"type": "credit_memo", "credit_memo_id": str(memo)}
        assert (await refund(partner, portal, payment, choice)).status_code == 201
        await take_back(services, portal, payment)
        assert (await entries_of(sql, portal.account_id))[-1] == ("return", payment["number"], 10_000, 10_000)
        assert await losses_of(sql, payment) == []
        assert await breaches(sql, portal.account_id) == []


@pytest.mark.usefixtures("nothing_else_due")
async def test_a_void_at_the_gateway_is_seen_while_parts_wait_for_settlement(
    partner: Partner,
    portal: Portal,
    card: Json,
    invoice: UUID,
    sandbox: Sandbox,
    sql: Sql,
    inbox: Inbox,
    later: Later,
) -> None:
    payment = (await buy(portal, card, of(invoice))).json()
    for amount in (4_000, 6_000):  # both together are the whole
        waiting = (await refund(partner, portal, payment, PART | {"amount": amount})).json()
        assert waiting["status"] == "waiting_for_settlement"
    sandbox.gateway().transaction.void(await charge_of(sql, payment))
    await inbox.sweep()
    assert (await payment_of(portal, payment))["status"] == "cancelled"
    assert (await invoice_of(portal, invoice))["amount_due"] == 10_000
    later.clock.forward(hours=7)
    assert await later.services.refund_checks.resolve_due(EVERYTHING) == {}  # they have ended with their payment
    found = (await portal.get(f"/v1/payments/{payment['id']}/refunds")).json()["data"]
    assert [one["status"] for one in found] == ["failed", "failed"]
    assert (await payment_of(portal, payment))["refund_pending"] == 0
    assert await breaches(sql, portal.account_id) == []


@pytest.mark.usefixtures("nothing_else_due")
async def test_a_memo_is_paid_out_although_its_transfer_was_returned_meanwhile(
    partner: Partner,
    portal: Portal,
    invoice: UUID,
    services: Services,
    sandbox: Sandbox,
    sql: Sql,
    later: Later,
) -> None:
    payment = (await buy(portal, await store_bank_account(portal), of(invoice))).json()
    charge_id = await settle(sandbox, sql, payment)
    memo = await post_credit_memo(services, portal.account_id, 3_000)
    choice = {"type": "credit_memo", "credit_memo_id": str(memo)}
    assert (await refund(partner, portal, payment, choice)).json()["status"] == "pending"
    await take_back(services, portal, payment)
    (credit,) = [one for one in sandbox.transactions(type="credit") if one["refunded_transaction_id"] == charge_id]
    sandbox.control("POST", f"/transactions/{credit['id']}/settle")
    later.clock.forward(minutes=6)
    assert await later.services.refund_checks.resolve_due(EVERYTHING) == {"final": 1}
    assert await left_of(sql, "credit_memos", memo) == (0, 0)
    kind, _, amount, _ = (await entries_of(sql, portal.account_id))[-1]
    assert (kind, amount) == ("credit_refund", 3_000)
    assert await breaches(sql, portal.account_id) == []


@pytest.mark.usefixtures("nothing_else_due")
@pytest.mark.parametrize("end", ["refunded", "failed"])
async def test_a_deposit_is_reserved_for_the_refund_that_waited_for_its_payment(
    partner: Partner,
    portal: Portal,
    invoice: UUID,
    services: Services,
    sandbox: Sandbox,
    sql: Sql,
    later: Later,
    end: str,
) -> None:
    """Nearly all of a bank transfer is refunded before it settles; then its overpayment becomes a deposit."""
    payment = (await buy(portal, await store_bank_account(portal), of(invoice), overpayment=2_500)).json()
    payment_id = UUID(payment["id"])
    waiting = (await refund(partner, portal, payment, PART | {"amount": 12_000})).json()
    assert (waiting["status"], waiting["deposit_amount"]) == ("waiting_for_settlement", 2_500)
    second = await refund(partner, portal, payment, {"type": "deposit"})
    assert second.json()["code"] == "nothing_refundable"
    charge_id = await settle(sandbox, sql, payment)
    await services.payment_checks.resolve(portal.account_id, payment_id)
    deposit_id = await sql.fetchval("SELECT deposit_id FROM payments WHERE id = $1", payment_id)
    assert await left_of(sql, "deposits", deposit_id) == (2_500, 2_500)
    other = await post_invoice(services, portal.account_id, 2_500)
    with pytest.raises(DepositExceededError):
        await apply_deposit(services, portal.account_id, deposit_id, {other: 2_500})
    assert await breaches(sql, portal.account_id) == []
    later.clock.forward(hours=7)
    assert await later.services.refund_checks.resolve_due(EVERYTHING) == {"live": 1}
    (credit,) = [one for one in sandbox.transactions(type="credit") if one["refunded_transaction_id"] == charge_id]
    if end == "refunded":
        sandbox.control("POST", f"/transactions/{credit['id']}/settle")
    else:
        sandbox.gateway().testing.settlement_decline_transaction(credit["id"])
    later.clock.forward(hours=7)
    assert await later.services.refund_checks.resolve_due(EVERYTHING) == {"final": 1}
    assert await left_of(sql, "deposits", deposit_id) == ((0, 0) if end == "refunded" else (2_500, 0))
    assert await sql.fetchval("SELECT overpaid_reserved FROM payments WHERE id = $1", payment_id) == 0
    assert await breaches(sql, portal.account_id) == []
