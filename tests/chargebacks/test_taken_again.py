"""Money that a dispute takes after a refund, and again after it had come back."""

from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from billing_api.gateway.notices import GatewayDisputeStatus
from billing_api.kit.idempotency import IdempotencyKey
from billing_api.payments.states import PaymentState
from billing_api.refunds.noticing import NoticedRefunds
from billing_api.refunds.schemas import RefundCreate
from braintree_sandbox.testing import Sandbox
from tests.chargebacks.conftest import Buy, Check
from tests.factories.credits import apply_deposit, post_credit_memo
from tests.factories.invoices import post_invoice
from tests.factories.payments import pay, store_card
from tests.fixtures.books import breaches
from tests.fixtures.post import Post
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal


async def test_a_memo_that_was_paid_out_keeps_no_invoice_paid(
    bought: Buy, check: Check, services: Services, portal: Portal, sandbox: Sandbox, sql: Sql
) -> None:
    """The bank takes all of the charge, and the memo's money had gone beside it."""
    paid = await bought()
    sandbox.control("POST", f"/transactions/{paid.transaction_id}/settle")
    memo = await post_credit_memo(services, portal.account_id, 3_000)
    wanted = RefundCreate.model_validate({"refund": {"type": "credit_memo", "credit_memo_id": str(memo)}})
    key = IdempotencyKey(str(uuid4()), "POST", "/v1/refunds", "digest")
    await services.refunds.refund(portal.account_id, UUID(paid.payment["id"]), wanted, key)
    dispute = paid.dispute()
    await check(dispute)
    assert [one["taken"] for one in await paid.chargebacks()] == [10_000]
    assert (await paid.invoice())["amount_due"] == 10_000
    assert await breaches(sql, portal.account_id) == []
    paid.decide(dispute, "win")
    await check(dispute)
    assert (await paid.invoice())["status"] == "paid"
    assert await breaches(sql, portal.account_id) == []


async def test_a_refund_that_comes_back_goes_to_the_bank(
    bought: Buy, check: Check, services: Services, portal: Portal, sandbox: Sandbox, post: Post, sql: Sql
) -> None:
    """The bank took all of the charge, and the payment had only what the refund had left."""
    await post.tell_nothing_of_the_past(sql)
    paid = await bought()
    sandbox.control("POST", f"/transactions/{paid.transaction_id}/settle")
    wanted = RefundCreate.model_validate({"refund": {"type": "amount", "amount": 4_000}})
    key = IdempotencyKey(str(uuid4()), "POST", "/v1/refunds", "digest")
    refund = await services.refunds.refund(portal.account_id, UUID(paid.payment["id"]), wanted, key)
    dispute = paid.dispute()
    await check(dispute)
    paid.decide(dispute, "lose")
    await check(dispute)
    (credit,) = sandbox.transactions(order_id=str(refund.id))
    sandbox.gateway().transaction.void(credit["id"])
    await post.parts[NoticedRefunds].check(str(credit["id"]), str(refund.id), None)
    assert (await paid.read())["refunded"] == 0
    for _ in range(2):
        await post.tell()
        await check(dispute)
    (chargeback,) = await paid.chargebacks()
    assert (chargeback["status"], chargeback["taken"]) == ("lost", 10_000)
    assert ((await paid.read())["disputed"], (await paid.invoice())["amount_due"]) == (10_000, 10_000)
    assert (await paid.entries())[-2:] == [("refund_failed", -4_000), ("chargeback", 4_000)]
    assert await paid.events() == ["chargeback.opened", "chargeback.lost", "chargeback.updated"]
    assert await breaches(sql, portal.account_id) == []


async def test_what_a_won_dispute_gives_back_goes_to_another_one(
    bought: Buy, check: Check, portal: Portal, post: Post, sql: Sql
) -> None:
    """The first one had taken all, so that nothing was left for the second, which the bank has taken, too."""
    await post.tell_nothing_of_the_past(sql)
    paid = await bought()
    first, second = paid.dispute(), paid.dispute(amount="30.00")
    await check(first)
    await check(second)
    paid.decide(first, "win")
    await check(first)
    await post.tell()
    assert sorted((one["taken"], one["won"]) for one in await paid.chargebacks()) == [(3_000, 0), (10_000, 10_000)]
    assert ((await paid.read())["disputed"], (await paid.invoice())["amount_due"]) == (3_000, 3_000)
    assert await breaches(sql, portal.account_id) == []


class TestTakenAgain:
    async def test_money_that_had_come_back_is_lost_after_all(
        self, bought: Buy, check: Check, services: Services, portal: Portal, sql: Sql
    ) -> None:
        paid = await bought()
        dispute = paid.dispute()
        await check(dispute)
        paid.decide(dispute, "win")
        await check(dispute)
        found = await services.gateway.find_dispute(dispute)
        lost = replace(found, status=GatewayDisputeStatus.LOST, gateway_status="lost", amount_won=0)
        for _ in range(2):
            await services.record_disputes.record(portal.account_id, UUID(paid.payment["id"]), lost)
        (chargeback,) = await paid.chargebacks()
        assert (chargeback["status"], chargeback["taken"], chargeback["won"]) == ("lost", 10_000, 0)
        assert [one["amount"] for one in chargeback["invoices"]] == [10_000]
        assert ((await paid.read())["disputed"], (await paid.invoice())["amount_due"]) == (10_000, 10_000)
        assert await paid.entries() == [
            ("payment", -10_000),
            ("chargeback", 10_000),
            ("chargeback_won", -10_000),
            ("chargeback", 10_000),
        ]
        assert await breaches(sql, portal.account_id) == []
        await check(dispute)  # at the gateway it is won
        assert ((await paid.read())["disputed"], (await paid.invoice())["status"]) == (0, "paid")
        assert await breaches(sql, portal.account_id) == []

    async def test_a_second_round_finds_what_had_become_a_deposit(
        self, bought: Buy, check: Check, portal: Portal, services: Services, sql: Sql
    ) -> None:
        """The invoice was paid meanwhile, so that the first win has become a deposit, which pays another invoice."""
        paid = await bought()
        first = paid.dispute()
        await check(first)
        invoice_id = UUID(paid.payment["allocations"][0]["invoice_id"])
        assert (await pay(portal, await store_card(portal), invoice_id)).status_code == 201
        paid.decide(first, "win")
        await check(first)
        deposit_id = UUID((await paid.read())["deposit_id"])
        other = await post_invoice(services, portal.account_id, 4_000)
        await apply_deposit(services, portal.account_id, deposit_id, {other: 4_000})
        second = paid.dispute(kind="pre_arbitration")
        await check(second)
        assert (await paid.read())["disputed"] == 10_000
        (usd,) = (await portal.get("/v1/balance")).json()["balances"]
        assert (usd["due"], usd["unapplied_deposits"]) == (4_000, 0)
        assert await breaches(sql, portal.account_id) == []
        paid.decide(second, "win")
        await check(second)
        assert (await paid.read())["deposit_id"] == str(deposit_id)
        (usd,) = (await portal.get("/v1/balance")).json()["balances"]
        assert (usd["due"], usd["unapplied_deposits"]) == (4_000, 10_000)
        assert await breaches(sql, portal.account_id) == []

    async def test_money_that_came_back_as_a_deposit_can_be_refunded(
        self, bought: Buy, check: Check, portal: Portal, sandbox: Sandbox, services: Services, sql: Sql
    ) -> None:
        paid = await bought()
        sandbox.control("POST", f"/transactions/{paid.transaction_id}/settle")
        dispute = paid.dispute()
        await check(dispute)
        invoice_id = UUID(paid.payment["allocations"][0]["invoice_id"])
        assert (await pay(portal, await store_card(portal), invoice_id)).status_code == 201
        paid.decide(dispute, "win")
        await check(dispute)
        wanted = RefundCreate.model_validate({"refund": {"type": "whole"}})
        key = IdempotencyKey(str(uuid4()), "POST", "/v1/refunds", "digest")
        refund = await services.refunds.refund(portal.account_id, UUID(paid.payment["id"]), wanted, key)
        assert (refund.status, refund.amount) == ("succeeded", 10_000)
        assert (await portal.get("/v1/balance")).json()["balances"][0]["balance"] == 0
        assert await breaches(sql, portal.account_id) == []

    async def test_the_deposit_of_an_overpayment_has_its_money_again(
        self, bought: Buy, check: Check, portal: Portal, sql: Sql
    ) -> None:
        paid = await bought(10_000, overpayment=2_500)
        dispute = paid.dispute()
        await check(dispute)
        paid.decide(dispute, "win")
        await check(dispute)
        deposits = await sql.fetch("SELECT id, unapplied FROM deposits WHERE account_id = $1", portal.account_id)
        assert [(str(one["id"]), one["unapplied"]) for one in deposits] == [(paid.payment["deposit_id"], 2_500)]
        assert await breaches(sql, portal.account_id) == []

    async def test_what_a_failed_refund_has_left_goes_with_the_end(
        self, bought: Buy, check: Check, services: Services, portal: Portal, sandbox: Sandbox, sql: Sql
    ) -> None:
        paid = await bought(600_000)
        wanted = RefundCreate.model_validate({"refund": {"type": "amount", "amount": 200_400}})
        key = IdempotencyKey(str(uuid4()), "POST", "/v1/refunds", "digest")
        refund = await services.refunds.refund(portal.account_id, UUID(paid.payment["id"]), wanted, key)
        assert refund.status == "waiting_for_settlement"
        dispute = paid.dispute()
        await check(dispute)
        assert [one["taken"] for one in await paid.chargebacks()] == [399_600]
        sandbox.control("POST", f"/transactions/{paid.transaction_id}/settle")
        declined = await services.refund_checks.resolve(portal.account_id, refund.id)
        assert declined.status == "failed"
        paid.decide(dispute, "lose")
        await check(dispute)
        (chargeback,) = await paid.chargebacks()
        assert (chargeback["taken"], [one["amount"] for one in chargeback["invoices"]]) == (600_000, [600_000])
        assert (await paid.invoice())["amount_due"] == 600_000
        assert await breaches(sql, portal.account_id) == []

    async def test_the_dispute_of_another_charge_takes_nothing_of_the_payment(
        self, bought: Buy, services: Services, portal: Portal
    ) -> None:
        """Such as a late charge, which is given back."""
        paid = await bought()
        found = await services.gateway.find_dispute(paid.dispute())
        other = replace(found, transaction_id="another")
        await services.record_disputes.record(portal.account_id, UUID(paid.payment["id"]), other)
        assert [one["taken"] for one in await paid.chargebacks()] == [0]
        assert (await paid.invoice())["status"] == "paid"


@pytest.mark.parametrize("decision", ["win", "lose"])
async def test_a_charge_that_is_void_after_its_dispute(
    bought: Buy, check: Check, services: Services, portal: Portal, sql: Sql, decision: str
) -> None:
    """The return takes the rest alone, and what is won back pays the invoice as far as it is open."""
    paid = await bought()
    dispute = paid.dispute(amount="60.00")
    await check(dispute)
    payment_id = UUID(paid.payment["id"])
    await services.returned_payments.record(portal.account_id, payment_id, PaymentState.CANCELLED)
    assert (await paid.entries())[-1] == ("return", 4_000)
    assert await breaches(sql, portal.account_id) == []
    invoice_id = UUID(paid.payment["allocations"][0]["invoice_id"])
    assert (await pay(portal, await store_card(portal), (invoice_id, 7_000))).status_code == 201
    paid.decide(dispute, decision)
    found = await services.gateway.find_dispute(dispute)
    await services.record_disputes.record(portal.account_id, payment_id, found)
    assert await breaches(sql, portal.account_id) == []
    won = [("chargeback_won", -3_000), ("deposit", -3_000)]
    assert (await paid.entries())[-2:] == (won if decision == "win" else [("return", 4_000), ("payment", -7_000)])
    if decision == "win":
        held = await sql.fetchval("SELECT amount FROM deposits WHERE account_id = $1", portal.account_id)
        assert (held, (await paid.invoice())["status"]) == (3_000, "paid")
