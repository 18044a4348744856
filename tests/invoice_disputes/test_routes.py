"""Invoices that their customer contests: from the objection to its end, and the places where it is shown."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from billing_api.invoice_disputes.errors import DisputeClosedError
from tests.factories.credits import apply_credit_memo, post_credit_memo
from tests.factories.invoices import apply_to_invoice, post_invoice, void_invoice
from tests.factories.payments import new_key
from tests.fixtures.queries import Queries, Sql
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal

WRONG_PRICE = {"reason": "wrong_price", "text": "We agreed on 45.00 for each."}


def path_of(invoice_id: UUID) -> str:
    return f"/v1/invoices/{invoice_id}/disputes"


async def contest(portal: Portal, invoice_id: UUID, **fields: Any) -> dict[str, Any]:
    """A dispute that is open."""
    response = await portal.post(path_of(invoice_id), json=WRONG_PRICE | fields)
    assert response.status_code == 201, response.text
    body: dict[str, Any] = response.json()
    return body


async def contested(portal: Portal, invoice_id: UUID) -> int:
    """The contested amount, as the invoice shows it."""
    amount: int = (await portal.get(f"/v1/invoices/{invoice_id}")).json()["contested"]
    return amount


@pytest.fixture
async def invoice_id(services: Services, account_id: UUID) -> UUID:
    """An open invoice of 100 dollars, due today."""
    today = services.clock.today()
    return await post_invoice(services, account_id, 10_000, number="INV-1", issued_on=today, due_on=today)


async def test_anonymous_is_refused(client: httpx.AsyncClient) -> None:
    assert (await client.post(path_of(uuid4()), json=WRONG_PRICE)).status_code == 401


class TestOpen:
    async def test_the_response_is_the_dispute_at_its_location(self, payer: Portal, invoice_id: UUID) -> None:
        response = await payer.post(path_of(invoice_id), json=WRONG_PRICE)
        body = response.json()
        assert (
            body.items()
            >= {
                "invoice_id": str(invoice_id),
                "status": "open",
                "reason": "wrong_price",
                "text": "We agreed on 45.00 for each.",
                "currency": "USD",
                "amount": 10_000,
                "answer": None,
                "closed_at": None,
                "version": 1,
            }.items()
        )
        assert (await payer.get(response.headers["Location"])).json() == body
        assert (await payer.get(path_of(invoice_id))).json()["data"] == [body]

    async def test_a_viewer_may_look_and_not_contest(self, portal: Portal, viewer: Portal, invoice_id: UUID) -> None:
        assert (await viewer.post(path_of(invoice_id), json=WRONG_PRICE)).status_code == 403
        dispute = await contest(portal, invoice_id)
        assert (await viewer.get(f"{path_of(invoice_id)}/{dispute['id']}")).json() == dispute

    async def test_a_part_can_be_contested(self, portal: Portal, invoice_id: UUID) -> None:
        assert (await contest(portal, invoice_id, amount=2_500))["amount"] == 2_500
        assert await contested(portal, invoice_id) == 2_500

    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"reason": "wrong_price"},
            {"text": "x"},
            WRONG_PRICE | {"reason": "ugly"},
            WRONG_PRICE | {"amount": 0},
            WRONG_PRICE | {"amount": -1},
            WRONG_PRICE | {"text": " "},
            WRONG_PRICE | {"status": "accepted"},
            WRONG_PRICE | {"text": "My card is 4111 1111 1111 1111"},
        ],
    )
    async def test_invalid_bodies_are_refused(self, portal: Portal, invoice_id: UUID, body: dict[str, Any]) -> None:
        assert (await portal.post(path_of(invoice_id), json=body)).status_code == 422

    async def test_more_than_is_due_is_refused(
        self, services: Services, portal: Portal, account_id: UUID, invoice_id: UUID
    ) -> None:
        await apply_to_invoice(services, account_id, invoice_id, 4_000)
        response = await portal.post(path_of(invoice_id), json=WRONG_PRICE | {"amount": 6_001})
        assert (response.status_code, response.json()["code"]) == (409, "contested_too_much")
        assert response.json()["amount_due"] == 6_000
        assert (await contest(portal, invoice_id))["amount"] == 6_000

    async def test_paid_and_void_invoices_can_not_be_contested(
        self, services: Services, portal: Portal, account_id: UUID, invoice_id: UUID
    ) -> None:
        other = await post_invoice(services, account_id)
        await void_invoice(services, account_id, other)
        await apply_to_invoice(services, account_id, invoice_id, 10_000)
        for one, status in ((other, "void"), (invoice_id, "paid")):
            response = await portal.post(path_of(one), json=WRONG_PRICE)
            assert (response.status_code, response.json()["code"]) == (409, "invoice_not_contestable")
            assert response.json()["invoice_status"] == status

    async def test_an_invoice_has_one_open_dispute_at_a_time(self, portal: Portal, invoice_id: UUID) -> None:
        responses = await asyncio.gather(*(portal.post(path_of(invoice_id), json=WRONG_PRICE) for _ in range(8)))
        assert sorted(response.status_code for response in responses) == [201] + [409] * 7
        assert {one.json()["code"] for one in responses if one.status_code == 409} == {"invoice_contested"}

    async def test_the_same_key_opens_one(self, portal: Portal, invoice_id: UUID) -> None:
        key = new_key()
        first, again = [await portal.post(path_of(invoice_id), json=WRONG_PRICE, headers=key) for _ in range(2)]
        assert first.json() == again.json()
        assert again.headers["Location"] == first.headers["Location"]


class TestWithdraw:
    async def test_the_invoice_is_contested_no_longer(self, portal: Portal, invoice_id: UUID) -> None:
        dispute = await contest(portal, invoice_id)
        path = f"{path_of(invoice_id)}/{dispute['id']}/withdrawal"
        first, again = [await portal.post(path) for _ in range(2)]
        assert first.status_code == 200
        assert first.json() == again.json()
        assert (first.json()["status"], first.json()["version"]) == ("withdrawn", 2)
        assert first.json()["closed_at"] is not None
        assert await contested(portal, invoice_id) == 0
        await contest(portal, invoice_id)

    async def test_a_dispute_of_another_invoice_is_not_found(
        self, services: Services, portal: Portal, account_id: UUID, invoice_id: UUID
    ) -> None:
        dispute = await contest(portal, invoice_id)
        other = await post_invoice(services, account_id)
        response = await portal.post(f"{path_of(other)}/{dispute['id']}/withdrawal")
        assert (response.status_code, response.json()["code"]) == (404, "dispute_not_found")

    async def test_an_answered_dispute_stays(self, services: Services, portal: Portal, invoice_id: UUID) -> None:
        dispute = await contest(portal, invoice_id)
        await services.invoice_disputes.resolve(UUID(dispute["id"]), "rejected", "The offer says 50.00.")
        response = await portal.post(f"{path_of(invoice_id)}/{dispute['id']}/withdrawal")
        assert (response.status_code, response.json()["code"]) == (409, "dispute_closed")


class TestResolve:
    async def test_the_customer_reads_the_answer(self, services: Services, portal: Portal, invoice_id: UUID) -> None:
        dispute = await contest(portal, invoice_id)
        await services.invoice_disputes.resolve(UUID(dispute["id"]), "accepted", "A credit memo follows.")
        found = (await portal.get(f"{path_of(invoice_id)}/{dispute['id']}")).json()
        assert (found["status"], found["answer"]) == ("accepted", "A credit memo follows.")
        assert await contested(portal, invoice_id) == 0

    async def test_it_is_answered_once(self, services: Services, portal: Portal, invoice_id: UUID) -> None:
        dispute_id = UUID((await contest(portal, invoice_id))["id"])
        await services.invoice_disputes.resolve(dispute_id, "accepted", "Yes.")
        with pytest.raises(DisputeClosedError):
            await services.invoice_disputes.resolve(dispute_id, "rejected", "No.")

    async def test_the_back_office_sees_what_is_open(
        self, services: Services, portal: Portal, invoice_id: UUID
    ) -> None:
        dispute = await contest(portal, invoice_id)
        (found,) = [
            one for one in await services.invoice_disputes.list_open(1000) if one.account_id == portal.account_id
        ]
        assert (str(found.id), found.invoice_number, found.amount) == (dispute["id"], "INV-1", 10_000)


class TestSettled:
    """A dispute ends by itself when nothing of its invoice is due any more."""

    async def test_by_a_payment_in_full(
        self, services: Services, portal: Portal, account_id: UUID, invoice_id: UUID
    ) -> None:
        dispute = await contest(portal, invoice_id, amount=3_000)
        path = f"{path_of(invoice_id)}/{dispute['id']}"
        await apply_to_invoice(services, account_id, invoice_id, 9_999)
        assert (await portal.get(path)).json() == dispute
        await apply_to_invoice(services, account_id, invoice_id, 1)
        settled = (await portal.get(path)).json()
        assert settled["closed_at"] is not None
        changed = {name: settled[name] for name in ("closed_at", "updated_at")}
        changed |= {"status": "settled", "settlement": "invoice_paid", "version": 2}
        assert settled == dispute | changed
        open_ones = [one.id for one in await services.invoice_disputes.list_open(1000)]
        assert UUID(dispute["id"]) not in open_ones

    async def test_by_the_vendor_who_voids_the_invoice(
        self, services: Services, portal: Portal, account_id: UUID, invoice_id: UUID
    ) -> None:
        dispute = await contest(portal, invoice_id)
        await void_invoice(services, account_id, invoice_id)
        settled = (await portal.get(f"{path_of(invoice_id)}/{dispute['id']}")).json()
        assert (settled["status"], settled["settlement"]) == ("settled", "invoice_voided")

    async def test_by_a_credit_memo_for_several_invoices(
        self, services: Services, portal: Portal, account_id: UUID, invoice_id: UUID
    ) -> None:
        """The invoices that are not contested, or not paid in full, are as before."""
        partly, other = [await post_invoice(services, account_id, 500) for _ in range(2)]
        for one in (invoice_id, partly):
            await contest(portal, one)
        memo = await post_credit_memo(services, account_id, 20_000)
        await apply_credit_memo(services, account_id, memo, {invoice_id: 10_000, partly: 400, other: 500})
        found = {one: (await portal.get(path_of(one))).json()["data"] for one in (invoice_id, partly, other)}
        assert [(one["status"], one["settlement"]) for one in found[invoice_id]] == [("settled", "invoice_paid")]
        assert [(one["status"], one["settlement"]) for one in found[partly]] == [("open", None)]
        assert found[other] == []
        assert await contested(portal, partly) == 100

    async def test_it_stays_when_the_payment_is_returned(
        self, services: Services, portal: Portal, account_id: UUID, invoice_id: UUID
    ) -> None:
        """The invoice is due again, and can be contested anew."""
        dispute = await contest(portal, invoice_id)
        await apply_to_invoice(services, account_id, invoice_id, 10_000)
        await apply_to_invoice(services, account_id, invoice_id, -10_000)
        assert await contested(portal, invoice_id) == 0
        path = f"{path_of(invoice_id)}/{dispute['id']}/withdrawal"
        response = await portal.post(path)
        assert (response.status_code, response.json()["code"]) == (409, "dispute_closed")
        assert (await contest(portal, invoice_id))["status"] == "open"

    async def test_no_other_payment_costs_a_statement_more(
        self, services: Services, portal: Portal, account_id: UUID, invoice_id: UUID, queries: Queries
    ) -> None:
        plain = await post_invoice(services, account_id, 10_000)
        counts = []
        for one in (plain, invoice_id):
            if one == invoice_id:
                await contest(portal, one)
            queries.clear()
            await apply_to_invoice(services, account_id, one, 10_000)
            counts.append(len(queries))
        assert counts[1] == counts[0] + 1


class TestWhereItIsShown:
    async def test_lists_and_their_filter(
        self, services: Services, portal: Portal, account_id: UUID, invoice_id: UUID
    ) -> None:
        await post_invoice(services, account_id, number="INV-2")
        await contest(portal, invoice_id, amount=300)
        listed = (await portal.get("/v1/invoices?sort=number")).json()["data"]
        assert [(row["number"], row["contested"]) for row in listed] == [("INV-1", 300), ("INV-2", 0)]
        for query, numbers in (("contested=true", ["INV-1"]), ("contested=false", ["INV-2"])):
            rows = (await portal.get(f"/v1/invoices?{query}")).json()["data"]
            assert [row["number"] for row in rows] == numbers
        assert b",3.00," in (await portal.get("/v1/invoices.csv?contested=true")).content

    async def test_a_payment_leaves_less_of_it(
        self, services: Services, portal: Portal, account_id: UUID, invoice_id: UUID
    ) -> None:
        await contest(portal, invoice_id, amount=3_000)
        await apply_to_invoice(services, account_id, invoice_id, 9_000)
        assert await contested(portal, invoice_id) == 1_000
        await apply_to_invoice(services, account_id, invoice_id, 1_000)
        assert await contested(portal, invoice_id) == 0
        assert (await portal.get("/v1/invoices?contested=true")).json()["data"] == []

    async def test_the_balance_has_it_beside_the_ages(
        self, services: Services, portal: Portal, account_id: UUID, invoice_id: UUID
    ) -> None:
        today = services.clock.today()
        await post_invoice(services, account_id, 500, number="INV-9", currency="EUR")
        days = {"current": 0, "days_1_30": 10, "days_31_60": 40, "days_61_90": 70, "days_over_90": 100}
        for place, (age, late) in enumerate(days.items(), 1):
            due_on = today - timedelta(days=late)
            late_id = await post_invoice(services, account_id, 1_000, number=age, issued_on=due_on, due_on=due_on)
            await contest(portal, late_id, amount=place)
        euros, dollars = (await portal.get("/v1/balance")).json()["balances"]
        assert euros["contested"] == dict.fromkeys(days, 0)
        assert dollars["contested"] == {age: place for place, age in enumerate(days, 1)}
        assert dollars["ageing"]["current"] == 11_000
        past = (await portal.get(f"/v1/balance?as_of={today}")).json()["balances"]
        assert [one["contested"] for one in past] == [None, None]
        assert (await portal.get("/v1/overview")).json()["balance"]["balances"][1] == dollars


async def test_each_step_is_audited_and_an_event(
    services: Services, portal: Portal, invoice_id: UUID, sql: Sql
) -> None:
    first = await contest(portal, invoice_id)
    await portal.post(f"{path_of(invoice_id)}/{first['id']}/withdrawal")
    second = await contest(portal, invoice_id, amount=5)
    await services.invoice_disputes.resolve(UUID(second["id"]), "rejected", "No.")
    await contest(portal, invoice_id, amount=6)
    await apply_to_invoice(services, portal.account_id, invoice_id, 10_000)
    ends = ("withdrawn", "resolved", "settled")
    facts = [fact for end in ends for fact in ("invoice.contested", f"invoice.dispute_{end}")]
    query = "SELECT * FROM audit_log WHERE subject_id = $1 AND action = ANY($2) ORDER BY id"
    audited = await sql.fetch(query, invoice_id, facts)
    assert [row["action"] for row in audited] == facts
    assert [row["actor_id"] for row in audited[:3]] == [str(portal.user_id)] * 3
    recorded = await sql.fetch(query.replace("audit_log", "outbox_events").replace("action", "kind"), invoice_id, facts)
    assert [row["kind"] for row in recorded] == facts
    assert '"amount": 5' in recorded[3]["data"]
    assert '"settlement": "invoice_paid"' in recorded[-1]["data"]
    assert "We agreed" not in str([dict(row) for row in (*audited, *recorded)])
