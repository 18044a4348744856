"""The gateway's settlement batches, as the back office reads them, through a real search at the sandbox."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from billing_api.bootstrap import open_parts
from billing_api.config import Settings
from billing_api.jobs.errors import TryAgainError
from billing_api.payouts.updating import UpdatePayouts
from braintree_sandbox.testing import Sandbox
from tests.factories.clock import MovableClock
from tests.factories.invoices import post_invoice
from tests.factories.payments import Json, pay, store_card
from tests.fixtures.partners import Partner
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal
from tests.http.problem import problem

DAY = timedelta(days=1)


@pytest.fixture
async def update(settings: Settings, sql: Sql) -> AsyncIterator[Callable[[], Awaitable[int]]]:
    """The worker's search, which begins anew: payouts of earlier tests are forgotten."""
    await sql.execute("DELETE FROM payout_items")
    await sql.execute("DELETE FROM payouts")
    async with open_parts(settings, MovableClock()) as parts:
        yield parts[UpdatePayouts].update


class Sale:
    """A card payment that the gateway settles."""

    def __init__(self, sandbox: Sandbox, payment: Json, transaction_id: str) -> None:
        self._sandbox = sandbox
        self.payment = payment
        self.transaction_id = transaction_id

    def settle(self) -> None:
        self._sandbox.control("POST", f"/transactions/{self.transaction_id}/settle")

    @property
    def batch_id(self) -> str:
        return str(self._sandbox.gateway().transaction.find(self.transaction_id).settlement_batch_id)


Sell = Callable[[int], Awaitable[Sale]]


@pytest.fixture
async def sell(portal: Portal, services: Services, sandbox: Sandbox, sql: Sql) -> Sell:
    """A function that takes a payment of so many cents by card."""
    card = await store_card(portal)

    async def take(amount: int) -> Sale:
        payment = (await pay(portal, card, await post_invoice(services, portal.account_id, amount))).json()
        transaction_id = await sql.fetchval(
            "SELECT gateway_transaction_id FROM payments WHERE id = $1", UUID(payment["id"])
        )
        return Sale(sandbox, payment, transaction_id)

    return take


async def payout_of(partner: Partner, sale: Sale) -> Any:
    """The one payout with the payment."""
    (payout,) = (await partner.get("/v1/payouts", params={"payment_id": sale.payment["id"]})).json()["data"]
    return payout


async def items_of(partner: Partner, payout: Any) -> dict[str, Any]:
    items, address = {}, f"/v1/payouts/{payout['id']}/items?limit=100"
    cursor: str | None = ""
    while cursor is not None:
        page = (await partner.get(address + cursor)).json()
        items.update({one["transaction_id"]: one for one in page["data"]})
        cursor = page["next_cursor"] and f"&cursor={page['next_cursor']}"
    return items


async def test_a_settled_payment_is_in_a_payout(
    partner: Partner, portal: Portal, sell: Sell, update: Callable[[], Awaitable[int]]
) -> None:
    sale, unsettled = await sell(12_500), await sell(700)
    sale.settle()
    await update()
    payout = await payout_of(partner, sale)
    assert (payout["batch_id"], payout["currency"], payout["status"]) == (sale.batch_id, "USD", "in_transit")
    assert payout["paid_on"] is None
    assert (await partner.get(f"/v1/payouts/{payout['id']}")).json() == payout
    items = await items_of(partner, payout)
    assert items[sale.transaction_id] == items[sale.transaction_id] | {
        "movement": "charge",
        "amount": 12_500,
        "account_id": str(portal.account_id),
        "payment_id": sale.payment["id"],
        "payment_number": sale.payment["number"],
    }
    assert unsettled.transaction_id not in items
    assert (payout["count"], payout["charged"], payout["refunded"], payout["amount"]) == (
        len(items),
        sum(one["amount"] for one in items.values() if one["movement"] == "charge"),
        refunded := sum(one["amount"] for one in items.values() if one["movement"] == "refund"),
        payout["charged"] - refunded,
    )


async def test_another_search_changes_nothing_and_finds_what_came(
    partner: Partner, sell: Sell, update: Callable[[], Awaitable[int]]
) -> None:
    first = await sell(1_000)
    first.settle()
    await update()
    before = await payout_of(partner, first)
    assert await update() == 0
    assert await payout_of(partner, first) == before
    second = await sell(2_000)
    second.settle()
    assert await update() == 1
    after = await payout_of(partner, second)
    assert (after["id"], after["count"]) == (before["id"], before["count"] + 1)
    assert after["charged"] == before["charged"] + 2_000


async def test_a_refund_is_taken_off(
    partner: Partner, portal: Portal, sandbox: Sandbox, sell: Sell, update: Callable[[], Awaitable[int]]
) -> None:
    """One that somebody made at the gateway, too."""
    sale = await sell(5_000)
    sale.settle()
    refund = sandbox.gateway().transaction.refund(sale.transaction_id, "20.00").transaction
    sandbox.control("POST", f"/transactions/{refund.id}/settle")
    await update()
    payout = await payout_of(partner, sale)
    item = (await items_of(partner, payout))[refund.id]
    assert (item["movement"], item["amount"], item["payment_id"]) == ("refund", 2_000, sale.payment["id"])
    assert payout["amount"] == payout["charged"] - payout["refunded"]
    assert payout["refunded"] >= 2_000


async def test_another_systems_sale_has_no_payment(
    partner: Partner, sandbox: Sandbox, sell: Sell, update: Callable[[], Awaitable[int]]
) -> None:
    """The money is in the batch all the same, and the sums would not agree with the bank's without it."""
    ours = await sell(1_000)
    ours.settle()
    foreign = (
        sandbox.gateway()
        .transaction.sale(
            {
                "amount": "3.00",
                "payment_method_nonce": "fake-valid-nonce",
                "options": {"submit_for_settlement": True},
            }
        )
        .transaction
    )
    sandbox.control("POST", f"/transactions/{foreign.id}/settle")
    await update()
    item = (await items_of(partner, await payout_of(partner, ours)))[foreign.id]
    assert (item["account_id"], item["payment_id"], item["payment_number"]) == (None, None, None)


async def test_lists_are_filtered_and_paged(
    partner: Partner, sell: Sell, sql: Sql, update: Callable[[], Awaitable[int]]
) -> None:
    for amount in (1_000, 2_000):
        (await sell(amount)).settle()
    await update()
    payout = (await partner.get("/v1/payouts")).json()["data"][0]
    day = payout["settled_on"]
    for query, is_found in (
        (f"settled_from={day}&settled_to={day}", True),
        ("settled_to=2020-01-01", False),
        ("status=paid,failed", False),
        ("status=in_transit&currency=USD", True),
        ("currency=EUR", False),
        (f"payment_id={uuid4()}", False),
    ):
        found = (await partner.get(f"/v1/payouts?{query}&sort=settled_on")).json()["data"]
        assert (payout["id"] in {one["id"] for one in found}) is is_found, query
    first = (await partner.get(f"/v1/payouts/{payout['id']}/items?limit=1")).json()
    assert first["has_more"]
    second = (await partner.get(f"/v1/payouts/{payout['id']}/items?limit=1&cursor={first['next_cursor']}")).json()
    assert second["data"][0]["id"] > first["data"][0]["id"]


async def test_there_is_no_such_payout(partner: Partner) -> None:
    for address in (f"/v1/payouts/{uuid4()}", f"/v1/payouts/{uuid4()}/items"):
        problem(await partner.get(address), 404, "payout_not_found")


async def test_a_gateway_that_is_down_is_asked_again(sandbox: Sandbox, update: Callable[[], Awaitable[int]]) -> None:
    """The worker tries again; nothing is forgotten meanwhile."""
    sandbox.fault("status", status=503, match={"path": "advanced_search_ids", "body": "settled_at"})
    with pytest.raises(TryAgainError, match="the gateway is not searched"):
        await update()
