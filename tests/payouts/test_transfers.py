"""The transfer of a batch to the vendor's bank, days after its settlement."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from billing_api.bootstrap import open_parts
from billing_api.config import Settings
from billing_api.parts import Parts
from billing_api.payouts.updating import UpdatePayouts
from braintree_sandbox.testing import Sandbox, run_sandbox
from tests.factories.clock import MovableClock
from tests.fixtures.partners import Partner
from tests.fixtures.queries import Sql
from tests.fixtures.rewriting import Between, as_it_is, rewriting


@pytest.fixture(scope="module")
def calendar() -> Iterator[Sandbox]:
    """A sandbox with a clock of its own."""
    with run_sandbox() as running:
        yield running


@pytest.fixture
async def between(calendar: Sandbox) -> AsyncIterator[Between]:
    """That sandbox, whose responses can be rewritten."""
    async with rewriting(calendar.port) as one:
        yield one


@pytest.fixture
async def parts(settings: Settings, between: Between, sql: Sql) -> AsyncIterator[Parts]:
    """A worker of that sandbox's; payouts of earlier tests are forgotten."""
    await sql.execute("DELETE FROM payout_items")
    await sql.execute("DELETE FROM payouts")
    at_its_port = settings.model_copy(update={"gateway_port": between.port})
    async with open_parts(at_its_port, MovableClock()) as opened:
        yield opened


@pytest.fixture
def sold(calendar: Sandbox) -> str:
    """The id of a sale that has settled."""
    order = {"amount": "5.00", "payment_method_nonce": "fake-valid-nonce", "options": {"submit_for_settlement": True}}
    sale = calendar.gateway().transaction.sale(order).transaction
    calendar.control("POST", f"/transactions/{sale.id}/settle")
    return str(sale.id)


async def payouts(partner: Partner) -> list[Any]:
    rows: list[Any] = (await partner.get("/v1/payouts?sort=settled_on")).json()["data"]
    return rows


async def test_it_is_paid_when_the_gateway_says_so(
    partner: Partner, calendar: Sandbox, parts: Parts, sold: str
) -> None:
    update = parts[UpdatePayouts].update
    await update()
    before = (await payouts(partner))[-1]
    assert (before["status"], before["paid_on"]) == ("in_transit", None)
    calendar.advance(days=2)
    assert await update() == 0
    after = next(one for one in await payouts(partner) if one["id"] == before["id"])
    paid_on = calendar.gateway().transaction.find(sold).disbursement_details.disbursement_date
    assert (after["status"], after["paid_on"]) == ("paid", paid_on.isoformat())
    assert after["amount"] == before["amount"]


async def test_a_transfer_that_failed_says_so_until_it_is_made(
    partner: Partner, calendar: Sandbox, between: Between, parts: Parts, sold: str
) -> None:
    """Such as for a closed account of the vendor's; the gateway's own mail says why."""
    calendar.advance(days=2)
    between.response = lambda _method, _path, _body, response: (
        response[0],
        response[1].replace(b'<success type="boolean">true</success>', b'<success type="boolean">false</success>'),
    )
    await parts[UpdatePayouts].update()
    batch = calendar.gateway().transaction.find(sold).settlement_batch_id
    (failed,) = [one for one in await payouts(partner) if one["batch_id"] == batch]
    assert failed["status"] == "failed"
    order = {"amount": "6.00", "payment_method_nonce": "fake-valid-nonce", "options": {"submit_for_settlement": True}}
    calendar.advance(days=5)
    later = calendar.gateway().transaction.sale(order).transaction
    calendar.control("POST", f"/transactions/{later.id}/settle")
    await parts[UpdatePayouts].update()  # finds the newer batch
    between.response = as_it_is
    await parts[UpdatePayouts].update()
    (paid,) = [one for one in await payouts(partner) if one["batch_id"] == batch]
    assert paid["status"] == "paid"
