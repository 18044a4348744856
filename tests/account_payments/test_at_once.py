"""The same from the back office many times at once: one document, and the books add up."""

import asyncio
from collections import Counter
from uuid import uuid4

from tests.account_payments.test_routes import balance_of, check_of, invoice_of, record
from tests.factories.invoices import post_invoice
from tests.fixtures.partners import Partner
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal

TIMES = 20


async def test_one_check_is_recorded_once(partner: Partner, portal: Portal, services: Services, base: str) -> None:
    invoice_id = await post_invoice(services, portal.account_id, 10_000)
    check = check_of(10_000, (invoice_id, 10_000))
    responses = await asyncio.gather(*(record(partner, base, check) for _ in range(TIMES)))
    assert Counter(response.status_code for response in responses) == {201: 1, 200: TIMES - 1}
    assert len({response.content for response in responses}) == 1
    assert (await balance_of(portal))[:2] == (0, 0)


async def test_money_is_used_once(partner: Partner, portal: Portal, services: Services, base: str) -> None:
    """Each request names another invoice, so only the payment can refuse."""
    invoices = [await post_invoice(services, portal.account_id, 1_000) for _ in range(TIMES)]
    payment = (await record(partner, base, check_of(1_000))).json()
    use = {"source_type": "payment", "source_id": payment["id"], "amount": 1_000}
    responses = await asyncio.gather(
        *(partner.post(f"{base}/applications", json=use | {"invoice_id": str(one)}) for one in invoices)
    )
    assert Counter(response.status_code for response in responses) == {201: 1, 409: TIMES - 1}
    assert (await balance_of(portal))[:2] == ((TIMES - 1) * 1_000, (TIMES - 1) * 1_000)


async def test_a_use_is_undone_once(partner: Partner, portal: Portal, services: Services, base: str) -> None:
    """By whatever way: half of the requests return the payment, half undo its use."""
    invoice_id = await post_invoice(services, portal.account_id, 1_000)
    payment = (await record(partner, base, check_of(1_000, (invoice_id, 1_000)))).json()
    (applied,) = (await partner.get(f"{base}/applications")).json()["data"]
    ways = [
        (f"{base}/applications/{applied['id']}/reversal", {}),
        (f"{base}/payments/{payment['id']}/return", {"reason": "Stopped"}),
    ]
    responses = await asyncio.gather(*(partner.post(address, json=body) for address, body in ways * (TIMES // 2)))
    statuses = Counter(response.status_code for response in responses)
    assert statuses in ({200: 1, 409: TIMES - 1}, {200: 2, 409: TIMES - 2}), statuses
    invoice = await invoice_of(portal, invoice_id)
    assert (invoice["amount_due"], [one["amount"] for one in invoice["applications"]]) == (1_000, [1_000, -1_000])
    assert (await balance_of(portal))[:2] == (1_000, 1_000)


async def test_write_offs_take_no_more_than_is_due(
    partner: Partner, portal: Portal, services: Services, base: str
) -> None:
    invoice_id = await post_invoice(services, portal.account_id, 1_000)
    body = {"invoice_id": str(invoice_id), "currency": "USD", "amount": 600}
    responses = await asyncio.gather(
        *(partner.post(f"{base}/write-offs", json=body | {"external_id": uuid4().hex}) for _ in range(TIMES))
    )
    assert Counter(response.status_code for response in responses) == {201: 1, 409: TIMES - 1}
    assert (await balance_of(portal))[:2] == (400, 400)
