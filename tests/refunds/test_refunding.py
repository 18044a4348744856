"""Money of payments that is given back: through the gateway, by a void, and outside of it."""

import asyncio
import json
from collections import Counter
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from billing_api.kit.ids import new_id
from billing_api.locales.language import language
from braintree_sandbox.testing import Sandbox
from tests.factories.credits import apply_deposit, post_credit_memo
from tests.factories.invoices import post_invoice
from tests.factories.payments import Json, new_key, record_offline, store_bank_account
from tests.factories.pdfs import text_of
from tests.fixtures.later import Later
from tests.fixtures.partners import Partner
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal
from tests.http.problem import problem
from tests.payments.buying import assert_books_add_up, buy, entries_of, left_of, of
from tests.refunds.conftest import (
    EVERYTHING,
    WHOLE,
    address_of,
    charge_of,
    invoice_of,
    payment_of,
    refund,
    refunds_at,
    settle,
)


@pytest.fixture
async def invoice(services: Services, portal: Portal) -> UUID:
    """An invoice of 100 dollars."""
    return await post_invoice(services, portal.account_id, 10_000)


@pytest.fixture
async def paid(portal: Portal, card: Json, invoice: UUID, sandbox: Sandbox, sql: Sql) -> Json:
    """A settled payment of `invoice` by card."""
    payment: Json = (await buy(portal, card, of(invoice))).json()
    await settle(sandbox, sql, payment)
    return payment


def amount(cents: int) -> Json:
    return {"type": "amount", "amount": cents}


async def cash_of(sql: Sql, account_id: UUID) -> int:
    found: int = await sql.fetchval(
        "SELECT coalesce(sum(cash_clearing), 0)::bigint FROM ledger_entries WHERE account_id = $1", account_id
    )
    return found


async def events_of(sql: Sql, refund_id: str) -> list[tuple[str, dict[str, Any]]]:
    rows = await sql.fetch("SELECT kind, data FROM outbox_events WHERE subject_id = $1 ORDER BY id", UUID(refund_id))
    return [(row["kind"], json.loads(row["data"])) for row in rows]


class TestSettledCharge:
    async def test_the_whole_opens_the_invoice_again(
        self, partner: Partner, portal: Portal, paid: Json, invoice: UUID, sandbox: Sandbox, sql: Sql
    ) -> None:
        response = await refund(partner, portal, paid, WHOLE, reason="Ordered twice")
        assert response.status_code == 201, response.text
        made = response.json()
        assert (made["status"], made["method"], made["amount"]) == ("succeeded", "refund", 10_000)
        assert (made["reason"], made["payment_number"]) == ("Ordered twice", paid["number"])
        assert [one["amount"] for one in made["invoices"]] == [10_000]
        assert response.headers["location"] == f"http://billing.test{address_of(portal, paid)}/{made['id']}"
        assert (await partner.get(response.headers["location"])).json() == made
        reopened = await invoice_of(portal, invoice)
        assert (reopened["status"], reopened["amount_due"], reopened["paid"]) == ("open", 10_000, 0)
        payment = await payment_of(portal, paid)
        assert (payment["status"], payment["refunded"], payment["refund_pending"]) == ("succeeded", 10_000, 0)
        assert (await entries_of(sql, portal.account_id))[-1] == ("refund", paid["number"], 10_000, 10_000)
        assert await cash_of(sql, portal.account_id) == 0
        await assert_books_add_up(sql, portal.account_id)
        assert refunds_at(sandbox, await charge_of(sql, paid)) == ["100.00"]
        ((kind, data),) = await events_of(sql, made["id"])
        assert (kind, data["amount"], data["payment_id"]) == ("refund.succeeded", 10_000, paid["id"])

    async def test_parts_follow_each_other_until_nothing_is_left(
        self, partner: Partner, portal: Portal, paid: Json, invoice: UUID, sandbox: Sandbox, sql: Sql
    ) -> None:
        for cents in (4_000, 2_500):
            assert (await refund(partner, portal, paid, amount(cents))).status_code == 201
        reopened = await invoice_of(portal, invoice)
        assert (reopened["amount_due"], reopened["paid"], reopened["payment_status"]) == (6_500, 3_500, "partial")
        assert [(one["amount"], one["reason"]) for one in reopened["applications"]] == [
            (10_000, None),
            (-10_000, "refund"),
            (6_000, "refund"),
            (-6_000, "refund"),
            (3_500, "refund"),
        ]
        too_much = problem(await refund(partner, portal, paid, amount(3_501)), 409, "refund_exceeded")
        assert too_much["refundable"] == 3_500
        rest = (await refund(partner, portal, paid, WHOLE)).json()
        assert rest["amount"] == 3_500
        problem(await refund(partner, portal, paid, WHOLE), 409, "nothing_refundable")
        assert sorted(refunds_at(sandbox, await charge_of(sql, paid))) == ["25.00", "35.00", "40.00"]
        await assert_books_add_up(sql, portal.account_id)
        listed = (await partner.get(address_of(portal, paid))).json()["data"]
        assert [one["amount"] for one in listed] == [3_500, 2_500, 4_000]

    async def test_the_invoice_on_paper_has_the_refund_as_one_line(
        self, partner: Partner, portal: Portal, paid: Json, invoice: UUID
    ) -> None:
        assert (await refund(partner, portal, paid, amount(4_000))).status_code == 201
        printed = text_of((await portal.get(f"/v1/invoices/{invoice}/pdf")).content)
        day = language("en-US").day(date.fromisoformat(paid["received_on"]))
        number = paid["number"]
        assert f"Payment {number}, {day} (100.00) Refund {number}, {day} 40.00 Amount due $40.00" in printed

    async def test_the_invoices_are_chosen(
        self, partner: Partner, portal: Portal, card: Json, services: Services, sandbox: Sandbox, sql: Sql
    ) -> None:
        first, second = [await post_invoice(services, portal.account_id, 5_000) for _ in range(2)]
        payment = (await buy(portal, card, of(first, second))).json()
        await settle(sandbox, sql, payment)
        choice = {"type": "invoices", "invoices": [{"invoice_id": str(second), "amount": 2_000}]}
        assert (await refund(partner, portal, payment, choice)).status_code == 201
        assert (await invoice_of(portal, first))["status"] == "paid"
        assert (await invoice_of(portal, second))["amount_due"] == 2_000
        del choice["invoices"][0]["amount"]  # type: ignore[attr-defined] # a list
        rest = (await refund(partner, portal, payment, choice)).json()
        assert rest["amount"] == 3_000
        problem(await refund(partner, portal, payment, choice), 409, "nothing_refundable")
        for other in (str(second), str(await post_invoice(services, portal.account_id, 5_000)), str(new_id())):
            both = {"type": "invoices", "invoices": [{"invoice_id": str(first)}, {"invoice_id": other}]}
            refused = problem(await refund(partner, portal, payment, both), 409, "invoice_not_refundable")
            assert refused["invoice_id"] == other
        assert (await invoice_of(portal, first))["status"] == "paid"
        await assert_books_add_up(sql, portal.account_id)

    async def test_a_credit_memo_is_paid_out_and_the_invoice_stays_paid(
        self, partner: Partner, portal: Portal, paid: Json, invoice: UUID, services: Services, sql: Sql
    ) -> None:
        memo = await post_credit_memo(services, portal.account_id, 3_000)
        choice = {"type": "credit_memo", "credit_memo_id": str(memo)}
        exceeded = await refund(partner, portal, paid, choice | {"amount": 3_001})
        assert problem(exceeded, 409, "refund_exceeded")["refundable"] == 3_000
        made = (await refund(partner, portal, paid, choice)).json()
        assert (made["status"], made["credit_memo_amount"], made["invoices"]) == ("succeeded", 3_000, [])
        assert (await invoice_of(portal, invoice))["status"] == "paid"
        assert await left_of(sql, "credit_memos", memo) == (0, 0)
        assert (await entries_of(sql, portal.account_id))[-1][0] == "credit_refund"
        await assert_books_add_up(sql, portal.account_id)
        assert await cash_of(sql, portal.account_id) == 7_000
        assert (await refund(partner, portal, paid, WHOLE)).json()["amount"] == 7_000

    async def test_an_overpayment_is_given_back_as_far_as_it_is_left(
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
        deposit, other = UUID(payment["deposit_id"]), await post_invoice(services, portal.account_id, 1_000)
        await apply_deposit(services, portal.account_id, deposit, {other: 1_000})
        made = (await refund(partner, portal, payment, {"type": "deposit"})).json()
        assert (made["amount"], made["deposit_amount"]) == (1_500, 1_500)
        assert await left_of(sql, "deposits", deposit) == (0, 0)
        assert (await entries_of(sql, portal.account_id))[-1][0] == "deposit_refund"
        await assert_books_add_up(sql, portal.account_id)
        rest = (await refund(partner, portal, payment, WHOLE)).json()
        assert (rest["amount"], rest["deposit_amount"]) == (10_000, 0)
        await assert_books_add_up(sql, portal.account_id)

    async def test_a_declined_refund_leaves_everything(
        self, partner: Partner, portal: Portal, card: Json, services: Services, sandbox: Sandbox, sql: Sql
    ) -> None:
        invoice = await post_invoice(services, portal.account_id, 600_000)
        payment = (await buy(portal, card, of(invoice))).json()
        await settle(sandbox, sql, payment)
        key = new_key()
        declined = problem(await refund(partner, portal, payment, amount(200_400), key), 402, "refund_declined")
        assert (declined["decline_code"], declined["retry_may_help"]) == ("2004", False)
        again = await refund(partner, portal, payment, amount(200_400), key)
        assert (again.status_code, again.headers["idempotent-replayed"]) == (402, "true")
        (failed,) = (await partner.get(address_of(portal, payment))).json()["data"]
        assert (failed["status"], failed["decline"]["code"], failed["id"]) == ("failed", "2004", declined["refund_id"])
        found = await payment_of(portal, payment)
        assert (found["refunded"], found["refund_pending"]) == (0, 0)
        assert (await invoice_of(portal, invoice))["status"] == "paid"
        await assert_books_add_up(sql, portal.account_id)
        assert [kind for kind, _ in await events_of(sql, failed["id"])] == ["refund.failed"]
        assert (await refund(partner, portal, payment, WHOLE)).status_code == 201


class TestOnce:
    async def test_two_of_the_whole_at_once_are_one(
        self, partner: Partner, portal: Portal, paid: Json, sandbox: Sandbox, sql: Sql
    ) -> None:
        responses = await asyncio.gather(*(refund(partner, portal, paid, WHOLE) for _ in range(8)))
        assert Counter(one.status_code for one in responses) == {201: 1, 409: 7}
        assert refunds_at(sandbox, await charge_of(sql, paid)) == ["100.00"]
        await assert_books_add_up(sql, portal.account_id)

    async def test_parts_at_once_are_never_more_than_was_captured(
        self, partner: Partner, portal: Portal, paid: Json, sandbox: Sandbox, sql: Sql
    ) -> None:
        responses = await asyncio.gather(*(refund(partner, portal, paid, amount(3_000)) for _ in range(8)))
        assert Counter(one.status_code for one in responses) == {201: 3, 409: 5}
        assert refunds_at(sandbox, await charge_of(sql, paid)) == ["30.00"] * 3
        assert (await payment_of(portal, paid))["refunded"] == 9_000
        await assert_books_add_up(sql, portal.account_id)

    async def test_the_same_key_refunds_once(
        self, partner: Partner, portal: Portal, paid: Json, sandbox: Sandbox, sql: Sql
    ) -> None:
        key = new_key()
        first, again = [await refund(partner, portal, paid, amount(1_000), key) for _ in range(2)]
        assert (first.content, again.headers["idempotent-replayed"]) == (again.content, "true")
        problem(await refund(partner, portal, paid, amount(1_001), key), 422, "idempotency_key_reused")
        assert refunds_at(sandbox, await charge_of(sql, paid)) == ["10.00"]


@pytest.mark.usefixtures("nothing_else_due")
class TestBeforeSettlement:
    async def test_the_whole_is_voided(
        self, partner: Partner, portal: Portal, card: Json, invoice: UUID, sandbox: Sandbox, sql: Sql
    ) -> None:
        payment = (await buy(portal, card, of(invoice), overpayment=500)).json()
        made = (await refund(partner, portal, payment, WHOLE)).json()
        assert (made["status"], made["method"], made["amount"]) == ("succeeded", "void", 10_500)
        found = await payment_of(portal, payment)
        assert (found["status"], found["refunded"], found["refund_pending"]) == ("cancelled", 0, 0)
        reopened = await invoice_of(portal, invoice)
        assert (reopened["amount_due"], reopened["applications"][-1]["reason"]) == (10_000, "cancellation")
        await assert_books_add_up(sql, portal.account_id)
        assert await cash_of(sql, portal.account_id) == 0
        assert sandbox.transactions(order_id=payment["id"])[0]["status"] == "voided"
        assert problem(await refund(partner, portal, payment, WHOLE), 409, "payment_not_refundable")

    async def test_a_part_waits_and_is_sent_once_the_charge_has_settled(
        self, partner: Partner, portal: Portal, card: Json, invoice: UUID, sandbox: Sandbox, sql: Sql, later: Later
    ) -> None:
        payment = (await buy(portal, card, of(invoice))).json()
        response = await refund(partner, portal, payment, amount(4_000))
        assert response.status_code == 201
        waiting = response.json()
        assert (waiting["status"], waiting["next_check_at"] is None) == ("waiting_for_settlement", False)
        found = await payment_of(portal, payment)
        assert (found["refunded"], found["refund_pending"]) == (0, 4_000)
        problem(await refund(partner, portal, payment, amount(6_001)), 409, "refund_exceeded")
        later.clock.forward(hours=7)
        assert await later.services.refund_checks.resolve_due(EVERYTHING) == {"live": 1}
        charge_id = await settle(sandbox, sql, payment)
        later.clock.forward(hours=7)
        both = await asyncio.gather(*(later.services.refund_checks.resolve_due(EVERYTHING) for _ in range(2)))
        assert sum((Counter(one) for one in both), Counter())["failed"] == 0
        assert refunds_at(sandbox, charge_id) == ["40.00"]
        (made,) = (await portal.get(f"/v1/payments/{payment['id']}/refunds")).json()["data"]
        assert (made["status"], made["next_check_at"]) == ("succeeded", None)
        assert (await invoice_of(portal, invoice))["amount_due"] == 4_000
        await assert_books_add_up(sql, portal.account_id)

    async def test_a_waiting_refund_fails_when_the_money_is_lost_meanwhile(
        self, partner: Partner, portal: Portal, invoice: UUID, sandbox: Sandbox, sql: Sql, later: Later
    ) -> None:
        payment = (await buy(portal, await store_bank_account(portal), of(invoice))).json()
        made = (await refund(partner, portal, payment, amount(4_000))).json()
        assert made["status"] == "waiting_for_settlement"
        sandbox.control("POST", f"/transactions/{await charge_of(sql, payment)}/return", {"code": "R01"})
        later.clock.forward(hours=7)
        assert await later.services.refund_checks.resolve_due(EVERYTHING) == {"final": 1}
        (failed,) = (await portal.get(f"/v1/payments/{payment['id']}/refunds")).json()["data"]
        assert (failed["status"], failed["decline"]["code"]) == ("failed", "payment_not_refundable")
        found = await payment_of(portal, payment)
        assert (found["status"], found["refund_pending"]) == ("returned", 0)
        await assert_books_add_up(sql, portal.account_id)


@pytest.mark.usefixtures("nothing_else_due")
class TestBankTransfer:
    async def test_a_refund_is_pending_until_the_bank_confirms_it(
        self, partner: Partner, portal: Portal, invoice: UUID, sandbox: Sandbox, sql: Sql, later: Later
    ) -> None:
        payment = (await buy(portal, await store_bank_account(portal), of(invoice))).json()
        charge_id = await settle(sandbox, sql, payment)
        made = (await refund(partner, portal, payment, amount(4_000))).json()
        assert made["status"] == "pending"
        assert (await payment_of(portal, payment))["refund_pending"] == 4_000
        assert (await invoice_of(portal, invoice))["status"] == "paid"
        (credit,) = [one for one in sandbox.transactions(type="credit") if one["refunded_transaction_id"] == charge_id]
        sandbox.control("POST", f"/transactions/{credit['id']}/settle")
        later.clock.forward(minutes=6)
        assert await later.services.refund_checks.resolve_due(EVERYTHING) == {"final": 1}
        assert (await payment_of(portal, payment))["refunded"] == 4_000
        assert (await invoice_of(portal, invoice))["amount_due"] == 4_000
        await assert_books_add_up(sql, portal.account_id)

    async def test_the_whole_of_a_transfer_under_way_is_voided_where_the_gateway_can(
        self, partner: Partner, portal: Portal, invoice: UUID, sandbox: Sandbox, sql: Sql
    ) -> None:
        payment = (await buy(portal, await store_bank_account(portal), of(invoice))).json()
        made = (await refund(partner, portal, payment, WHOLE)).json()
        assert (made["status"], made["method"]) == ("succeeded", "void")
        assert (await payment_of(portal, payment))["status"] == "cancelled"
        assert sandbox.transactions(order_id=payment["id"])[0]["status"] == "voided"
        found = await invoice_of(portal, invoice)
        assert (found["amount_due"], found["amount_pending"]) == (10_000, 0)
        await assert_books_add_up(sql, portal.account_id)


class TestOffline:
    async def test_a_check_is_paid_back_outside_the_gateway(
        self, partner: Partner, portal: Portal, invoice: UUID, services: Services, sql: Sql
    ) -> None:
        parts = [{"invoice_id": str(invoice), "amount": 10_000}]
        payment = {"id": str(await record_offline(services, portal.account_id, 12_000, allocations=parts))}
        made = (await refund(partner, portal, payment, {"type": "unapplied", "amount": 500})).json()
        assert (made["status"], made["method"], made["unapplied"]) == ("succeeded", "offline", 500)
        assert (await payment_of(portal, payment))["unapplied"] == 1_500
        rest = (await refund(partner, portal, payment, WHOLE)).json()
        assert (rest["amount"], rest["unapplied"]) == (11_500, 1_500)
        assert (await invoice_of(portal, invoice))["amount_due"] == 10_000
        assert await cash_of(sql, portal.account_id) == 0
        await assert_books_add_up(sql, portal.account_id)

    async def test_nothing_was_charged_so_nothing_is_refunded(
        self, partner: Partner, portal: Portal, invoice: UUID, services: Services
    ) -> None:
        await post_credit_memo(services, portal.account_id, 10_000)
        payment = (await buy(portal, None, of(invoice), credits={"type": "automatic"})).json()
        problem(await refund(partner, portal, payment, WHOLE), 409, "payment_not_refundable")
