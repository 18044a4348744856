"""Amounts of invoices that the back office gives up, and takes back."""

from uuid import UUID, uuid4

import httpx

from tests.factories.invoices import post_invoice
from tests.factories.payments import Json, new_key
from tests.factories.pdfs import text_of
from tests.fixtures.partners import Partner
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal
from tests.http.problem import problem


def write_off_of(invoice_id: UUID, **fields: object) -> Json:
    return {"invoice_id": str(invoice_id), "currency": "USD", "written_off_on": "2026-03-20"} | fields


async def write_off(partner: Partner, base: str, new: Json, **headers: str) -> httpx.Response:
    return await partner.post(f"{base}/write-offs", json=new, headers=headers)


async def due(portal: Portal) -> tuple[int, int]:
    (one,) = (await portal.get("/v1/balance")).json()["balances"]
    return one["balance"], one["due"]


async def test_a_small_difference_is_given_up(partner: Partner, portal: Portal, services: Services, base: str) -> None:
    """Less is owed, and the customer sees why."""
    invoice_id = await post_invoice(services, portal.account_id, 10_000)
    response = await write_off(partner, base, write_off_of(invoice_id, amount=75, reason="Small difference"))
    assert response.status_code == 201, response.text
    body = response.json()
    assert response.headers["location"] == f"http://billing.test{base}/write-offs/{body['id']}"
    assert (body["number"], body["amount"], body["reversed_on"]) == ("WO-000001", 75, None)
    assert (await partner.get(response.headers["location"])).json() == body
    invoice = (await portal.get(f"/v1/invoices/{invoice_id}")).json()
    assert (invoice["written_off"], invoice["amount_due"], invoice["status"]) == (75, 9_925, "open")
    assert await due(portal) == (9_925, 9_925)
    (entry, *_) = (await portal.get("/v1/transactions?type=write_off")).json()["data"]
    assert (entry["number"], entry["balance_effect"], entry["effective_on"]) == ("WO-000001", -75, "2026-03-20")


async def test_without_an_amount_it_is_all_that_is_left(
    partner: Partner, portal: Portal, services: Services, base: str
) -> None:
    invoice_id = await post_invoice(services, portal.account_id, 10_000)
    assert (await write_off(partner, base, write_off_of(invoice_id, amount=75))).status_code == 201
    body = (await write_off(partner, base, write_off_of(invoice_id))).json()
    assert (body["number"], body["amount"]) == ("WO-000002", 9_925)
    assert (await portal.get(f"/v1/invoices/{invoice_id}")).json()["status"] == "paid"
    refusal = problem(await write_off(partner, base, write_off_of(invoice_id)), 409, "amount_exceeds_due")
    assert refusal["payable"] == 0


async def test_it_is_undone_once(partner: Partner, portal: Portal, services: Services, base: str, sql: Sql) -> None:
    invoice_id = await post_invoice(services, portal.account_id, 10_000)
    body = (await write_off(partner, base, write_off_of(invoice_id))).json()
    address = f"{base}/write-offs/{body['id']}"
    response = await partner.post(f"{address}/reversal", json={"reversed_on": "2026-04-02", "reason": "Paid after all"})
    assert response.status_code == 200, response.text
    body = response.json()
    assert (body["reversed_on"], body["reversal_reason"]) == ("2026-04-02", "Paid after all")
    assert (await partner.get(address)).json() == response.json()
    invoice = (await portal.get(f"/v1/invoices/{invoice_id}")).json()
    assert (invoice["status"], invoice["written_off"], invoice["amount_due"]) == ("open", 0, 10_000)
    assert [(one["type"], one["amount"], one["reason"], one["reason_text"]) for one in invoice["applications"]] == [
        ("write_off", 10_000, None, None),
        ("write_off", -10_000, "correction", "Paid after all"),
    ]
    details = await sql.fetch("SELECT detail::text FROM audit_log WHERE subject_id = $1 ORDER BY id", UUID(body["id"]))
    assert "Paid after all" in details[-1]["detail"]
    assert "Write-off reversed WO-" in text_of((await portal.get(f"/v1/invoices/{invoice_id}/pdf")).content)
    assert await due(portal) == (10_000, 10_000)
    assert problem(await partner.post(f"{address}/reversal", json={}), 409, "write_off_reversed")["reversed_on"]
    kinds = await sql.fetch("SELECT kind FROM outbox_events WHERE subject_id = $1 ORDER BY id", UUID(body["id"]))
    assert [row["kind"] for row in kinds] == ["write_off.posted", "write_off.reversed"]


async def test_a_repeat_gives_the_same_write_off(
    partner: Partner, portal: Portal, services: Services, base: str
) -> None:
    invoice_id = await post_invoice(services, portal.account_id, 10_000)
    new, key = write_off_of(invoice_id, amount=75, external_id=uuid4().hex), new_key()
    responses = [await write_off(partner, base, new) for _ in range(2)]
    assert [response.status_code for response in responses] == [201, 200]
    assert responses[0].json() == responses[1].json()
    problem(await write_off(partner, base, new | {"amount": 76}), 409, "external_id_taken")
    other = write_off_of(invoice_id, amount=5)
    keyed = [await write_off(partner, base, other, **key) for _ in range(2)]
    assert keyed[0].content == keyed[1].content
    assert (await portal.get(f"/v1/invoices/{invoice_id}")).json()["written_off"] == 80


async def test_what_is_refused(
    partner: Partner, portal: Portal, stranger: Portal, services: Services, base: str
) -> None:
    invoice_id = await post_invoice(services, portal.account_id, 1_000)
    foreign = await post_invoice(services, stranger.account_id, 1_000)
    for new, status, code in (
        (write_off_of(invoice_id, amount=1_001), 409, "amount_exceeds_due"),
        (write_off_of(invoice_id, amount=1, currency="EUR"), 409, "other_currency"),
        (write_off_of(foreign, amount=1), 404, "invoice_not_found"),
        (write_off_of(invoice_id, amount=1, written_off_on="2099-01-01"), 409, "date_in_future"),
        (write_off_of(invoice_id, amount=0), 422, "validation_failed"),
    ):
        problem(await write_off(partner, base, new), status, code)
    assert (await partner.get(f"{base}/write-offs")).json()["data"] == []
    made = (await write_off(partner, base, write_off_of(invoice_id, amount=1))).json()
    assert made["number"] == "WO-000001", "a refusal takes no number"
