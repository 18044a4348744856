"""The round trips to the database for a payment; one more needs a decision."""

import pytest

from tests.factories.invoices import post_invoice
from tests.factories.payments import Json, new_key, of_invoices, pay
from tests.fixtures.queries import Queries
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal


def sql_of(queries: Queries) -> list[str]:
    """The statements without those that begin, end and probe transactions."""
    return [statement for statement in queries if statement.rstrip(";") not in {"BEGIN", "COMMIT", "ROLLBACK"}]


@pytest.mark.parametrize("invoices", [1, 10])
async def test_a_payment_takes_20_round_trips_however_many_invoices(
    services: Services, portal: Portal, card: Json, queries: Queries, invoices: int
) -> None:
    """11 before the gateway is called, 9 after; BEGIN and COMMIT count."""
    wanted = [await post_invoice(services, portal.account_id) for _ in range(invoices)]
    queries.clear()
    assert (await pay(portal, card, *wanted)).status_code == 201
    assert len(queries) == 20
    assert [statement for statement in queries if "COMMIT" in statement] == ["COMMIT;"] * 2


async def test_a_repeat_takes_two(services: Services, portal: Portal, card: Json, queries: Queries) -> None:
    """One statement tries to claim the key, and the other reads the stored result."""
    invoice, key = await post_invoice(services, portal.account_id), new_key()
    await pay(portal, card, invoice, key=key)
    queries.clear()
    assert (await pay(portal, card, invoice, key=key)).status_code == 201
    assert len(sql_of(queries)) == 2


async def test_reading_takes_one(services: Services, portal: Portal, card: Json, queries: Queries) -> None:
    """A list, a payment with its allocations, a quote."""
    invoice = await post_invoice(services, portal.account_id, 500)
    payment = (await pay(portal, card, (invoice, 100))).json()
    queries.clear()
    await portal.get("/v1/payments")
    assert len(queries) == 1
    queries.clear()
    await portal.get(f"/v1/payments/{payment['id']}")
    assert len(queries) == 1
    queries.clear()
    await portal.post("/v1/payments/quote", json={"currency": "USD", "pay": of_invoices({"invoice_id": str(invoice)})})
    assert len(queries) == 1
