"""Payments over HTTP."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from billing_api.gateway.reasons import decline_code
from braintree_sandbox.testing import Sandbox
from tests.factories.invoices import post_invoice, reserve_on_invoice
from tests.factories.payments import Json, if_match, new_key, of_invoices, pay, store_bank_account, store_card
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal
from tests.payments.conftest import Books, BooksOf, SalesOf

PAYMENTS = "/v1/payments"
NOTHING_BESIDE = {"credited": 0, "deposit_applied": 0, "discounted": 0}
NOWHERE = "01a203df-4cdb-7211-83aa-039c753394aa"


async def invoice_of(portal: Portal, invoice_id: UUID) -> Json:
    invoice: Json = (await portal.get(f"/v1/invoices/{invoice_id}")).json()
    return invoice


class TestQuote:
    QUOTE = f"{PAYMENTS}/quote"

    async def quote(self, portal: Portal, *invoices: dict[str, Any], currency: str = "USD") -> httpx.Response:
        return await portal.post(self.QUOTE, json={"currency": currency, "pay": of_invoices(*invoices)})

    async def test_anonymous_is_refused(self, client: httpx.AsyncClient) -> None:
        assert (await client.post(self.QUOTE, json={})).status_code == 401

    async def test_another_accounts_invoice_is_not_found(
        self, services: Services, portal: Portal, stranger: Portal
    ) -> None:
        theirs = await post_invoice(services, stranger.account_id)
        response = await self.quote(portal, {"invoice_id": str(theirs)})
        assert (response.status_code, response.json()["code"]) == (404, "invoice_not_found")

    async def test_the_figures(self, services: Services, viewer: Portal) -> None:
        whole = await post_invoice(services, viewer.account_id, 10_000, number="A-1")
        part = await post_invoice(services, viewer.account_id, 20_000, number="A-2")
        await reserve_on_invoice(services, viewer.account_id, part, 5_000)
        response = await self.quote(viewer, {"invoice_id": str(whole)}, {"invoice_id": str(part), "amount": 700})
        assert response.status_code == 200
        body = response.json()
        assert (body["currency"], body["amount"]) == ("USD", 10_700)
        assert body["invoices"] == [
            {"invoice_id": str(whole), "number": "A-1", "amount_due": 10_000, "payable": 10_000, "amount": 10_000}
            | NOTHING_BESIDE,
            {"invoice_id": str(part), "number": "A-2", "amount_due": 20_000, "payable": 15_000, "amount": 700}
            | NOTHING_BESIDE,
        ]

    @pytest.mark.parametrize(("currency", "types"), [("USD", ["card", "us_bank_account"]), ("JPY", [])])
    async def test_a_quote_names_the_methods_that_can_pay(
        self, services: Services, portal: Portal, currency: str, types: list[str]
    ) -> None:
        invoice = await post_invoice(services, portal.account_id, currency=currency)
        body = (await self.quote(portal, {"invoice_id": str(invoice)}, currency=currency)).json()
        assert (body["can_be_paid"], body["payment_method_types"]) == (bool(types), types)
        reason = {"code": "currency_not_payable", "detail": "Invoices in JPY can't be paid online."}
        assert body["problem"] == (None if types else reason)

    async def test_the_version_stands_for_the_figures(self, services: Services, portal: Portal) -> None:
        one = {"invoice_id": str(await post_invoice(services, portal.account_id, 10_000))}
        other = {"invoice_id": str(await post_invoice(services, portal.account_id, 20_000))}
        versions = [
            (await self.quote(portal, *wanted)).json()["quote_version"]
            for wanted in ((one, other), (other, one), (one,), (one, other | {"amount": 1}))
        ]
        assert versions[0] == versions[1]
        assert len(set(versions)) == 3

    async def test_more_than_is_payable_is_refused(self, services: Services, portal: Portal) -> None:
        invoice = await post_invoice(services, portal.account_id, 10_000)
        response = await self.quote(portal, {"invoice_id": str(invoice), "amount": 10_001})
        assert (response.status_code, response.json()["code"]) == (409, "amount_exceeds_due")
        await reserve_on_invoice(services, portal.account_id, invoice, 10_000)
        response = await self.quote(portal, {"invoice_id": str(invoice)})
        assert (response.status_code, response.json()["code"]) == (409, "invoice_not_payable")
        assert response.json()["amount_pending"] == 10_000

    async def test_currencies_do_not_mix(self, services: Services, portal: Portal) -> None:
        invoice = await post_invoice(services, portal.account_id, currency="EUR")
        response = await self.quote(portal, {"invoice_id": str(invoice)})
        assert (response.status_code, response.json()["code"]) == (409, "other_currency")

    @pytest.mark.parametrize(
        ("invoices", "pointer"),
        [
            ([], "/pay/invoices"),
            ([{"invoice_id": NOWHERE}, {"invoice_id": NOWHERE}], "/pay/invoices"),
            ([{"invoice_id": str(uuid4())} for _ in range(101)], "/pay/invoices"),
            ([{"invoice_id": NOWHERE, "amount": 0}], "/pay/invoices/0/amount"),
            ([{"invoice_id": NOWHERE, "amount": "1"}], "/pay/invoices/0/amount"),
            ([{"invoice_id": NOWHERE, "amount": 1.5}], "/pay/invoices/0/amount"),
            ([{"invoice_id": NOWHERE, "discount": 5}], "/pay/invoices/0/discount"),
        ],
    )
    async def test_wrong_fields(self, portal: Portal, invoices: list[dict[str, Any]], pointer: str) -> None:
        response = await self.quote(portal, *invoices)
        assert response.status_code == 422
        assert [error["pointer"] for error in response.json()["errors"]] == [pointer]


class TestCreate:
    async def test_anonymous_is_refused(self, client: httpx.AsyncClient) -> None:
        assert (await client.post(PAYMENTS, json={})).status_code == 401

    async def test_a_viewer_may_not(self, viewer: Portal) -> None:
        assert (await viewer.post(PAYMENTS, json={}, headers=new_key())).status_code == 403

    async def test_a_key_is_needed(self, services: Services, portal: Portal, card: Json) -> None:
        invoice = await post_invoice(services, portal.account_id)
        response = await pay(portal, card, invoice, key={"X-No": "key"})
        assert (response.status_code, response.json()["code"]) == (400, "bad_idempotency_key")

    async def test_another_accounts_invoice_or_method_is_not_found(
        self, services: Services, portal: Portal, stranger: Portal, card: Json
    ) -> None:
        theirs, ours = [await post_invoice(services, one.account_id) for one in (stranger, portal)]
        their_card = await store_card(stranger)
        response = await pay(portal, card, theirs)
        assert (response.status_code, response.json()["code"]) == (404, "invoice_not_found")
        response = await pay(portal, their_card, ours)
        assert (response.status_code, response.json()["code"]) == (404, "payment_method_not_found")

    async def test_a_card_pays_an_invoice(
        self,
        services: Services,
        payer: Portal,
        card: Json,
        books_of: BooksOf,
        sales_of: SalesOf,
    ) -> None:
        invoice = await post_invoice(services, payer.account_id, 12_345, number="A-1")
        response = await pay(payer, card, invoice)
        assert response.status_code == 201
        payment = response.json()
        assert (payment["status"], payment["amount"], payment["number"]) == ("succeeded", 12_345, "PMT-000001")
        assert (payment["type"], payment["brand"], payment["last4"]) == ("card", "Visa", "1881")
        assert payment["allocations"] == [
            {"invoice_id": str(invoice), "invoice_number": "A-1", "amount": 12_345} | NOTHING_BESIDE,
        ]
        assert (await payer.get(response.headers["Location"])).json() == payment
        paid = await invoice_of(payer, invoice)
        assert (paid["payment_status"], paid["paid"], paid["amount_due"], paid["amount_pending"]) == (
            "paid",
            12_345,
            0,
            0,
        )
        assert paid["applications"][0]["source_id"] == payment["id"]
        assert await books_of(payer.account_id) == Books(receivable=0, customer_credit=0, pending=0, cash=12_345)
        (sale,) = await sales_of(payer.account_id)
        assert (sale["amount"], sale["status"]) == ("123.45", "submitted_for_settlement")

    async def test_one_charge_for_several_invoices_and_parts(
        self, services: Services, portal: Portal, card: Json, books_of: BooksOf, sales_of: SalesOf
    ) -> None:
        whole = await post_invoice(services, portal.account_id, 10_000)
        part = await post_invoice(services, portal.account_id, 20_000)
        response = await pay(portal, card, whole, (part, 5_000))
        assert response.json()["amount"] == 15_000
        assert (await invoice_of(portal, part))["payment_status"] == "partial"
        assert [sale["amount"] for sale in await sales_of(portal.account_id)] == ["150.00"]
        assert (await books_of(portal.account_id)).receivable == 15_000

    async def test_numbers_count_on(self, services: Services, portal: Portal, card: Json) -> None:
        numbers = []
        for _ in range(3):
            invoice = await post_invoice(services, portal.account_id, 100)
            numbers.append((await pay(portal, card, invoice)).json()["number"])
        assert numbers == ["PMT-000001", "PMT-000002", "PMT-000003"]

    @pytest.mark.parametrize(
        ("amount", "code", "retry_may_help"),
        [
            (200_000, "2000", True),
            (200_400, "2004", False),
            (300_000, "3000", True),
            (500_100, "gateway_rejected", False),
        ],
    )
    async def test_a_declined_payment_is_a_402_and_gives_everything_back(
        self,
        services: Services,
        portal: Portal,
        card: Json,
        books_of: BooksOf,
        amount: int,
        code: str,
        retry_may_help: bool,
    ) -> None:
        invoice = await post_invoice(services, portal.account_id, amount)
        response = await pay(portal, card, invoice)
        assert response.status_code == 402
        problem = response.json()
        assert (problem["code"], problem["decline_code"]) == ("payment_declined", code)
        assert problem["retry_may_help"] is retry_may_help
        payment = (await portal.get(f"{PAYMENTS}/{problem['payment_id']}")).json()
        assert payment["status"] == "declined"
        known = decline_code(code)
        assert payment["decline"] == {
            "code": code,
            "text": problem["decline_text"],
            "reason": known.reason,
            "message": known.message,
            "retry_may_help": retry_may_help,
        }
        assert (await invoice_of(portal, invoice))["amount_pending"] == 0
        assert await books_of(portal.account_id) == Books(receivable=amount, customer_credit=0, pending=0, cash=0)
        removed = await portal.delete(f"/v1/payment-methods/{card['id']}", headers=if_match(card))
        assert removed.status_code == 200

    async def test_a_method_that_the_gateway_has_lost_is_declined_for_good(
        self, services: Services, portal: Portal, card: Json, sales_of: SalesOf, sandbox: Sandbox
    ) -> None:
        first = await post_invoice(services, portal.account_id, 100)
        await pay(portal, card, first)
        (sale,) = await sales_of(portal.account_id)
        sandbox.gateway().payment_method.delete(sale["payment_method_token"])
        response = await pay(portal, card, await post_invoice(services, portal.account_id, 100))
        assert (response.status_code, response.json()["decline_code"]) == (402, "91518")
        assert response.json()["retry_may_help"] is False

    async def test_a_bank_account_pays_in_days(
        self, services: Services, portal: Portal, books_of: BooksOf, sales_of: SalesOf
    ) -> None:
        account = await store_bank_account(portal)
        invoice = await post_invoice(services, portal.account_id, 10_000)
        response = await pay(portal, account, (invoice, 4_000))
        assert (response.status_code, response.json()["status"]) == (201, "processing")
        pending = await invoice_of(portal, invoice)
        assert (pending["payment_status"], pending["amount_due"], pending["amount_pending"]) == (
            "processing",
            10_000,
            4_000,
        )
        assert await books_of(portal.account_id) == Books(receivable=10_000, customer_credit=0, pending=4_000, cash=0)
        assert [sale["status"] for sale in await sales_of(portal.account_id)] == ["settlement_pending"]
        refused = await portal.delete(f"/v1/payment-methods/{account['id']}", headers=if_match(account))
        assert (refused.status_code, refused.json()["used_by"]) == (409, ["payment"])
        refused = await pay(portal, account, (invoice, 6_001))
        assert (refused.status_code, refused.json()["payable"]) == (409, 6_000)

    async def test_a_bank_account_that_is_not_verified_can_not_pay(
        self, services: Services, portal: Portal, sandbox: Sandbox
    ) -> None:
        account = await store_bank_account(portal, sandbox.bank_nonce("1000000001"))
        response = await pay(portal, account, await post_invoice(services, portal.account_id))
        assert (response.status_code, response.json()["code"]) == (409, "payment_method_not_verified")

    async def test_a_currency_without_a_merchant_account_is_not_payable(
        self, services: Services, portal: Portal, card: Json
    ) -> None:
        invoice = await post_invoice(services, portal.account_id, currency="JPY")
        response = await pay(portal, card, invoice, currency="JPY")
        assert (response.status_code, response.json()["code"]) == (409, "currency_not_payable")

    async def test_more_than_is_payable_is_refused(
        self, services: Services, portal: Portal, card: Json, sales_of: SalesOf
    ) -> None:
        invoice = await post_invoice(services, portal.account_id, 10_000)
        assert (await pay(portal, card, (invoice, 10_001))).status_code == 409
        assert (await pay(portal, card, invoice)).status_code == 201
        again = await pay(portal, card, invoice)
        assert (again.status_code, again.json()["code"]) == (409, "invoice_not_payable")
        assert len(await sales_of(portal.account_id)) == 1

    async def test_a_refused_request_leaves_nothing_and_its_key_is_free(
        self, services: Services, portal: Portal, card: Json
    ) -> None:
        invoice, key = await post_invoice(services, portal.account_id, 10_000), new_key()
        assert (await pay(portal, card, (invoice, 10_001), key=key)).status_code == 409
        assert (await portal.get(PAYMENTS)).json()["data"] == []
        assert (await pay(portal, card, invoice, key=key)).status_code == 201

    async def test_only_a_quote_that_is_still_true_is_paid(
        self, services: Services, portal: Portal, card: Json
    ) -> None:
        invoice = await post_invoice(services, portal.account_id, 10_000)
        wanted = {"currency": "USD", "pay": of_invoices({"invoice_id": str(invoice)})}
        quote = (await portal.post(f"{PAYMENTS}/quote", json=wanted)).json()
        await pay(portal, card, (invoice, 1_000))
        stale = await pay(portal, card, invoice, quote_version=quote["quote_version"])
        assert (stale.status_code, stale.json()["code"]) == (409, "quote_stale")
        fresh = stale.json()["quote"]
        assert fresh == (await portal.post(f"{PAYMENTS}/quote", json=wanted)).json()
        assert (await pay(portal, card, invoice, quote_version=fresh["quote_version"])).status_code == 201


class TestRepeated:
    @pytest.mark.parametrize("amount", [10_000, 200_100], ids=["paid", "declined"])
    async def test_a_repeat_gets_the_same_response_and_charges_once(
        self, services: Services, portal: Portal, card: Json, sales_of: SalesOf, amount: int
    ) -> None:
        invoice, key = await post_invoice(services, portal.account_id, amount), new_key()
        first = await pay(portal, card, invoice, key=key)
        again = await pay(portal, card, invoice, key=key)
        assert (again.status_code, again.content) == (first.status_code, first.content)
        assert again.headers["Content-Type"] == first.headers["Content-Type"]
        assert "Idempotent-Replayed" not in first.headers
        assert again.headers["Idempotent-Replayed"] == "true"
        assert len(await sales_of(portal.account_id)) == 1

    async def test_the_same_key_for_something_else_is_refused(
        self, services: Services, portal: Portal, card: Json
    ) -> None:
        invoice, key = await post_invoice(services, portal.account_id, 10_000), new_key()
        await pay(portal, card, (invoice, 1_000), key=key)
        response = await pay(portal, card, (invoice, 2_000), key=key)
        assert (response.status_code, response.json()["code"]) == (422, "idempotency_key_reused")

    async def test_fifty_at_once_with_one_key_make_one_sale(
        self, services: Services, portal: Portal, card: Json, sales_of: SalesOf
    ) -> None:
        invoice, key = await post_invoice(services, portal.account_id, 10_000), new_key()
        responses = await asyncio.gather(*(pay(portal, card, invoice, key=key) for _ in range(50)))
        paid = [response for response in responses if response.status_code == 201]
        rest = [response for response in responses if response.status_code != 201]
        assert len({response.content for response in paid}) == 1
        assert {(response.status_code, response.json()["code"]) for response in rest} <= {(409, "request_in_flight")}
        assert all(int(response.headers["Retry-After"]) >= 1 for response in rest)
        assert (await pay(portal, card, invoice, key=key)).content == paid[0].content
        assert len(await sales_of(portal.account_id)) == 1

    async def test_fifty_at_once_with_different_keys_make_one_sale(
        self, services: Services, portal: Portal, card: Json, sales_of: SalesOf, books_of: BooksOf
    ) -> None:
        invoice = await post_invoice(services, portal.account_id, 10_000)
        responses = await asyncio.gather(*(pay(portal, card, invoice) for _ in range(50)))
        statuses = sorted(response.status_code for response in responses)
        assert statuses == [201] + [409] * 49
        assert len(await sales_of(portal.account_id)) == 1
        assert await books_of(portal.account_id) == Books(receivable=0, customer_credit=0, pending=0, cash=10_000)


class TestList:
    async def test_anonymous_is_refused(self, client: httpx.AsyncClient) -> None:
        assert (await client.get(PAYMENTS)).status_code == 401

    async def test_another_accounts_payments_are_not_listed(
        self, services: Services, portal: Portal, stranger: Portal, card: Json
    ) -> None:
        await pay(portal, card, await post_invoice(services, portal.account_id))
        assert (await stranger.get(PAYMENTS)).json()["data"] == []

    async def test_newest_first_by_pages_and_by_status(self, services: Services, portal: Portal, card: Json) -> None:
        made = []
        for amount in (100, 200_000, 300):
            response = (await pay(portal, card, await post_invoice(services, portal.account_id, amount))).json()
            made.append(response.get("id") or response["payment_id"])
        first = (await portal.get(f"{PAYMENTS}?limit=2")).json()
        second = (await portal.get(f"{PAYMENTS}?limit=2&cursor={first['next_cursor']}")).json()
        assert [payment["id"] for page in (first, second) for payment in page["data"]] == made[::-1]
        declined = (await portal.get(f"{PAYMENTS}?status=declined")).json()["data"]
        assert [payment["id"] for payment in declined] == [made[1]]
        assert (await portal.get(f"{PAYMENTS}?status=lost")).status_code == 422


class TestGet:
    async def test_anonymous_is_refused(self, client: httpx.AsyncClient) -> None:
        assert (await client.get(f"{PAYMENTS}/{NOWHERE}")).status_code == 401

    async def test_another_accounts_payment_is_not_found(
        self, services: Services, portal: Portal, stranger: Portal, card: Json
    ) -> None:
        payment = (await pay(portal, card, await post_invoice(services, portal.account_id))).json()
        assert (await stranger.get(f"{PAYMENTS}/{payment['id']}")).status_code == 404

    async def test_a_viewer_reads_it(self, services: Services, viewer: Portal, portal: Portal, card: Json) -> None:
        payment = (await pay(portal, card, await post_invoice(services, portal.account_id))).json()
        assert (await viewer.get(f"{PAYMENTS}/{payment['id']}")).json() == payment
