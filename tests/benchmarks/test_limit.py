"""The limit is one only if it does the same work: both respond with the same bodies, and leave the same rows behind."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from benchmarks.limit.application import opened
from benchmarks.limit.writes import Actor
from benchmarks.scenarios import INSERT, LIST, PAY, SCENARIOS, TRANSACTIONS, Customer, DifferenceError, Scenario
from tests.factories.invoices import ISSUED_ON, apply_to_invoice, post_invoice, reserve_on_invoice
from tests.factories.payments import new_key, store_card
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal

_COLUMNS = "SELECT table_name FROM information_schema.columns WHERE column_name = 'account_id' ORDER BY 1"
_MOVED = """
SELECT receivable, pending, paid, amount_due, amount_pending,
       (SELECT sum(receivable) FROM ledger_entries e WHERE e.account_id = b.account_id) AS posted,
       (SELECT sum(receivable) FROM ledger_months m WHERE m.account_id = b.account_id) AS in_months
FROM ledger_balances b JOIN invoices i USING (account_id) WHERE b.account_id = $1 AND i.id = $2
"""
Books = dict[str, int]


@pytest.fixture
async def customer(services: Services, portal: Portal) -> Customer:
    """An account with a bit of everything: paid, partly paid, being paid and untouched, due long ago and not yet."""
    for days in range(3):
        fields: dict[str, Any] = {"po_number": "PO-1" if days else None, "issued_on": ISSUED_ON + timedelta(days=days)}
        await post_invoice(services, portal.account_id, **fields)
        for amount in (10_000, 400):
            paid = await post_invoice(services, portal.account_id, **fields)
            await apply_to_invoice(services, portal.account_id, paid, amount)
        pending = await post_invoice(services, portal.account_id, **fields)
        await reserve_on_invoice(services, portal.account_id, pending, 300)
    invoice_id = await post_invoice(services, portal.account_id, issued_on=services.clock.today())
    await portal.post("/v1/addresses", json={**INSERT.body, "default_shipping": True})
    card = await store_card(portal)
    header = portal.headers["authorization"]
    return Customer(portal.account_id, portal.account_id, header, invoice_id, UUID(card["id"]))


async def ask_limit(scenario: Scenario, customer: Customer, database_url: str) -> bytes:
    """Return the body of the limit's response."""
    actors = {customer.header.encode(): Actor(customer.account_id, customer.user_id)}
    async with (
        opened(database_url, actors) as limit,
        httpx.AsyncClient(transport=httpx.ASGITransport(app=limit), base_url="http://limit.test") as client,
    ):
        return await ask(scenario, customer, client)


async def ask(scenario: Scenario, customer: Customer, client: httpx.AsyncClient) -> bytes:
    """Return the body of a response."""
    key = new_key() if scenario.takes_key else {}
    response = await client.request(
        scenario.method,
        customer.fill_in(scenario.path) + scenario.query,
        content=scenario.request(customer).partition(b"\r\n\r\n")[2],
        headers={"authorization": customer.header, "content-type": "application/json"} | key,
    )
    assert response.status_code < 300, response.text
    return response.content


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
async def test_limit_and_service_respond_with_the_same(
    scenario: Scenario, portal: Portal, customer: Customer, database_url: str
) -> None:
    """On an account with a bit of everything."""
    scenario.require_same(await ask_limit(scenario, customer, database_url), await ask(scenario, customer, portal))


@pytest.mark.parametrize("scenario", [LIST, TRANSACTIONS], ids=lambda scenario: scenario.name)
async def test_full_page_has_a_cursor_on_both(
    scenario: Scenario, services: Services, portal: Portal, customer: Customer, database_url: str
) -> None:
    """More rows than a page holds."""
    for _ in range(26):
        await post_invoice(services, portal.account_id)
    scenario.require_same(await ask_limit(scenario, customer, database_url), await ask(scenario, customer, portal))


@pytest.mark.parametrize("scenario", [INSERT, PAY], ids=lambda scenario: scenario.name)
async def test_writes_leave_the_same_behind(
    scenario: Scenario, portal: Portal, customer: Customer, database_url: str, sql: Sql
) -> None:
    """As many rows in each table of the account, and the same amounts moved."""
    await ask(scenario, customer, portal)  # the first payment begins its counter
    before = await books_of(customer, sql)
    await ask(scenario, customer, portal)
    by_service = await books_of(customer, sql)
    await ask_limit(scenario, customer, database_url)
    by_limit = await books_of(customer, sql)
    moved = {name: by_service[name] - before[name] for name in before}
    assert {name: by_limit[name] - by_service[name] for name in before} == moved
    assert moved["audit_log"] >= 1


async def books_of(customer: Customer, sql: Sql) -> Books:
    """Return the number of rows in each table of the account, and the amounts of its books and of its invoice."""
    counts = {
        row["table_name"]: await sql.fetchval(
            f"SELECT count(*) FROM {row['table_name']} WHERE account_id = $1",
            customer.account_id,
        )
        for row in await sql.fetch(_COLUMNS)
    }
    amounts = await sql.fetchrow(_MOVED, customer.account_id, customer.invoice_id)
    assert amounts is not None
    return counts | {f"amount {name}": int(amount) for name, amount in amounts.items()}


def test_another_amount_is_a_difference() -> None:
    """Fields that differ by their nature are compared by type, all others by value and order."""
    INSERT.require_same(b'{"id": "a", "city": "Bern"}', b'{"id": "b", "city": "Bern"}')
    for other in (b'{"id": "a", "city": "Basel"}', b'{"id": 1, "city": "Bern"}', b'{"city": "Bern", "id": "a"}'):
        with pytest.raises(DifferenceError):
            INSERT.require_same(b'{"id": "a", "city": "Bern"}', other)
