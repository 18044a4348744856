"""Refunds as the back office asks for them, and as the customer sees them."""

from typing import Any
from uuid import UUID

import pytest

from tests.factories.invoices import post_invoice
from tests.factories.payments import Json, record_offline
from tests.fixtures.partners import Partner
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal
from tests.http.problem import problem
from tests.refunds.conftest import WHOLE, address_of, refund


@pytest.fixture
async def paid(services: Services, portal: Portal) -> Json:
    """A check over 120 dollars, of which an invoice has 100."""
    parts = [{"invoice_id": str(await post_invoice(services, portal.account_id, 10_000)), "amount": 10_000}]
    return {"id": str(await record_offline(services, portal.account_id, 12_000, allocations=parts))}


async def test_unknown_payments_and_refunds_and_those_of_others(
    partner: Partner, portal: Portal, stranger: Portal, paid: Json
) -> None:
    made = (await refund(partner, portal, paid, {"type": "unapplied", "amount": 100})).json()
    problem(await refund(partner, stranger, paid, WHOLE), 404, "payment_not_found")
    problem(await partner.get(f"{address_of(portal, paid)}/{paid['id']}"), 404, "refund_not_found")
    own = f"/v1/payments/{paid['id']}/refunds"
    assert (await portal.get(f"{own}/{made['id']}")).json() == made
    problem(await stranger.get(own), 404, "payment_not_found")
    problem(await stranger.get(f"{own}/{made['id']}"), 404, "refund_not_found")


async def test_a_key_and_the_scope_are_needed(partner: Partner, partner_with: Any, portal: Portal, paid: Json) -> None:
    response = await partner.post(address_of(portal, paid), json={"refund": WHOLE})
    problem(response, 400, "bad_idempotency_key")
    problem(await refund(partner_with("payments:write"), portal, paid, WHOLE), 403, "insufficient_scope")


async def test_who_did_it_is_in_the_audit_log(partner: Partner, portal: Portal, paid: Json, sql: Sql) -> None:
    made = (await refund(partner, portal, paid, WHOLE)).json()
    rows = await sql.fetch(
        "SELECT actor_kind, actor_id, action FROM audit_log WHERE account_id = $1 AND subject_id = $2 ORDER BY id",
        portal.account_id,
        UUID(made["id"]),
    )
    assert [row["action"] for row in rows] == ["refund.submitted", "refund.succeeded"]
    assert {(row["actor_kind"], row["actor_id"]) for row in rows} == {("client", str(partner.client_id))}


async def test_pages_run_from_the_newest_to_the_oldest(partner: Partner, portal: Portal, paid: Json) -> None:
    part = {"type": "amount", "amount": 100}
    made = [(await refund(partner, portal, paid, part)).json()["id"] for _ in range(3)]
    page = (await partner.get(address_of(portal, paid), params={"limit": 2})).json()
    following = {"limit": 2, "cursor": page["next_cursor"]}
    rest = (await portal.get(f"/v1/payments/{paid['id']}/refunds", params=following)).json()
    assert [one["id"] for one in (*page["data"], *rest["data"])] == made[::-1]
