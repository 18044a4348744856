"""Card payments that their banks dispute; after each test the books add up."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import pytest

from braintree_sandbox.testing import Sandbox
from tests.factories.invoices import post_invoice
from tests.factories.payments import Json, store_card
from tests.fixtures.books import breaches
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal
from tests.gateway_webhooks.conftest import inbox
from tests.payments.buying import assert_books_add_up, buy, entries_of, of
from tests.payments.conftest import books_of

__all__ = ["books_of", "inbox"]

CHARGEBACKS = "/v1/chargebacks"


class Paid:
    """A card's payment that succeeded, ours and the gateway's."""

    def __init__(self, portal: Portal, sandbox: Sandbox, sql: Sql, payment: Json, transaction_id: str) -> None:
        self._portal = portal
        self._sandbox = sandbox
        self._sql = sql
        self.payment = payment
        self.transaction_id = transaction_id

    def dispute(self, **complaint: str) -> str:
        """Have the bank open a dispute, and return its id."""
        opened = self._sandbox.control("POST", f"/transactions/{self.transaction_id}/dispute", complaint)
        return str(opened["id"])

    def decide(self, dispute_id: str, decision: str) -> None:
        self._sandbox.control("POST", f"/disputes/{dispute_id}/{decision}")

    async def read(self) -> Json:
        payment: Json = (await self._portal.get(f"/v1/payments/{self.payment['id']}")).json()
        return payment

    async def chargebacks(self) -> list[Json]:
        found = await self._portal.get(f"{CHARGEBACKS}?payment_id={self.payment['id']}")
        data: list[Json] = found.json()["data"]
        return data

    async def invoice(self, place: int = 0) -> Json:
        invoice_id = self.payment["allocations"][place]["invoice_id"]
        invoice: Json = (await self._portal.get(f"/v1/invoices/{invoice_id}")).json()
        return invoice

    async def entries(self) -> list[tuple[str, int]]:
        return [(kind, effect) for kind, _, _, effect in await entries_of(self._sql, self._portal.account_id)]

    async def events(self) -> list[str]:
        rows = await self._sql.fetch(
            "SELECT kind FROM outbox_events WHERE account_id = $1 AND kind LIKE 'chargeback.%' ORDER BY id",
            self._portal.account_id,
        )
        return [row["kind"] for row in rows]


Buy = Callable[..., Awaitable[Paid]]
Check = Callable[[str], Awaitable[bool]]


@pytest.fixture
def bought(services: Services, portal: Portal, sandbox: Sandbox, sql: Sql) -> Buy:
    """Pay invoices of these amounts by card, 100 dollars unless said."""

    async def make(*amounts: int, invoices: list[UUID] | None = None, **fields: Any) -> Paid:
        named = invoices or [await post_invoice(services, portal.account_id, one) for one in amounts or (10_000,)]
        payment = (await buy(portal, await store_card(portal), of(*named), **fields)).json()
        assert payment["status"] == "succeeded"
        transaction_id = await sql.fetchval(
            "SELECT gateway_transaction_id FROM payments WHERE id = $1", UUID(payment["id"])
        )
        return Paid(portal, sandbox, sql, payment, transaction_id)

    return make


@pytest.fixture
def check(services: Services) -> Check:
    """Look a dispute up and record it."""
    return services.record_disputes.check


@pytest.fixture(autouse=True)
async def books_are_right(portal: Portal, sql: Sql) -> object:
    """After each test the books add up."""
    yield
    if await sql.fetchrow("SELECT 1 FROM ledger_balances WHERE account_id = $1", portal.account_id):
        await assert_books_add_up(sql, portal.account_id)
        assert await breaches(sql, portal.account_id) == []
