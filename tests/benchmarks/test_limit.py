"""The limit is one only if it does the same work: both answer the same bodies."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from benchmarks.limit.application import opened
from benchmarks.scenarios import INSERT, LIST, SCENARIOS, DifferenceError, Scenario
from billing_api.bootstrap import Services
from tests.factories.invoices import ISSUED_ON, apply_to_invoice, post_invoice, reserve_on_invoice
from tests.factories.payments import store_card
from tests.fixtures.signed_in import Portal


async def answers(scenario: Scenario, portal: Portal, database_url: str) -> tuple[bytes, bytes]:
    """The limit's answer and the service's."""
    header = portal.headers["authorization"]
    async with (
        opened(database_url, {header.encode(): portal.account_id}) as limit,
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app=limit), base_url="http://limit.test", headers=portal.headers
        ) as client,
    ):
        both = [
            await asked.request(scenario.method, scenario.path + scenario.query, json=scenario.body)
            for asked in (client, portal)
        ]
    assert both[0].status_code == both[1].status_code < 300
    return both[0].content, both[1].content


@pytest.fixture
async def some_of_each_status(services: Services, portal: Portal) -> None:
    """Invoices that are paid, partly paid, being paid and untouched, due long ago and not yet."""
    for days in range(3):
        fields: dict[str, Any] = {"po_number": "PO-1" if days else None, "issued_on": ISSUED_ON + timedelta(days=days)}
        await post_invoice(services, portal.account_id, **fields)
        for amount in (10_000, 400):
            paid = await post_invoice(services, portal.account_id, **fields)
            await apply_to_invoice(services, portal.account_id, paid, amount)
        pending = await post_invoice(services, portal.account_id, **fields)
        await reserve_on_invoice(services, portal.account_id, pending, 300)
    await post_invoice(services, portal.account_id, issued_on=services.clock.today())
    await portal.post("/v1/addresses", json={**(INSERT.body or {}), "default_shipping": True})
    await store_card(portal)


@pytest.mark.usefixtures("some_of_each_status")
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
async def test_limit_and_service_answer_the_same(scenario: Scenario, portal: Portal, database_url: str) -> None:
    """On an account with a bit of everything."""
    scenario.require_same(*await answers(scenario, portal, database_url))


async def test_full_page_has_a_cursor_on_both(services: Services, portal: Portal, database_url: str) -> None:
    """One invoice more than a page holds."""
    for _ in range(26):
        await post_invoice(services, portal.account_id)
    LIST.require_same(*await answers(LIST, portal, database_url))


def test_another_amount_is_a_difference() -> None:
    """What is the answers' own is compared by type, everything else by value and order."""
    INSERT.require_same(b'{"id": "a", "city": "Bern"}', b'{"id": "b", "city": "Bern"}')
    for other in (b'{"id": "a", "city": "Basel"}', b'{"id": 1, "city": "Bern"}', b'{"city": "Bern", "id": "a"}'):
        with pytest.raises(DifferenceError):
            INSERT.require_same(b'{"id": "a", "city": "Bern"}', other)
