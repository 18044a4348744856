"""Credit memos and deposits pay with a payment: reserved while it is live, used with it, given back on a decline."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from billing_api.credits.errors import CreditExceededError
from braintree_sandbox.testing import Sandbox
from tests.factories.credits import ISSUED_ON, apply_credit_memo, post_credit_memo, post_deposit
from tests.factories.invoices import post_invoice
from tests.factories.payments import Json, new_key, store_bank_account
from tests.fixtures.later import Later
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal
from tests.payments.buying import (
    AUTOMATIC,
    EVERYTHING,
    assert_books_add_up,
    buy,
    chosen,
    entries_of,
    left_of,
    of,
    quote,
    up_to,
)
from tests.payments.conftest import BooksOf, SalesOf


class TestQuote:
    async def test_credits_are_shown_and_not_used_without_a_choice(
        self, portal: Portal, invoice: UUID, memo: UUID, deposit: UUID
    ) -> None:
        body = (await quote(portal, of(invoice))).json()
        assert (body["amount"], body["credited"], body["deposit_applied"]) == (10_000, 0, 0)
        assert [(one["type"], one["id"], one["available"], one["amount"]) for one in body["credits"]] == [
            ("credit_memo", str(memo), 3_000, 0),
            ("deposit", str(deposit), 2_000, 0),
        ]
        assert body["credits"][0]["dated_on"] == ISSUED_ON.isoformat()

    async def test_the_oldest_is_used_first_for_what_is_due_first(
        self, services: Services, portal: Portal, memo: UUID, deposit: UUID
    ) -> None:
        later, first = [
            await post_invoice(services, portal.account_id, 4_000, due_on=ISSUED_ON + timedelta(days=days))
            for days in (20, 10)
        ]
        body = (await quote(portal, of(later, first), credits=AUTOMATIC)).json()
        lines = {
            UUID(line["invoice_id"]): (line["amount"], line["credited"], line["deposit_applied"])
            for line in body["invoices"]
        }
        assert lines == {first: (0, 3_000, 1_000), later: (3_000, 0, 1_000)}
        assert (body["amount"], body["credited"], body["deposit_applied"]) == (3_000, 3_000, 2_000)

    @pytest.mark.parametrize(("most", "used"), [(1, (1, 0)), (3_500, (3_000, 500)), (9_999, (3_000, 2_000))])
    async def test_up_to_an_amount(
        self, portal: Portal, invoice: UUID, memo: UUID, deposit: UUID, most: int, used: tuple[int, int]
    ) -> None:
        body = (await quote(portal, of(invoice), credits=up_to(most))).json()
        assert (body["credited"], body["deposit_applied"]) == used
        assert body["amount"] == 10_000 - sum(used)

    async def test_chosen_ones_and_amounts_of_them(
        self, portal: Portal, invoice: UUID, memo: UUID, deposit: UUID
    ) -> None:
        body = (await quote(portal, of(invoice), credits=chosen(deposit))).json()
        assert (body["credited"], body["deposit_applied"]) == (0, 2_000)
        body = (await quote(portal, of(invoice), credits=chosen(deposit, (memo, 1_234)))).json()
        assert (body["credited"], body["deposit_applied"]) == (1_234, 2_000)

    async def test_no_more_is_used_than_the_invoices_take(self, portal: Portal, invoice: UUID, memo: UUID) -> None:
        body = (await quote(portal, of((invoice, 1_000)), credits=chosen(memo))).json()
        assert (body["amount"], body["credited"]) == (0, 1_000)

    async def test_those_that_are_not_there_are_refused(
        self, services: Services, portal: Portal, stranger: Portal, card: Json, invoice: UUID, memo: UUID
    ) -> None:
        theirs = await post_credit_memo(services, stranger.account_id)
        euros = await post_credit_memo(services, portal.account_id, currency="EUR")
        for unknown in (theirs, euros, uuid4()):
            for response in (
                await quote(portal, of(invoice), credits=chosen(unknown)),
                await buy(portal, card, of(invoice), credits=chosen(unknown)),
            ):
                assert (response.status_code, response.json()["code"]) == (404, "credit_not_found")
                assert response.json()["credit_id"] == str(unknown)
        response = await quote(portal, of(invoice), credits=chosen((memo, 3_001)))
        assert (response.status_code, response.json()["code"]) == (409, "credit_exceeded")

    async def test_more_than_a_deposit_has_left_is_refused(self, portal: Portal, invoice: UUID, deposit: UUID) -> None:
        response = await quote(portal, of(invoice), credits=chosen((deposit, 2_001)))
        assert (response.status_code, response.json()["code"]) == (409, "deposit_exceeded")

    async def test_the_version_follows_the_credits(self, portal: Portal, invoice: UUID, memo: UUID) -> None:
        versions = {
            (await quote(portal, of(invoice), credits=choice)).json()["quote_version"]
            for choice in (chosen(memo), AUTOMATIC, up_to(1), {"type": "none"})
        }
        assert len(versions) == 3  # the first two come to the same

    @pytest.mark.parametrize(
        ("choice", "pointer"),
        [
            ({"type": "all"}, "/credits"),
            ({"type": "up_to"}, "/credits/amount"),
            ({"type": "automatic", "amount": 1}, "/credits/amount"),
            ({"type": "chosen", "credits": []}, "/credits/credits"),
            ({"type": "chosen", "credits": [{"id": str(UUID(int=1))}] * 2}, "/credits/credits"),
            ({"type": "chosen", "credits": [{"id": str(UUID(int=1)), "amount": 0}]}, "/credits/credits/0/amount"),
        ],
    )
    async def test_wrong_fields(self, portal: Portal, invoice: UUID, choice: Json, pointer: str) -> None:
        response = await quote(portal, of(invoice), credits=choice)
        assert response.status_code == 422
        assert [error["pointer"] for error in response.json()["errors"]] == [pointer]


class TestPaid:
    async def test_they_are_used_with_the_payment(
        self,
        portal: Portal,
        card: Json,
        invoice: UUID,
        memo: UUID,
        deposit: UUID,
        sql: Sql,
        sales_of: SalesOf,
        books_of: BooksOf,
    ) -> None:
        quoted = (await quote(portal, of(invoice), credits=AUTOMATIC)).json()
        response = await buy(portal, card, of(invoice), credits=AUTOMATIC, quote_version=quoted["quote_version"])
        payment = response.json()
        assert (response.status_code, payment["status"], payment["amount"]) == (201, "succeeded", 5_000)
        assert (payment["credited"], payment["deposit_applied"], payment["discounted"]) == (3_000, 2_000, 0)
        (part,) = payment["allocations"]
        assert (part["amount"], part["credited"], part["deposit_applied"]) == (5_000, 3_000, 2_000)
        assert [(one["type"], one["number"], one["amount"]) for one in payment["credits"]] == [
            ("credit_memo", "CM-1", 3_000),
            ("deposit", "DEP-1", 2_000),
        ]
        assert (await portal.get(response.headers["Location"])).json() == payment
        assert [sale["amount"] for sale in await sales_of(portal.account_id)] == ["50.00"]
        paid = (await portal.get(f"/v1/invoices/{invoice}")).json()
        assert (paid["status"], paid["paid"], paid["credited"], paid["deposit_applied"]) == (
            "paid",
            5_000,
            3_000,
            2_000,
        )
        assert [(one["type"], one["source_number"]) for one in paid["applications"]] == [
            ("payment", payment["number"]),
            ("credit_application", "CM-1"),
            ("deposit_application", "DEP-1"),
        ]
        assert (await entries_of(sql, portal.account_id))[1:] == [
            ("payment", payment["number"], 5_000, -5_000),
            ("credit_application", "CM-1", 3_000, 0),
            ("deposit_application", "DEP-1", 2_000, 0),
        ]
        assert await left_of(sql, "credit_memos", memo) == await left_of(sql, "deposits", deposit) == (0, 0)
        await assert_books_add_up(sql, portal.account_id)
        books = await books_of(portal.account_id)
        assert (books.receivable, books.customer_credit, books.pending, books.cash) == (0, 0, 0, 7_000)

    async def test_a_decline_gives_them_back(
        self, services: Services, portal: Portal, card: Json, memo: UUID, sql: Sql
    ) -> None:
        invoice = await post_invoice(services, portal.account_id, 203_000)
        declined = await buy(portal, card, of(invoice), credits=AUTOMATIC)
        assert (declined.status_code, declined.json()["code"]) == (402, "payment_declined")
        assert await left_of(sql, "credit_memos", memo) == (3_000, 0)
        payment = (await portal.get(f"/v1/payments/{declined.json()['payment_id']}")).json()
        assert (payment["status"], payment["credited"]) == ("declined", 3_000)
        assert (await portal.get(f"/v1/invoices/{invoice}")).json()["amount_pending"] == 0
        await assert_books_add_up(sql, portal.account_id)

    async def test_they_are_reserved_while_a_bank_transfer_is_under_way(
        self,
        services: Services,
        portal: Portal,
        sandbox: Sandbox,
        later: Later,
        sales_of: SalesOf,
        invoice: UUID,
        memo: UUID,
        sql: Sql,
    ) -> None:
        account = await store_bank_account(portal)
        payment = (await buy(portal, account, of((invoice, 5_000)), credits=AUTOMATIC)).json()
        assert (payment["status"], payment["amount"]) == ("processing", 2_000)
        assert await left_of(sql, "credit_memos", memo) == (3_000, 3_000)
        pending = (await portal.get(f"/v1/invoices/{invoice}")).json()
        assert (pending["amount_due"], pending["amount_pending"]) == (10_000, 5_000)
        (balance,) = (await portal.get("/v1/balance")).json()["balances"]
        assert (balance["due"], balance["pending"], balance["due_after_pending"]) == (10_000, 5_000, 5_000)
        assert (balance["balance"], balance["unapplied_credits"]) == (7_000, 3_000)
        with pytest.raises(CreditExceededError):  # the back office
            await apply_credit_memo(services, portal.account_id, memo, {invoice: 1})
        assert (await quote(portal, of(invoice), credits=AUTOMATIC)).json()["credits"] == []
        assert (await quote(portal, of(invoice), credits=chosen(memo))).status_code == 404
        await assert_books_add_up(sql, portal.account_id)

        (sale,) = await sales_of(portal.account_id)
        sandbox.control("POST", f"/transactions/{sale['id']}/settle")
        later.clock.forward(minutes=6)
        await later.services.payment_checks.resolve(portal.account_id, UUID(payment["id"]))
        assert await left_of(sql, "credit_memos", memo) == (0, 0)
        settled = (await portal.get(f"/v1/invoices/{invoice}")).json()
        assert (settled["amount_due"], settled["amount_pending"], settled["credited"]) == (5_000, 0, 3_000)
        await assert_books_add_up(sql, portal.account_id)

    async def test_the_back_office_uses_the_part_that_is_not_reserved(
        self, services: Services, portal: Portal, invoice: UUID, memo: UUID, sql: Sql
    ) -> None:
        account = await store_bank_account(portal)
        await buy(portal, account, of((invoice, 2_000)), credits=up_to(1_000))
        await apply_credit_memo(services, portal.account_id, memo, {invoice: 2_000})
        assert await left_of(sql, "credit_memos", memo) == (1_000, 1_000)
        await assert_books_add_up(sql, portal.account_id)

    async def test_a_credit_that_is_gone_makes_the_quote_stale(
        self, services: Services, portal: Portal, card: Json, invoice: UUID, memo: UUID
    ) -> None:
        quoted = (await quote(portal, of(invoice), credits=AUTOMATIC)).json()
        other = await post_invoice(services, portal.account_id, 500)
        await apply_credit_memo(services, portal.account_id, memo, {other: 500})
        stale = await buy(portal, card, of(invoice), credits=AUTOMATIC, quote_version=quoted["quote_version"])
        assert (stale.status_code, stale.json()["code"]) == (409, "quote_stale")
        assert stale.json()["quote"]["credited"] == 2_500


class TestNothingToCharge:
    async def test_it_is_settled_at_once_without_a_method(
        self, services: Services, portal: Portal, memo: UUID, sql: Sql
    ) -> None:
        invoice, key = await post_invoice(services, portal.account_id, 2_500), new_key()
        quoted = (await quote(portal, EVERYTHING, credits=AUTOMATIC)).json()
        assert (quoted["amount"], quoted["can_be_paid"]) == (0, True)
        response = await buy(portal, None, EVERYTHING, key, credits=AUTOMATIC, quote_version=quoted["quote_version"])
        payment = response.json()
        assert (response.status_code, payment["status"], payment["type"]) == (201, "succeeded", "credit")
        assert (payment["amount"], payment["credited"], payment["payment_method_id"]) == (0, 2_500, None)
        again = await buy(portal, None, EVERYTHING, key, credits=AUTOMATIC, quote_version=quoted["quote_version"])
        assert (again.status_code, again.content) == (201, response.content)
        assert again.headers["Idempotent-Replayed"] == "true"
        assert (await portal.get(f"/v1/invoices/{invoice}")).json()["status"] == "paid"
        assert await left_of(sql, "credit_memos", memo) == (500, 0)
        assert await entries_of(sql, portal.account_id) == [("credit_application", "CM-1", 2_500, 0)]
        await assert_books_add_up(sql, portal.account_id)
        kinds = await sql.fetch("SELECT kind FROM outbox_events WHERE subject_id = $1", UUID(payment["id"]))
        assert [row["kind"] for row in kinds] == ["payment.succeeded"]

    async def test_a_named_method_is_not_charged(
        self, portal: Portal, card: Json, sales_of: SalesOf, invoice: UUID, memo: UUID
    ) -> None:
        response = await buy(portal, card, of((invoice, 3_000)), credits=AUTOMATIC)
        assert (response.status_code, response.json()["payment_method_id"]) == (201, None)
        assert await sales_of(portal.account_id) == []

    async def test_a_currency_without_a_merchant_account_can_be_settled(
        self, services: Services, portal: Portal
    ) -> None:
        await post_invoice(services, portal.account_id, 2_500, currency="JPY")
        await post_deposit(services, portal.account_id, 2_500, currency="JPY")
        response = await portal.post(
            "/v1/payments",
            json={"currency": "JPY", "pay": EVERYTHING, "credits": AUTOMATIC},
            headers=new_key(),
        )
        assert (response.status_code, response.json()["deposit_applied"]) == (201, 2_500)

    async def test_a_rest_needs_a_method(self, portal: Portal, invoice: UUID, memo: UUID, sql: Sql) -> None:
        response = await buy(portal, None, of(invoice), credits=AUTOMATIC)
        assert (response.status_code, response.json()["code"]) == (409, "payment_method_required")
        assert response.json()["amount"] == 7_000
        assert await left_of(sql, "credit_memos", memo) == (3_000, 0)
