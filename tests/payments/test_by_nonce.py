"""Paying with a card or bank account that is not stored: by its nonce."""

import asyncio
from typing import Any
from uuid import UUID

import httpx
import pytest
from braintree.test.nonces import Nonces

from braintree_sandbox.testing import Sandbox
from tests.factories.addresses import add_address
from tests.factories.credits import post_credit_memo
from tests.factories.invoices import post_invoice
from tests.factories.payments import MANDATE, Json, new_key, of_invoices, store_card
from tests.factories.sessions import audit_of
from tests.fixtures.holding import holding
from tests.fixtures.later import Later
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal
from tests.payments.buying import AUTOMATIC
from tests.payments.conftest import Books, BooksOf, SalesOf

EVERYTHING = 1_000
SALES = {"method": "POST", "path": "/transactions$"}


async def pay(
    portal: Portal, invoice: UUID, method: Json, key: dict[str, str] | None = None, **fields: Any
) -> httpx.Response:
    """The response to a payment of one invoice by a nonce."""
    body = {
        "currency": "USD",
        "pay": of_invoices({"invoice_id": str(invoice)}),
        "payment_method": {"type": "card", **method},
        **fields,
    }
    return await portal.post("/v1/payments", json=body, headers=key or new_key())


async def stored(portal: Portal) -> list[Json]:
    methods: list[Json] = (await portal.get("/v1/payment-methods")).json()["data"]
    return methods


async def rows_of(sql: Sql, portal: Portal) -> list[tuple[str, Any]]:
    """The states and next checks of the account's methods, those that were never shown too."""
    rows = await sql.fetch(
        "SELECT status, next_check_at IS NOT NULL FROM payment_methods WHERE account_id = $1 ORDER BY id",
        portal.account_id,
    )
    return [tuple(row) for row in rows]


async def customer_of(sql: Sql, portal: Portal) -> str:
    """The account's customer at the gateway."""
    found: str = await sql.fetchval(
        "SELECT customer_id FROM gateway_customers WHERE account_id = $1", portal.account_id
    )
    return found


class TestOnce:
    async def test_a_card_pays_and_is_not_stored(
        self, portal: Portal, invoice: UUID, sandbox: Sandbox, books_of: BooksOf, sql: Sql, sales_of: SalesOf
    ) -> None:
        response = await pay(portal, invoice, {"nonce": sandbox.card_nonce()})
        paid = response.json()
        assert (response.status_code, paid["status"], paid["type"]) == (201, "succeeded", "card")
        assert (paid["payment_method_id"], paid["brand"], paid["last4"]) == (None, "Visa", "1111")
        assert (await rows_of(sql, portal), await stored(portal)) == ([], [])
        assert await books_of(portal.account_id) == Books(receivable=0, customer_credit=0, pending=0, cash=10_000)
        (sale,) = await sales_of(portal.account_id)
        assert (sale["order_id"], sale["payment_method_token"]) == (paid["id"], None)

    async def test_a_billing_address_is_checked_with_the_bank(
        self, portal: Portal, invoice: UUID, sandbox: Sandbox, sales_of: SalesOf
    ) -> None:
        address = await add_address(portal, line1="5 Old Street")
        nonce = sandbox.card_nonce()
        assert (await pay(portal, invoice, {"nonce": nonce, "billing_address_id": address["id"]})).status_code == 201
        (sale,) = await sales_of(portal.account_id)
        assert sandbox.gateway().transaction.find(sale["id"]).billing_details.street_address == "5 Old Street"

    async def test_an_address_that_does_not_fit_is_an_error_of_its_field(
        self, portal: Portal, invoice: UUID, sandbox: Sandbox
    ) -> None:
        address = {"recipient": "Pat", "line1": "1 E Main St", "city": "Chicago", "region": "Atlantis", "country": "US"}
        refused = await pay(portal, invoice, {"nonce": sandbox.card_nonce(), "billing_address": address})
        pointers = {error["pointer"] for error in refused.json()["errors"]}
        assert refused.status_code == 422
        assert "/payment_method/billing_address/region" in pointers

    async def test_a_repeat_gets_the_same_response_though_the_nonce_is_used(
        self, portal: Portal, invoice: UUID, sandbox: Sandbox, sales_of: SalesOf
    ) -> None:
        key, method = new_key(), {"nonce": sandbox.card_nonce(), "store": True}
        first = await pay(portal, invoice, method, key)
        again = await pay(portal, invoice, method, key)
        assert (again.status_code, again.content) == (first.status_code, first.content)
        assert again.headers["Idempotent-Replayed"] == "true"
        assert len(await sales_of(portal.account_id)) == 1

    async def test_a_declined_card_is_a_402_and_nothing_is_stored(
        self, portal: Portal, services: Services, sandbox: Sandbox, sql: Sql
    ) -> None:
        invoice = await post_invoice(services, portal.account_id, 200_000)
        refused = await pay(portal, invoice, {"nonce": sandbox.card_nonce(), "store": True})
        assert (refused.status_code, refused.json()["decline_code"]) == (402, "2000")
        assert await rows_of(sql, portal) == [("refused", False)]
        assert await stored(portal) == []

    async def test_a_nonce_that_is_not_needed_stays_good(
        self, portal: Portal, services: Services, invoice: UUID, sandbox: Sandbox
    ) -> None:
        """A credit pays all of it."""
        await post_credit_memo(services, portal.account_id, 10_000)
        nonce = sandbox.card_nonce()
        paid = await pay(portal, invoice, {"nonce": nonce}, credits=AUTOMATIC)
        assert (paid.status_code, paid.json()["type"]) == (201, "credit")
        assert (await store_card(portal, nonce))["status"] == "active"


class TestStored:
    async def test_the_card_is_stored_with_its_first_payment(
        self, portal: Portal, services: Services, invoice: UUID, sandbox: Sandbox, sql: Sql
    ) -> None:
        nonce = sandbox.card_nonce(cardholder_name="Pat Example")
        paid = (await pay(portal, invoice, {"nonce": nonce, "store": True})).json()
        (card,) = await stored(portal)
        assert (card["id"], card["default"], card["status"]) == (paid["payment_method_id"], True, "active")
        assert card["card"]["cardholder_name"] == "Pat Example"
        more = await post_invoice(services, portal.account_id, 5_000)
        body = {
            "currency": "USD",
            "pay": of_invoices({"invoice_id": str(more)}),
            "payment_method_id": card["id"],
        }
        assert (await portal.post("/v1/payments", json=body, headers=new_key())).status_code == 201
        assert await rows_of(sql, portal) == [("active", True)]

    async def test_a_card_that_is_stored_already_is_brought_up_to_date(
        self, portal: Portal, invoice: UUID, sandbox: Sandbox, later: Later, sql: Sql
    ) -> None:
        """Its row of the payment is given up, and the copy at the gateway is removed."""
        old = await store_card(portal, sandbox.card_nonce())
        nonce = sandbox.card_nonce(expiration_date="11/2031")
        paid = (await pay(portal, invoice, {"nonce": nonce, "store": True})).json()
        (card,) = await stored(portal)
        assert (paid["payment_method_id"], card["id"]) == (old["id"], old["id"])
        assert (card["card"]["expiration_month"], card["card"]["expiration_year"]) == (11, 2031)
        later.clock.forward(minutes=10)
        await later.services.check_methods.check_due(EVERYTHING)
        assert await rows_of(sql, portal) == [("active", True), ("refused", False)]
        customer = await customer_of(sql, portal)
        assert len(sandbox.gateway().customer.find(customer).payment_methods) == 1

    async def test_a_customer_that_was_removed_at_the_gateway_is_made_again(
        self, portal: Portal, stranger: Portal, invoice: UUID, sandbox: Sandbox, sql: Sql
    ) -> None:
        """At a gateway that knows other customers, that is: else its keys may be another merchant's."""
        await store_card(portal)
        await store_card(stranger)
        sandbox.gateway().customer.delete(await customer_of(sql, portal))
        assert (await pay(portal, invoice, {"nonce": sandbox.card_nonce(), "store": True})).status_code == 201


class TestLost:
    """The response of a sale by a nonce is lost: its outcome and its card are found by the order id."""

    async def test_the_sale_and_its_card_are_found(
        self, portal: Portal, invoice: UUID, sandbox: Sandbox, later: Later, books_of: BooksOf, sql: Sql
    ) -> None:
        nonce = sandbox.card_nonce()
        sandbox.fault("drop", commit=True, match={**SALES, "body": nonce})
        lost = await pay(portal, invoice, {"nonce": nonce, "store": True})
        assert (lost.status_code, lost.json()["payment_method_id"]) == (202, None)
        assert (await rows_of(sql, portal), await stored(portal)) == ([("vaulting", False)], [])
        later.clock.forward(minutes=6)
        found = await later.services.payment_checks.resolve(portal.account_id, UUID(lost.json()["id"]))
        (card,) = await stored(portal)
        assert (found.status, found.payment_method_id) == ("succeeded", UUID(card["id"]))
        assert await books_of(portal.account_id) == Books(receivable=0, customer_credit=0, pending=0, cash=10_000)

    async def test_a_sale_that_was_never_made_stores_nothing(
        self, portal: Portal, invoice: UUID, sandbox: Sandbox, later: Later, sql: Sql, card: Json
    ) -> None:
        nonce = sandbox.card_nonce("5555555555554444")
        sandbox.fault("drop", match={**SALES, "body": nonce})
        lost = await pay(portal, invoice, {"nonce": nonce, "store": True})
        assert lost.status_code == 202
        for _ in range(2):
            later.clock.forward(minutes=6)
            ended = await later.services.payment_checks.resolve(portal.account_id, UUID(lost.json()["id"]))
        assert ended.status == "failed"
        assert await rows_of(sql, portal) == [("active", True), ("refused", False)]

    async def test_a_late_sale_pays_and_its_card_is_not_kept(
        self, portal: Portal, invoice: UUID, sandbox: Sandbox, later: Later, sql: Sql, card: Json
    ) -> None:
        """The payment had been called failed, and with it its card."""
        nonce = sandbox.card_nonce("5555555555554444")
        sandbox.fault("drop", match={**SALES, "body": nonce})
        lost = await pay(portal, invoice, {"nonce": nonce, "store": True})
        payment_id = UUID(lost.json()["id"])
        for _ in range(2):
            later.clock.forward(minutes=6)
            await later.services.payment_checks.resolve(portal.account_id, payment_id)
        token = await sql.fetchval("SELECT method_token FROM payments WHERE id = $1", payment_id)
        customer = await customer_of(sql, portal)
        sandbox.gateway().transaction.sale(
            {
                "amount": "100.00",
                "payment_method_nonce": nonce,
                "order_id": str(payment_id),
                "customer_id": customer,
                "credit_card": {"token": token},
                "options": {"submit_for_settlement": True, "store_in_vault_on_success": True},
            }
        )
        later.clock.forward(hours=2)
        found = await later.services.payment_checks.resolve(portal.account_id, payment_id)
        assert (found.status, found.payment_method_id) == ("succeeded", None)
        await later.services.check_methods.check_due(EVERYTHING)
        assert await rows_of(sql, portal) == [("active", True), ("refused", False)]
        assert len(sandbox.gateway().customer.find(customer).payment_methods) == 1

    async def test_a_nonce_that_its_own_order_has_used_is_looked_up(
        self, portal: Portal, invoice: UUID, sandbox: Sandbox, sql: Sql
    ) -> None:
        """Something on the way sends the request twice: the second one finds the nonce used, and the sale made."""
        nonce = sandbox.card_nonce()
        async with holding(sandbox, method="POST", path="/transactions$", body=nonce) as held:
            request = asyncio.ensure_future(pay(portal, invoice, {"nonce": nonce}))
            await held.by(request)
            payment_id = await sql.fetchval("SELECT id FROM payments WHERE account_id = $1", portal.account_id)
            sale = {"amount": "100.00", "payment_method_nonce": nonce, "order_id": str(payment_id)}
            made = sandbox.gateway().transaction.sale({**sale, "options": {"submit_for_settlement": True}}).transaction
            await held.release()
            paid = await request
        assert (paid.status_code, paid.json()["status"]) == (201, "succeeded")
        kept = await sql.fetchval("SELECT gateway_transaction_id FROM payments WHERE id = $1", payment_id)
        assert kept == made.id

    async def test_a_nonce_that_another_order_has_used_is_a_decline_at_once(
        self, portal: Portal, invoice: UUID, sandbox: Sandbox, sql: Sql
    ) -> None:
        """The gateway has refused it for good; should the search have missed a charge, a later check finds that."""
        nonce = sandbox.card_nonce()
        async with holding(sandbox, method="POST", path="/transactions$", body=nonce) as held:
            request = asyncio.ensure_future(pay(portal, invoice, {"nonce": nonce}))
            await held.by(request)
            sandbox.gateway().transaction.sale({"amount": "1.00", "payment_method_nonce": nonce})
            await held.release()
            refused = await request
        problem = refused.json()
        assert (refused.status_code, problem["code"], problem["decline_code"]) == (402, "payment_declined", "91564")
        assert problem["decline_reason"] == "duplicate"
        assert (await portal.get(f"/v1/invoices/{invoice}")).json()["amount_pending"] == 0
        payment_id = UUID(problem["payment_id"])
        kept = await sql.fetchrow("SELECT state, next_check_at > now() FROM payments WHERE id = $1", payment_id)
        assert kept is not None
        assert tuple(kept) == ("declined", True)

    async def test_a_charge_that_the_search_had_missed_is_taken_late(
        self, portal: Portal, invoice: UUID, sandbox: Sandbox, services: Services
    ) -> None:
        nonce = sandbox.card_nonce()
        async with holding(sandbox, method="POST", path="/transactions$", body=nonce) as held:
            request = asyncio.ensure_future(pay(portal, invoice, {"nonce": nonce}))
            await held.by(request)
            sandbox.gateway().transaction.sale({"amount": "1.00", "payment_method_nonce": nonce})
            await held.release()
            payment_id = UUID((await request).json()["payment_id"])
        sale = {"amount": "100.00", "payment_method_nonce": sandbox.card_nonce(), "order_id": str(payment_id)}
        assert sandbox.gateway().transaction.sale({**sale, "options": {"submit_for_settlement": True}}).is_success
        found = await services.payment_checks.resolve(portal.account_id, payment_id)
        assert found.status == "succeeded"

    async def test_one_nonce_in_many_requests_at_once_pays_once(
        self, portal: Portal, services: Services, sandbox: Sandbox, sql: Sql
    ) -> None:
        """None of the others stays unknown: the gateway says clearly that they charge nothing."""
        nonce, invoices = sandbox.card_nonce(), [await post_invoice(services, portal.account_id) for _ in range(6)]
        responses = await asyncio.gather(*(pay(portal, invoice, {"nonce": nonce}) for invoice in invoices))
        codes = sorted(response.status_code for response in responses)
        assert codes[0] == 201
        assert set(codes[1:]) <= {402, 422}
        states = await sql.fetch("SELECT state FROM payments WHERE account_id = $1", portal.account_id)
        assert {row["state"] for row in states} <= {"succeeded", "declined"}

    async def test_without_a_gateway_nothing_is_written_and_the_key_is_free(
        self, portal: Portal, invoice: UUID, sandbox: Sandbox, sql: Sql
    ) -> None:
        nonce, key = sandbox.card_nonce(), new_key()
        sandbox.fault("status", status=503, match={"path": nonce})
        refused = await pay(portal, invoice, {"nonce": nonce}, key)
        assert (refused.status_code, refused.json()["code"]) == (503, "gateway_unavailable")
        assert await sql.fetchval("SELECT count(*) FROM payments WHERE account_id = $1", portal.account_id) == 0
        assert (await pay(portal, invoice, {"nonce": nonce}, key)).status_code == 201


class TestRefused:
    @pytest.mark.parametrize(
        ("method", "code"),
        [
            ({"nonce": "never-made"}, "unknown_nonce"),
            ({"nonce": "fake-consumed-nonce"}, "unknown_nonce"),
            ({"nonce": "fake-us-bank-account-nonce"}, "not_a_card"),
            ({"nonce": "fake-paypal-future-nonce"}, "not_a_card"),
            ({"type": "us_bank_account", "nonce": "fake-valid-nonce", "mandate": MANDATE}, "not_a_bank_account"),
        ],
    )
    async def test_a_nonce_of_no_use_is_an_invalid_field(
        self, portal: Portal, invoice: UUID, sql: Sql, method: Json, code: str
    ) -> None:
        refused = await pay(portal, invoice, method)
        [error] = refused.json()["errors"]
        assert (refused.status_code, error["pointer"], error["code"]) == (422, "/payment_method/nonce", code)
        assert await sql.fetchval("SELECT count(*) FROM payments WHERE account_id = $1", portal.account_id) == 0

    async def test_a_stored_method_and_a_nonce_are_one_too_many(
        self, portal: Portal, invoice: UUID, card: Json
    ) -> None:
        refused = await pay(portal, invoice, {"nonce": "fake-valid-nonce"}, payment_method_id=card["id"])
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/payment_method")

    async def test_a_nonce_can_not_pay_on_a_later_day(self, portal: Portal, invoice: UUID) -> None:
        refused = await pay(portal, invoice, {"nonce": "fake-valid-nonce"}, scheduled_on="2099-01-01")
        assert [error["code"] for error in refused.json()["errors"]] == ["not_for_later"]

    async def test_a_3d_secure_nonce_goes_with_a_stored_card(self, portal: Portal, invoice: UUID) -> None:
        refused = await pay(portal, invoice, {"nonce": "fake-valid-nonce"}, three_d_secure_nonce="fake-valid-nonce")
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/three_d_secure_nonce")

    async def test_a_currency_without_a_merchant_account_is_a_409(self, portal: Portal, services: Services) -> None:
        invoice = await post_invoice(services, portal.account_id, 10_000, currency="CAD")
        refused = await pay(portal, invoice, {"nonce": "fake-valid-nonce"}, currency="CAD")
        assert (refused.status_code, refused.json()["code"]) == (409, "currency_not_payable")


class TestBankAccounts:
    async def test_one_pays_once_with_its_mandate(
        self, portal: Portal, invoice: UUID, sandbox: Sandbox, sales_of: SalesOf, services: Services
    ) -> None:
        """Where the vendor is exempt from verifying accounts."""
        method = {"type": "us_bank_account", "nonce": sandbox.bank_nonce(), "mandate": MANDATE}
        paid = (await pay(portal, invoice, method)).json()
        assert (paid["status"], paid["type"], paid["last4"]) == ("processing", "us_bank_account", "0000")
        (sale,) = await sales_of(portal.account_id)
        mandate = sandbox.gateway().transaction.find(sale["id"]).us_bank_account.ach_mandate
        assert mandate.text == MANDATE["text"]
        [kept] = await audit_of(services, portal.account_id, "payment.mandate_accepted")
        assert kept.detail == {"text": MANDATE["text"], "accepted_at": "2026-11-02T09:30:00+00:00"}

    async def test_a_mandate_from_the_future_is_refused(self, portal: Portal, invoice: UUID) -> None:
        mandate = MANDATE | {"accepted_at": "2099-01-01T00:00:00Z"}
        method = {"type": "us_bank_account", "nonce": "fake-us-bank-account-nonce", "mandate": mandate}
        [error] = (await pay(portal, invoice, method)).json()["errors"]
        assert error["pointer"] == "/payment_method/mandate/accepted_at"

    async def test_one_that_must_be_verified_first_says_so(
        self, portal: Portal, invoice: UUID, sandbox: Sandbox
    ) -> None:
        """For a vendor who is not exempt from verifying accounts."""
        method = {"type": "us_bank_account", "nonce": sandbox.bank_nonce(), "mandate": MANDATE}
        rules = "/merchants/integration_merchant_id/rules"
        sandbox.control("PUT", rules, {"ach_exempt": False})
        try:
            refused = await pay(portal, invoice, method, key := new_key())
        finally:
            sandbox.control("PUT", rules, {"ach_exempt": True})
        assert (refused.status_code, refused.json()["code"]) == (402, "bank_account_unverified")
        assert (await pay(portal, invoice, method, key)).json()["code"] == "bank_account_unverified"
        paid = await portal.get(f"/v1/payments/{refused.json()['payment_id']}")
        assert (paid.json()["status"], paid.json()["decline"]["code"]) == ("declined", "915171")


async def test_a_card_without_3d_secure_shows_none_and_one_with_it_shows_its_result(
    portal: Portal, services: Services
) -> None:
    """Also for a vendor who does not ask for it: the gateway passes on what a nonce knows."""
    plain = await post_invoice(services, portal.account_id, 1_000)
    authenticated = await post_invoice(services, portal.account_id, 2_000)
    assert (await pay(portal, plain, {"nonce": "fake-valid-nonce"})).json()["three_d_secure"] is None
    nonce = Nonces.ThreeDSecureVisaFullAuthentication
    paid = (await pay(portal, authenticated, {"nonce": nonce})).json()
    assert paid["three_d_secure"] == {"status": "authenticate_successful", "liability_shifted": True}
    assert (await portal.get(f"/v1/payments/{paid['id']}")).json()["three_d_secure"] == paid["three_d_secure"]


async def test_no_nonce_is_kept(portal: Portal, invoice: UUID, sandbox: Sandbox, sql: Sql) -> None:
    """Neither in a payment, a key, an event nor an audit entry."""
    nonce = sandbox.card_nonce()
    assert (
        await pay(portal, invoice, {"nonce": nonce, "store": True}, device_data="of-this-device")
    ).status_code == 201
    for table in ("payments", "payment_methods", "idempotency_keys", "outbox_events", "audit_log", "gateway_orders"):
        rows = await sql.fetch(
            f"SELECT to_jsonb(t)::text AS row FROM {table} t WHERE account_id = $1", portal.account_id
        )
        assert rows
        assert not [row for row in rows if nonce in row["row"] or "of-this-device" in row["row"]]
