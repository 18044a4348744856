"""The round trips to the database for a payment; one more needs a decision."""

import pytest

from tests.factories.credits import post_credit_memo, post_deposit
from tests.factories.invoices import post_invoice
from tests.factories.payments import Json, new_key, of_invoices, pay
from tests.fixtures.queries import Queries
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal
from tests.payments.buying import AUTOMATIC, EVERYTHING, buy


def sql_of(queries: Queries) -> list[str]:
    """The statements without those that begin, end and probe transactions."""
    return [statement for statement in queries if statement not in {"BEGIN", "COMMIT", "ROLLBACK"}]


@pytest.mark.parametrize("invoices", [1, 100])
@pytest.mark.parametrize("credits_left", [0, 1, 20])
async def test_a_payment_takes_18_round_trips_however_many_invoices_and_credits(
    services: Services, portal: Portal, card: Json, queries: Queries, invoices: int, credits_left: int
) -> None:
    """10 before the gateway is called, 8 after; BEGIN and COMMIT count."""
    terms = {"basis_points": 200, "until": services.clock.today()}
    for _ in range(invoices):
        await post_invoice(services, portal.account_id, 1_000, discount=terms)
    for _ in range(credits_left):
        await post_credit_memo(services, portal.account_id, 30)
        await post_deposit(services, portal.account_id, 10)
    queries.clear()
    payment = await buy(portal, card, EVERYTHING, credits=AUTOMATIC)
    assert (payment.status_code, len(payment.json()["allocations"])) == (201, invoices)
    assert payment.json()["credited"] + payment.json()["deposit_applied"] == 40 * credits_left
    assert payment.json()["discounted"] == 20 * invoices
    assert len(queries) == 18
    assert [statement for statement in queries if "COMMIT" in statement] == ["COMMIT"] * 2


async def test_named_invoices_take_as_many(services: Services, portal: Portal, card: Json, queries: Queries) -> None:
    wanted = [await post_invoice(services, portal.account_id) for _ in range(10)]
    queries.clear()
    assert (await pay(portal, card, *wanted)).status_code == 201
    assert len(queries) == 18


async def test_settling_without_a_charge_takes_10(services: Services, portal: Portal, queries: Queries) -> None:
    """One transaction, which reads no method, and posts at once."""
    await post_invoice(services, portal.account_id, 1_000)
    await post_credit_memo(services, portal.account_id, 1_000)
    queries.clear()
    assert (await buy(portal, None, EVERYTHING, credits=AUTOMATIC)).status_code == 201
    assert len(queries) == 10


async def test_a_repeat_takes_two(services: Services, portal: Portal, card: Json, queries: Queries) -> None:
    """One statement tries to claim the key, and the other reads the stored result."""
    invoice, key = await post_invoice(services, portal.account_id), new_key()
    await pay(portal, card, invoice, key=key)
    queries.clear()
    assert (await pay(portal, card, invoice, key=key)).status_code == 201
    assert len(sql_of(queries)) == 2


async def test_reading_takes_one(services: Services, portal: Portal, card: Json, queries: Queries) -> None:
    """A list, and a payment with its allocations; a quote reads the invoices, then the credits."""
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
    assert len(queries) == 2
