"""Refunds whose response is lost, or whose process dies: found by the order id, and never made twice."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from billing_api.kit.idempotency import IdempotencyKey
from billing_api.kit.ids import new_id
from billing_api.refunds.schemas import RefundCreate
from braintree_sandbox.testing import Sandbox
from tests.factories.invoices import post_invoice
from tests.factories.payments import Json, new_key
from tests.fixtures.books import breaches
from tests.fixtures.later import Later
from tests.fixtures.partners import Partner
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal
from tests.http.problem import problem
from tests.payments.buying import assert_books_add_up, buy, of
from tests.refunds.conftest import (
    EVERYTHING,
    WHOLE,
    address_of,
    charge_of,
    invoice_of,
    payment_of,
    refund,
    refunds_at,
    settle,
)

pytestmark = pytest.mark.usefixtures("nothing_else_due")
PART: Json = {"type": "amount", "amount": 4_000}


@pytest.fixture
async def invoice(services: Services, portal: Portal) -> UUID:
    """An invoice of 100 dollars."""
    return await post_invoice(services, portal.account_id, 10_000)


@pytest.fixture
async def paid(portal: Portal, card: Json, invoice: UUID, sandbox: Sandbox, sql: Sql) -> Json:
    """A settled payment of `invoice` by card."""
    payment: Json = (await buy(portal, card, of(invoice))).json()
    await settle(sandbox, sql, payment)
    return payment


def lose(sandbox: Sandbox, charge_id: str, verb: str = "refund", *, commit: bool) -> None:
    """Cut off the next refund or void of a charge, once it is done (`commit`) or before."""
    sandbox.fault("drop", commit=commit, match={"path": f"^/transactions/{charge_id}/{verb}$"})


async def check(later: Later, **delay: int) -> dict[str, int]:
    later.clock.forward(**delay)
    return dict(await later.services.refund_checks.resolve_due(EVERYTHING))


async def refund_of(portal: Portal, payment: Json) -> Json:
    (found,) = (await portal.get(f"/v1/payments/{payment['id']}/refunds")).json()["data"]
    refund_: Json = found
    return refund_


async def test_a_refund_that_was_made_is_found(
    partner: Partner, portal: Portal, paid: Json, invoice: UUID, sandbox: Sandbox, sql: Sql, later: Later
) -> None:
    charge_id, key = await charge_of(sql, paid), new_key()
    lose(sandbox, charge_id, commit=True)
    response = await refund(partner, portal, paid, PART, key)
    assert (response.status_code, response.json()["status"]) == (202, "unknown")
    assert (await payment_of(portal, paid))["refund_pending"] == 4_000
    assert await check(later, minutes=6) == {"final": 1}
    assert refunds_at(sandbox, charge_id) == ["40.00"]
    assert (await refund_of(portal, paid))["status"] == "succeeded"
    assert (await invoice_of(portal, invoice))["amount_due"] == 4_000
    await assert_books_add_up(sql, portal.account_id)
    again = await refund(partner, portal, paid, PART, key)
    assert (again.status_code, again.json()["status"]) == (201, "succeeded")
    assert refunds_at(sandbox, charge_id) == ["40.00"]


async def test_a_refund_that_was_never_made_fails_after_two_searches(
    partner: Partner, portal: Portal, paid: Json, sandbox: Sandbox, sql: Sql, later: Later
) -> None:
    charge_id, key = await charge_of(sql, paid), new_key()
    lose(sandbox, charge_id, commit=False)
    assert (await refund(partner, portal, paid, PART, key)).status_code == 202
    assert await check(later, minutes=6) == {"live": 1}
    assert (await refund_of(portal, paid))["status"] == "unknown"
    assert await check(later, minutes=60) == {"final": 1}
    failed = await refund_of(portal, paid)
    assert (failed["status"], failed["decline"], failed["next_check_at"]) == ("failed", None, None)
    assert (await payment_of(portal, paid))["refund_pending"] == 0
    again = await refund(partner, portal, paid, PART, key)
    assert (again.status_code, again.json()["code"]) == (503, "refund_not_sent")
    assert (await refund(partner, portal, paid, WHOLE)).json()["amount"] == 10_000
    await assert_books_add_up(sql, portal.account_id)


async def test_a_failed_refund_that_turns_up_is_posted(
    partner: Partner, portal: Portal, paid: Json, invoice: UUID, sandbox: Sandbox, sql: Sql, later: Later
) -> None:
    """Its request was paused after the last look at the clock."""
    charge_id = await charge_of(sql, paid)
    lose(sandbox, charge_id, commit=False)
    await refund(partner, portal, paid, PART)
    await check(later, minutes=6)
    await check(later, minutes=60)
    refund_id = (await refund_of(portal, paid))["id"]
    order = {"amount": "40.00", "order_id": refund_id}
    await asyncio.to_thread(sandbox.gateway().transaction.refund, charge_id, order)
    assert await check(later, hours=2) == {"final": 1}
    assert (await refund_of(portal, paid))["status"] == "succeeded"
    assert (await payment_of(portal, paid))["refunded"] == 4_000
    assert (await invoice_of(portal, invoice))["amount_due"] == 4_000
    await assert_books_add_up(sql, portal.account_id)


async def test_a_refund_that_turns_up_after_its_money_has_gone_otherwise_is_said_once(
    partner: Partner, portal: Portal, paid: Json, services: Services, sandbox: Sandbox, sql: Sql, later: Later
) -> None:
    """The customer has the money twice: nothing is posted for the refund, and the report says what to do."""
    charge_id = await charge_of(sql, paid)
    lose(sandbox, charge_id, commit=False)
    await refund(partner, portal, paid, PART)
    await check(later, minutes=6)
    await check(later, minutes=60)
    refund_id = UUID((await refund_of(portal, paid))["id"])
    dispute = sandbox.control("POST", f"/transactions/{charge_id}/dispute", {"reason": "fraud", "amount": "80.00"})
    await services.record_disputes.check(str(dispute["id"]))
    order = {"amount": "40.00", "order_id": str(refund_id)}
    made = await asyncio.to_thread(sandbox.gateway().transaction.refund, charge_id, order)
    assert made.is_success
    for _ in range(3):
        await check(later, days=1)
    audited = await sql.fetchval(
        "SELECT count(*) FROM audit_log WHERE subject_id = $1 AND action = 'refund.found_late'", refund_id
    )
    assert (audited, (await refund_of(portal, paid))["status"]) == (1, "failed")
    there = datetime.fromisoformat(sandbox.control("GET", "/clock")["now"]).astimezone(UTC)
    begin = min(there, datetime.now(UTC)) - timedelta(minutes=5)
    report = await later.services.reconciliation.compare(begin, later.clock.now())
    (mine,) = [one for one in report.differences if one.refund_id == refund_id]
    assert (mine.kind, "has it twice" in mine.advice) == ("refund_found_late", True)
    sandbox.control("POST", f"/disputes/{dispute['id']}/win")
    await services.record_disputes.check(str(dispute["id"]))
    await check(later, days=1)  # the payment has the money again
    assert (await refund_of(portal, paid))["status"] == "succeeded"
    assert (await payment_of(portal, paid))["refunded"] == 4_000
    assert await breaches(sql, portal.account_id) == []


async def test_a_void_whose_response_is_lost_is_found(
    partner: Partner, portal: Portal, card: Json, invoice: UUID, sandbox: Sandbox, sql: Sql, later: Later
) -> None:
    payment = (await buy(portal, card, of(invoice))).json()
    lose(sandbox, await charge_of(sql, payment), "void", commit=True)
    assert (await refund(partner, portal, payment, WHOLE)).status_code == 202
    assert await check(later, minutes=6) == {"final": 1}
    made = await refund_of(portal, payment)
    assert (made["status"], made["method"]) == ("succeeded", "void")
    found = await payment_of(portal, payment)
    assert (found["status"], found["refund_pending"]) == ("cancelled", 0)
    assert (await invoice_of(portal, invoice))["amount_due"] == 10_000
    await assert_books_add_up(sql, portal.account_id)


@pytest.mark.parametrize("is_sent", [False, True], ids=["before it is sent", "after it is sent"])
async def test_a_process_that_dies_leaves_a_refund_that_is_found(
    portal: Portal, paid: Json, sandbox: Sandbox, sql: Sql, later: Later, is_sent: bool
) -> None:
    """Nothing runs after transaction one, or after the gateway's work."""
    refund_id, charge_id = new_id(), await charge_of(sql, paid)
    wanted = RefundCreate.model_validate({"refund": PART})
    key = IdempotencyKey(str(refund_id), "POST", address_of(portal, paid), "digest")
    submitter = later.services.refund_submitter
    refund_ = await submitter.submit(portal.account_id, UUID(paid["id"]), refund_id, wanted, key)
    if is_sent:
        await later.services.gateway.refund(refund_.order)
    await check(later, minutes=6)
    await check(later, minutes=60)
    assert (await refund_of(portal, paid))["status"] == ("succeeded" if is_sent else "failed")
    assert refunds_at(sandbox, charge_id) == ["40.00"] * is_sent
    await assert_books_add_up(sql, portal.account_id)


async def test_a_gateway_out_of_reach_frees_the_key(
    partner: Partner, portal: Portal, paid: Json, sandbox: Sandbox, sql: Sql
) -> None:
    key = new_key()
    sandbox.fault("status", status=429, match={"path": f"^/transactions/{await charge_of(sql, paid)}/refund$"})
    sandbox.fault("status", status=429, match={"path": f"^/transactions/{await charge_of(sql, paid)}/void$"})
    not_sent = await refund(partner, portal, paid, WHOLE, key)
    assert problem(not_sent, 503, "refund_not_sent")["refund_id"] == (await refund_of(portal, paid))["id"]
    assert not_sent.headers["retry-after"] == "5"
    sandbox.control("DELETE", "/faults")
    assert (await refund(partner, portal, paid, WHOLE, key)).status_code == 201
    await assert_books_add_up(sql, portal.account_id)


async def test_nothing_is_decided_while_the_gateway_knows_nothing(
    partner: Partner, portal: Portal, paid: Json, sandbox: Sandbox, sql: Sql, later: Later
) -> None:
    """A search that finds neither the refund nor a known sale proves nothing."""
    lose(sandbox, await charge_of(sql, paid), commit=False)
    await refund(partner, portal, paid, PART)
    sandbox.fault("status", status=503, match={"path": "/advanced_search_ids$"}, times=1)
    assert await check(later, minutes=6) == {"failed": 1}
    assert (await refund_of(portal, paid))["status"] == "unknown"
