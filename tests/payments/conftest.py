"""Invoices and cards to pay with, and the sales, books and events of an account."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from billing_api.kit.idempotency import IdempotencyKey
from billing_api.payments.schemas import PaymentCreate
from braintree_sandbox.testing import Sandbox
from tests.factories.credits import ISSUED_ON, post_credit_memo, post_deposit
from tests.factories.invoices import post_invoice
from tests.factories.payments import Json, of_invoices, store_card
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal

EVERYTHING = 1000  # as many checks as may be due in one batch


@pytest.fixture
async def nothing_else_due(sql: Sql) -> None:
    """Put off the checks that earlier tests have left, by a year."""
    for table in ("payments", "payment_methods", "refunds"):
        await sql.execute(
            f"UPDATE {table} SET next_check_at = now() + interval '1 year' WHERE next_check_at IS NOT NULL"
        )


@pytest.fixture
async def invoice(services: Services, portal: Portal) -> UUID:
    """An invoice of 100 dollars."""
    return await post_invoice(services, portal.account_id, 10_000)


@pytest.fixture
async def card(portal: Portal) -> Json:
    """A stored card of `portal`."""
    return await store_card(portal)


@pytest.fixture
async def token(portal: Portal, card: Json, services: Services) -> str:
    """The token of `card`, which only the gateway and our database know."""

    async def work() -> str:
        account = await services.accounts.lock(portal.account_id)
        method = await services.payment_methods.get_chargeable(account, UUID(card["id"]), "USD")
        return method.token

    return await services.database.run(work)


@dataclass(frozen=True)
class Books:
    """What the ledger holds for an account, in US dollars, in minor units."""

    receivable: int
    customer_credit: int
    pending: int
    cash: int


BooksOf = Callable[[UUID], Awaitable[Books]]
EndsOf = Callable[[UUID], Awaitable[list[str]]]
SalesOf = Callable[[UUID], Awaitable[list[dict[str, Any]]]]


@pytest.fixture
def books_of(sql: Sql) -> BooksOf:
    """The books of an account."""

    async def find(account_id: UUID) -> Books:
        row = await sql.fetchrow(
            """
            SELECT receivable, customer_credit, pending,
                   (SELECT coalesce(sum(cash_clearing), 0)::bigint FROM ledger_entries e
                     WHERE e.account_id = b.account_id AND e.currency = b.currency)
              FROM ledger_balances b WHERE account_id = $1 AND currency = 'USD'
            """,
            account_id,
        )
        assert row is not None
        return Books(*row)

    return find


@pytest.fixture
def sales_of(sql: Sql, sandbox: Sandbox) -> SalesOf:
    """Every sale of the gateway for an account, declined sales too."""

    async def find(account_id: UUID) -> list[dict[str, Any]]:
        customer_id = await sql.fetchval("SELECT customer_id FROM gateway_customers WHERE account_id = $1", account_id)
        return sandbox.transactions(customer_id=customer_id)

    return find


@pytest.fixture
def ends_of(sql: Sql) -> EndsOf:
    """The events of a payment, oldest first: their kinds, and for late charges their statuses."""

    async def find(payment_id: UUID) -> list[str]:
        rows = await sql.fetch("SELECT kind, data FROM outbox_events WHERE subject_id = $1 ORDER BY id", payment_id)
        return [json.loads(row["data"])["status"] if "late" in row["kind"] else row["kind"] for row in rows]

    return find


def request_of(key: str | None = None) -> IdempotencyKey:
    """Return the key of a request to pay, as the route's dependency makes it."""
    return IdempotencyKey(key or str(uuid4()), "POST", "/v1/payments", "digest")


def order_of(card: Json, invoice: UUID) -> PaymentCreate:
    """Return the body of a request to pay one invoice, as the route reads it."""
    return PaymentCreate.model_validate(
        {"currency": "USD", "pay": of_invoices({"invoice_id": str(invoice)}), "payment_method_id": card["id"]}
    )


@pytest.fixture
async def memo(services: Services, portal: Portal) -> UUID:
    """A credit memo of 30 dollars."""
    return await post_credit_memo(services, portal.account_id, 3_000, number="CM-1")


@pytest.fixture
async def deposit(services: Services, portal: Portal) -> UUID:
    """A deposit of 20 dollars, which came a day after `memo`."""
    day = ISSUED_ON + timedelta(days=1)
    return await post_deposit(services, portal.account_id, 2_000, number="DEP-1", received_on=day)
