"""Payments whose request did not reach the gateway."""

from uuid import UUID

import pytest

from billing_api.config import Settings
from billing_api.payments.errors import PaymentNotSentError
from braintree_sandbox.testing import Sandbox
from tests.factories.payments import Json, new_key, pay
from tests.fixtures.queries import Sql
from tests.fixtures.services import open_services
from tests.fixtures.signed_in import Portal
from tests.payments.conftest import Books, BooksOf, SalesOf, order_of, request_of

PAYMENTS = "/v1/payments"


class TestNothingSent:
    async def test_a_gateway_that_refuses_a_request_leaves_the_key_free(
        self,
        portal: Portal,
        sandbox: Sandbox,
        card: Json,
        token: str,
        invoice: UUID,
        books_of: BooksOf,
        sales_of: SalesOf,
    ) -> None:
        fault = sandbox.fault("status", status=429, match={"path": "^/transactions$", "body": token})
        key = new_key()
        response = await pay(portal, card, invoice, key=key)
        assert (response.status_code, response.json()["code"]) == (503, "payment_not_sent")
        assert response.headers["Retry-After"] == "5"
        payment = (await portal.get(f"{PAYMENTS}/{response.json()['payment_id']}")).json()
        assert payment["status"] == "failed"
        assert await books_of(portal.account_id) == Books(receivable=10_000, customer_credit=0, pending=0, cash=0)
        assert sandbox.hits(fault) == 1
        again = await pay(portal, card, invoice, key=key)  # an ordinary retry
        assert again.status_code == 201
        assert "Idempotent-Replayed" not in again.headers
        replay = await pay(portal, card, invoice, key=key)
        assert replay.content == again.content
        for name in ("Location", "ETag"):
            assert replay.headers[name] == again.headers[name]
        assert len(await sales_of(portal.account_id)) == 1

    async def test_an_unreachable_gateway_is_a_payment_that_was_not_sent(
        self, settings: Settings, portal: Portal, card: Json, invoice: UUID, unused_port: int
    ) -> None:
        unreachable = settings.model_copy(update={"gateway_port": unused_port})
        async with open_services(unreachable) as services:
            with pytest.raises(PaymentNotSentError):
                await services.payments.pay(portal.account_id, order_of(card, invoice), request_of())


async def test_a_suspended_merchant_account_is_no_decline_of_the_card(
    settings: Settings, portal: Portal, card: Json, invoice: UUID, sql: Sql
) -> None:
    """It would switch off the autopay of every customer, and say that their cards are bad."""
    suspended = settings.model_copy(update={"gateway_merchant_accounts": {"USD": "suspended_account"}})
    async with open_services(suspended) as services:
        with pytest.raises(PaymentNotSentError):
            await services.payments.pay(portal.account_id, order_of(card, invoice), request_of())
    assert await sql.fetchval("SELECT state FROM payments WHERE account_id = $1", portal.account_id) == "failed"
    assert (await pay(portal, card, invoice)).status_code == 201
