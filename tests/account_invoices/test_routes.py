"""The invoices of any account, as the back office reads and voids them."""

from uuid import UUID, uuid4

from tests.factories.invoices import apply_to_invoice, post_invoice
from tests.factories.payments import new_key
from tests.fixtures.partners import Partner
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal
from tests.http.problem import pointers, problem


async def due(portal: Portal) -> tuple[int, int]:
    (one,) = (await portal.get("/v1/balance")).json()["balances"]
    return one["balance"], one["due"]


async def test_lists_have_the_portals_filters(
    partner: Partner, portal: Portal, stranger: Portal, services: Services, base: str
) -> None:
    first, second = [await post_invoice(services, portal.account_id, amount) for amount in (1_000, 2_000)]
    for query in ("", "?status=open&sort=-total", "?amount_min=2000"):
        response = await partner.get(f"{base}/invoices{query}")
        assert response.json() == (await portal.get(f"/v1/invoices{query}")).json()
        assert {UUID(one["id"]) for one in response.json()["data"]} <= {first, second}
    assert (await partner.get(f"/v1/accounts/{stranger.account_id}/invoices")).json()["data"] == []
    problem(await partner.get(f"/v1/accounts/{uuid4()}/invoices"), 404, "account_not_found")


async def test_one_is_what_the_portal_shows(partner: Partner, portal: Portal, services: Services, base: str) -> None:
    invoice_id = await post_invoice(services, portal.account_id, 1_000)
    response = await partner.get(f"{base}/invoices/{invoice_id}")
    assert response.json() == (await portal.get(f"/v1/invoices/{invoice_id}")).json()


class TestVoid:
    async def test_an_invoice_is_withdrawn(
        self, partner: Partner, portal: Portal, services: Services, base: str
    ) -> None:
        invoice_id = await post_invoice(services, portal.account_id, 10_000)
        address, key = f"{base}/invoices/{invoice_id}/void", new_key()
        wanted = {"voided_on": "2026-03-20", "reason": "Sent twice"}
        responses = [await partner.post(address, json=wanted, headers=key) for _ in range(2)]
        assert [response.status_code for response in responses] == [200, 200]
        assert responses[0].content == responses[1].content
        assert "location" not in responses[1].headers
        body = responses[0].json()
        assert (body["status"], body["voided"], body["closed_on"]) == ("void", 10_000, "2026-03-20")
        assert [(one["type"], one["reason_text"]) for one in body["applications"]] == [("void", "Sent twice")]
        assert (await partner.get(f"{base}/invoices/{invoice_id}")).json() == body
        assert await due(portal) == (0, 0)

    async def test_the_reason_is_kept_in_the_audit_log(
        self, partner: Partner, portal: Portal, services: Services, base: str, sql: Sql
    ) -> None:
        """It is bounded, and an event, which goes to other systems, has no free text."""
        invoice_id = await post_invoice(services, portal.account_id, 10_000)
        address = f"{base}/invoices/{invoice_id}/void"
        refusal = problem(await partner.post(address, json={"reason": "x" * 101}), 422, "validation_failed")
        assert pointers(refusal) == ["/reason"]
        assert (await partner.post(address, json={"reason": "Sent twice"})).status_code == 200
        (detail,) = await sql.fetch(
            "SELECT detail::text FROM audit_log WHERE subject_id = $1 AND action = 'invoice.voided'", invoice_id
        )
        assert "Sent twice" in detail["detail"]
        (event,) = await sql.fetch(
            "SELECT data::text FROM outbox_events WHERE subject_id = $1 AND kind = 'invoice.voided'", invoice_id
        )
        assert "Sent twice" not in event["data"]

    async def test_the_refusal_says_what_is_in_the_way(
        self, partner: Partner, portal: Portal, services: Services, base: str
    ) -> None:
        """Once that is undone, it can be voided."""
        invoice_id = await post_invoice(services, portal.account_id, 10_000)
        new = {"invoice_id": str(invoice_id), "currency": "USD", "amount": 75}
        made = (await partner.post(f"{base}/write-offs", json=new)).json()
        address = f"{base}/invoices/{invoice_id}/void"
        body = problem(await partner.post(address, json={}), 409, "invoice_not_voidable")
        (part,) = body["applications"]
        assert (part["type"], part["source_id"], part["amount"]) == ("write_off", made["id"], 75)
        assert (body["invoice_status"], body["amount_pending"]) == ("open", 0)
        undone = await partner.post(f"{base}/write-offs/{made['id']}/reversal")
        assert (undone.status_code, undone.json()["reversal_reason"]) == (200, None), "a request without a body is good"
        assert (await partner.post(address)).json()["status"] == "void"
        body = problem(await partner.post(address, json={}), 409, "invoice_not_voidable")
        assert body["invoice_status"] == "void"

    async def test_one_that_is_paid(self, partner: Partner, portal: Portal, services: Services, base: str) -> None:
        invoice_id = await post_invoice(services, portal.account_id, 1_000)
        await apply_to_invoice(services, portal.account_id, invoice_id, 1_000)
        body = problem(await partner.post(f"{base}/invoices/{invoice_id}/void", json={}), 409, "invoice_not_voidable")
        assert (body["invoice_status"], len(body["applications"])) == ("paid", 1)

    async def test_a_day_that_has_not_come(
        self, partner: Partner, portal: Portal, services: Services, base: str
    ) -> None:
        invoice_id = await post_invoice(services, portal.account_id, 1_000)
        address = f"{base}/invoices/{invoice_id}/void"
        problem(await partner.post(address, json={"voided_on": "2099-01-01"}), 409, "date_in_future")
