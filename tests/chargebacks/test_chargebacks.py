"""Disputes of a card's bank: opened, won, lost, in part, twice, late and lost; the books follow the gateway."""

import asyncio
from uuid import UUID, uuid4

import httpx
import pytest

from billing_api.errors import AppError
from billing_api.kit.idempotency import IdempotencyKey
from billing_api.refunds.schemas import RefundCreate
from braintree_sandbox.testing import Sandbox
from tests.chargebacks.conftest import Buy, Check
from tests.factories.credits import apply_deposit
from tests.factories.invoices import post_invoice
from tests.factories.payments import Json, pay, store_card
from tests.factories.pdfs import text_of
from tests.fixtures.queries import Queries, Sql
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal
from tests.gateway_webhooks.conftest import Inbox, notice, send
from tests.payments.conftest import BooksOf


class TestWebhooks:
    async def test_it_is_opened_and_won_in_any_order_and_twice(
        self, client: httpx.AsyncClient, inbox: Inbox, bought: Buy, sandbox: Sandbox, books_of: BooksOf, portal: Portal
    ) -> None:
        paid = await bought()
        dispute = paid.dispute(reason="product_not_received")
        opened = notice(sandbox, "dispute_opened", dispute)
        for _ in range(2):
            await send(client, opened)
        assert await inbox.work() == ["done"]
        (chargeback,) = await paid.chargebacks()
        assert (chargeback["number"], chargeback["status"], chargeback["type"]) == ("CB-000001", "open", "chargeback")
        assert (chargeback["amount"], chargeback["taken"], chargeback["won"]) == (10_000, 10_000, 0)
        assert (await paid.read())["disputed"] == 10_000
        assert ((await paid.invoice())["status"], (await paid.invoice())["amount_due"]) == ("open", 10_000)
        assert (await books_of(portal.account_id)).cash == 0

        paid.decide(dispute, "win")
        for kind in ("dispute_won", "dispute_opened"):
            await send(client, notice(sandbox, kind, dispute))
        assert await inbox.work() == ["done", "done"]
        (chargeback,) = await paid.chargebacks()
        assert (chargeback["status"], chargeback["taken"], chargeback["won"]) == ("won", 10_000, 10_000)
        assert (await paid.read())["disputed"] == 0
        invoice = await paid.invoice()
        assert invoice["status"] == "paid"
        assert [(one["amount"], one["reason"]) for one in invoice["applications"]] == [
            (10_000, None),
            (-10_000, "chargeback"),
            (10_000, "chargeback_won"),
        ]
        assert await paid.entries() == [("payment", -10_000), ("chargeback", 10_000), ("chargeback_won", -10_000)]
        assert await paid.events() == ["chargeback.opened", "chargeback.won"]
        assert (await books_of(portal.account_id)).cash == 10_000

    async def test_webhooks_that_are_all_lost_are_made_up_for(self, inbox: Inbox, bought: Buy, portal: Portal) -> None:
        paid = await bought()
        dispute = paid.dispute()
        await inbox.sweep()
        assert [one["status"] for one in await paid.chargebacks()] == ["open"]
        paid.decide(dispute, "lose")
        await inbox.sweep()
        assert [one["status"] for one in await paid.chargebacks()] == ["lost"]
        assert await paid.events() == ["chargeback.opened", "chargeback.lost"]
        assert await inbox.sweep() == []

    async def test_two_workers_take_the_money_once(self, bought: Buy, check: Check) -> None:
        paid = await bought()
        dispute = paid.dispute()
        await asyncio.gather(check(dispute), check(dispute))
        assert await paid.entries() == [("payment", -10_000), ("chargeback", 10_000)]

    async def test_a_dispute_of_another_system(self, check: Check, sandbox: Sandbox) -> None:
        sale = {
            "amount": "7.00",
            "payment_method_nonce": "fake-valid-nonce",
            "options": {"submit_for_settlement": True},
        }
        result = await asyncio.to_thread(sandbox.gateway().transaction.sale, sale)
        opened = sandbox.control("POST", f"/transactions/{result.transaction.id}/dispute", {})
        assert await check(opened["id"]) is False


class TestEnds:
    @pytest.mark.parametrize(
        ("decision", "status"), [("lose", "lost"), ("expire", "expired"), ("auto-accept", "accepted")]
    )
    async def test_money_that_is_lost_stays_away(self, bought: Buy, check: Check, decision: str, status: str) -> None:
        paid = await bought()
        dispute = paid.dispute()
        await check(dispute)
        paid.decide(dispute, decision)
        for _ in range(2):
            await check(dispute)
        (chargeback,) = await paid.chargebacks()
        assert (chargeback["status"], chargeback["won"], bool(chargeback["resolved_at"])) == (status, 0, True)
        assert (await paid.invoice())["amount_due"] == 10_000
        assert await paid.events() == ["chargeback.opened", "chargeback.lost"]

    async def test_an_inquiry_moves_no_money(self, bought: Buy, check: Check) -> None:
        paid = await bought()
        dispute = paid.dispute(kind="retrieval")
        await check(dispute)
        (chargeback,) = await paid.chargebacks()
        assert (chargeback["type"], chargeback["taken"]) == ("retrieval", 0)
        assert (await paid.invoice())["status"] == "paid"
        paid.decide(dispute, "win")
        await check(dispute)
        assert await paid.entries() == [("payment", -10_000)]

    async def test_one_that_had_ended_before_it_was_seen(self, bought: Buy, check: Check) -> None:
        won, lost = await bought(), await bought()
        for paid, decision in ((won, "win"), (lost, "lose")):
            dispute = paid.dispute()
            paid.decide(dispute, decision)
            await check(dispute)
        assert ((await won.chargebacks())[0]["taken"], (await lost.chargebacks())[0]["taken"]) == (0, 10_000)
        assert ((await won.invoice())["status"], (await lost.invoice())["status"]) == ("paid", "open")

    async def test_a_second_round_takes_the_money_again(self, bought: Buy, check: Check) -> None:
        paid = await bought()
        first = paid.dispute()
        await check(first)
        paid.decide(first, "win")
        await check(first)
        await check(paid.dispute(kind="pre_arbitration"))
        assert [one["status"] for one in await paid.chargebacks()] == ["open", "won"]
        assert (await paid.read())["disputed"] == 10_000
        assert (await paid.invoice())["amount_due"] == 10_000


class TestParts:
    async def test_a_part_is_taken_from_the_invoice_that_was_paid_last(self, bought: Buy, check: Check) -> None:
        paid = await bought(6_000, 4_000)
        dispute = paid.dispute(amount="50.00")
        await check(dispute)
        (chargeback,) = await paid.chargebacks()
        assert sum(one["amount"] for one in chargeback["invoices"]) == 5_000
        assert sum([(await paid.invoice(place))["amount_due"] for place in (0, 1)]) == 5_000
        paid.decide(dispute, "win")
        await check(dispute)
        assert [(await paid.invoice(place))["status"] for place in (0, 1)] == ["paid", "paid"]

    async def test_two_disputes_take_what_there_is(self, bought: Buy, check: Check) -> None:
        paid = await bought()
        first, second = paid.dispute(amount="70.00"), paid.dispute(amount="70.00")
        await check(first)
        await check(second)
        assert sorted(one["taken"] for one in await paid.chargebacks()) == [3_000, 7_000]
        assert (await paid.read())["disputed"] == 10_000
        for dispute in (first, second):
            paid.decide(dispute, "win")
            await check(dispute)
        assert ((await paid.read())["disputed"], (await paid.invoice())["status"]) == (0, "paid")

    async def test_a_payment_that_was_refunded_in_part(
        self, bought: Buy, check: Check, sandbox: Sandbox, services: Services, portal: Portal
    ) -> None:
        paid = await bought()
        sandbox.control("POST", f"/transactions/{paid.transaction_id}/settle")
        wanted = RefundCreate.model_validate({"refund": {"type": "amount", "amount": 4_000}})
        key = IdempotencyKey(str(uuid4()), "POST", "/v1/refunds", "digest")
        await services.refunds.refund(portal.account_id, UUID(paid.payment["id"]), wanted, key)
        await check(paid.dispute())
        (chargeback,) = await paid.chargebacks()
        assert (chargeback["amount"], chargeback["taken"]) == (10_000, 6_000)
        payment = await paid.read()
        assert (payment["refunded"], payment["disputed"]) == (4_000, 6_000)
        assert (await paid.invoice())["amount_due"] == 10_000

    async def test_what_is_disputed_can_not_be_refunded(
        self, bought: Buy, check: Check, services: Services, portal: Portal
    ) -> None:
        paid = await bought()
        await check(paid.dispute())
        wanted = RefundCreate.model_validate({"refund": {"type": "whole"}})
        key = IdempotencyKey(str(uuid4()), "POST", "/v1/refunds", "digest")
        with pytest.raises(AppError):
            await services.refunds.refund(portal.account_id, UUID(paid.payment["id"]), wanted, key)

    async def test_the_discount_goes_and_comes_back(
        self, bought: Buy, check: Check, services: Services, portal: Portal
    ) -> None:
        terms = {"basis_points": 200, "until": services.clock.today()}
        invoice = await post_invoice(services, portal.account_id, 10_000, discount=terms)
        paid = await bought(invoices=[invoice])
        assert paid.payment["amount"] == 9_800
        dispute = paid.dispute()
        await check(dispute)
        assert ((await paid.invoice())["amount_due"], (await paid.invoice())["discounted"]) == (10_000, 0)
        paid.decide(dispute, "win")
        await check(dispute)
        assert ((await paid.invoice())["status"], (await paid.invoice())["discounted"]) == ("paid", 200)

    async def test_money_that_comes_back_for_a_paid_invoice_becomes_a_deposit(
        self, bought: Buy, check: Check, portal: Portal
    ) -> None:
        paid = await bought()
        dispute = paid.dispute()
        await check(dispute)
        invoice_id = UUID(paid.payment["allocations"][0]["invoice_id"])
        assert (await pay(portal, await store_card(portal), invoice_id)).status_code == 201
        paid.decide(dispute, "win")
        await check(dispute)
        (usd,) = (await portal.get("/v1/balance")).json()["balances"]
        assert (usd["due"], usd["unapplied_deposits"]) == (0, 10_000)

    async def test_the_deposit_of_an_overpayment_goes_first_also_from_an_invoice_that_it_paid(
        self, bought: Buy, check: Check, services: Services, portal: Portal, queries: Queries
    ) -> None:
        paid = await bought(10_000, overpayment=2_500)
        other = await post_invoice(services, portal.account_id, 2_000)
        await apply_deposit(services, portal.account_id, UUID(paid.payment["deposit_id"]), {other: 2_000})
        dispute = paid.dispute()
        queries.clear()
        await check(dispute)
        assert (queries.most_locks("deposits"), queries.most_changes("ledger_balances")) == (1, 1)
        assert queries.most_locks("invoices") == 2  # the deposit's, then the payment's: no invoice twice
        assert (await paid.read())["disputed"] == 12_500
        assert ((await paid.invoice())["amount_due"], (await invoice_of(portal, other))["amount_due"]) == (
            10_000,
            2_000,
        )
        paid.decide(dispute, "win")
        queries.clear()
        await check(dispute)
        assert (queries.most_locks("deposits"), queries.most_changes("ledger_balances")) == (1, 1)
        assert (await paid.invoice())["status"] == "paid"
        (usd,) = (await portal.get("/v1/balance")).json()["balances"]
        assert (usd["due"], usd["unapplied_deposits"]) == (2_000, 2_500)


async def invoice_of(portal: Portal, invoice_id: UUID) -> Json:
    invoice: Json = (await portal.get(f"/v1/invoices/{invoice_id}")).json()
    return invoice


async def test_it_is_on_the_history_and_on_statements(
    bought: Buy, check: Check, services: Services, portal: Portal, sql: Sql
) -> None:
    paid = await bought()
    await check(paid.dispute())
    history = (await portal.get("/v1/transactions?type=chargeback")).json()["data"]
    assert [(one["number"], one["balance_effect"]) for one in history] == [(paid.payment["number"], 10_000)]
    today = services.clock.today().isoformat()
    made = await portal.post("/v1/statements", json={"type": "activity", "date_to": today})
    assert made.status_code == 201, made.text
    lines = await sql.fetch("SELECT kind, amount FROM statement_lines WHERE account_id = $1", portal.account_id)
    assert ("chargeback", 10_000) in [(line["kind"], line["amount"]) for line in lines]


async def test_the_receipt_says_what_the_bank_has_taken(bought: Buy, check: Check, portal: Portal) -> None:
    """A receipt is a proof of payment, so it follows the money: taken in part, and given back."""
    paid = await bought()
    dispute_id = paid.dispute(amount="40.00")
    await check(dispute_id)
    text = await receipt_text(portal, paid.payment["id"])
    assert "The payment was disputed: the bank of the card has taken money back." in text
    assert "Total paid $100.00 Taken back by the bank (40.00) Still paid $60.00" in text
    assert "Thank you" not in text
    paid.decide(dispute_id, "win")
    await check(dispute_id)
    text = await receipt_text(portal, paid.payment["id"])
    assert "Thank you" in text
    assert "Taken back" not in text


async def receipt_text(portal: Portal, payment_id: str) -> str:
    response = await portal.get(f"/v1/payments/{payment_id}/receipt.pdf")
    assert response.status_code == 200, response.text
    return text_of(response.content)
