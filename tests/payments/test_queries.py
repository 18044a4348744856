"""What paying costs in round trips to the database; one more of them is a decision, not an accident."""

import pytest

from tests.factories.invoices import post_invoice
from tests.factories.payments import Json, new_key, pay
from tests.fixtures.queries import Queries
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal


def sql_of(queries: Queries) -> list[str]:
    """The statements without those that begin, end and probe transactions."""
    return [statement for statement in queries if statement.rstrip(";") not in {"BEGIN", "COMMIT", "ROLLBACK"}]


@pytest.mark.parametrize("invoices", [1, 10])
async def test_a_payment_takes_28_statements_however_many_invoices(
    services: Services, portal: Portal, card: Json, queries: Queries, invoices: int
) -> None:
    """14 before the gateway is called, 14 after; two transactions, so two commits."""
    wanted = [await post_invoice(services, portal.account_id) for _ in range(invoices)]
    queries.clear()
    assert (await pay(portal, card, *wanted)).status_code == 201
    assert len(sql_of(queries)) == 28
    assert [statement for statement in queries if "COMMIT" in statement] == ["COMMIT;"] * 2


async def test_a_repeat_takes_two(services: Services, portal: Portal, card: Json, queries: Queries) -> None:
    """The claim that does not succeed, and the stored answer."""
    invoice, key = await post_invoice(services, portal.account_id), new_key()
    await pay(portal, card, invoice, key=key)
    queries.clear()
    assert (await pay(portal, card, invoice, key=key)).status_code == 201
    assert len(sql_of(queries)) == 2


async def test_reading_takes_one_or_two(services: Services, portal: Portal, card: Json, queries: Queries) -> None:
    """A list is one round trip; a payment with its allocations is two; a quote is one."""
    invoice = await post_invoice(services, portal.account_id, 500)
    payment = (await pay(portal, card, (invoice, 100))).json()
    queries.clear()
    await portal.get("/v1/payments")
    assert len(queries) == 1
    queries.clear()
    await portal.get(f"/v1/payments/{payment['id']}")
    assert len(queries) == 2
    queries.clear()
    await portal.post("/v1/payments/quote", json={"currency": "USD", "invoices": [{"invoice_id": str(invoice)}]})
    assert len(queries) == 1
