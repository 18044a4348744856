"""Payments that are not final are checked when they are due, on every account."""

import asyncio
from collections import Counter
from uuid import UUID

import pytest
from structlog.testing import capture_logs

from braintree_sandbox.testing import Sandbox
from tests.factories.invoices import post_invoice
from tests.factories.payments import Json, new_key, pay, store_bank_account
from tests.fixtures.commands import run
from tests.fixtures.later import Later
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal
from tests.payments.conftest import EVERYTHING, Books, BooksOf, SalesOf
from tests.payments.late import state_of

pytestmark = pytest.mark.usefixtures("nothing_else_due")

PAYMENTS = "/v1/payments"


async def pay_and_lose_the_response(services: Services, portal: Portal, sandbox: Sandbox, card: Json) -> UUID:
    """Return a payment of 100 dollars that the gateway took, and whose response was lost."""
    invoice = await post_invoice(services, portal.account_id, 10_000)
    fault = sandbox.fault("drop", commit=True, match={"path": "^/transactions$", "body": "<amount>100.00</amount>"})
    response = await pay(portal, card, invoice)
    assert (response.status_code, sandbox.hits(fault)) == (202, 1)
    return UUID(response.json()["id"])


async def transfer(services: Services, portal: Portal, sales_of: SalesOf, *, key: dict[str, str]) -> tuple[Json, str]:
    """Start a bank transfer of 100 dollars; return the payment and the gateway's transaction id."""
    account = await store_bank_account(portal)
    response = await pay(portal, account, await post_invoice(services, portal.account_id, 10_000), key=key)
    assert response.json()["status"] == "processing"
    (sale,) = await sales_of(portal.account_id)
    return response.json(), sale["id"]


async def test_a_lost_response_is_looked_up_when_it_is_due_and_not_before(
    services: Services, portal: Portal, sandbox: Sandbox, card: Json, later: Later, books_of: BooksOf
) -> None:
    payment_id = await pay_and_lose_the_response(services, portal, sandbox, card)
    resolve_due = later.services.payment_checks.resolve_due
    assert await resolve_due(EVERYTHING) == Counter(final=0, live=0, failed=0)
    later.clock.forward(minutes=6)
    assert await resolve_due(EVERYTHING) == Counter(final=1, live=0, failed=0)
    assert await state_of(portal, payment_id) == "succeeded"
    assert await books_of(portal.account_id) == Books(receivable=0, customer_credit=0, pending=0, cash=10_000)
    assert await resolve_due(EVERYTHING) == Counter(final=0, live=0, failed=0)


async def test_a_bank_transfer_that_has_settled(
    services: Services, portal: Portal, sandbox: Sandbox, later: Later, books_of: BooksOf, sales_of: SalesOf
) -> None:
    payment, transaction_id = await transfer(services, portal, sales_of, key=new_key())
    later.clock.forward(minutes=6)
    assert await later.services.payment_checks.resolve_due(EVERYTHING) == Counter(final=0, live=1, failed=0)
    sandbox.control("POST", f"/transactions/{transaction_id}/settle")
    later.clock.forward(hours=1)
    assert await later.services.payment_checks.resolve_due(EVERYTHING) == Counter(final=1, live=0, failed=0)
    assert await state_of(portal, payment["id"]) == "succeeded"
    assert await books_of(portal.account_id) == Books(receivable=0, customer_credit=0, pending=0, cash=10_000)


async def test_a_bank_transfer_that_is_returned_opens_its_invoice_again(
    services: Services, portal: Portal, sandbox: Sandbox, later: Later, books_of: BooksOf, sales_of: SalesOf
) -> None:
    payment, transaction_id = await transfer(services, portal, sales_of, key=new_key())
    sandbox.control("POST", f"/transactions/{transaction_id}/return", {"code": "R01"})
    later.clock.forward(minutes=6)
    assert await later.services.payment_checks.resolve_due(EVERYTHING) == Counter(final=1, live=0, failed=0)
    assert await state_of(portal, payment["id"]) == "returned"
    invoice = (await portal.get(f"/v1/invoices/{payment['allocations'][0]['invoice_id']}")).json()
    assert (invoice["payment_status"], invoice["amount_due"], invoice["amount_pending"]) == ("unpaid", 10_000, 0)
    assert await books_of(portal.account_id) == Books(receivable=10_000, customer_credit=0, pending=0, cash=0)


async def test_a_failed_check_is_due_again_soon_and_stops_no_other(
    services: Services, portal: Portal, stranger: Portal, sandbox: Sandbox, card: Json, later: Later
) -> None:
    first = await pay_and_lose_the_response(services, portal, sandbox, card)
    second = await pay_and_lose_the_response(services, portal, sandbox, card)
    sandbox.fault("status", status=503, match={"path": "search", "body": str(first)})
    later.clock.forward(minutes=6)
    with capture_logs() as logs:
        assert await later.services.payment_checks.resolve_due(EVERYTHING) == Counter(final=1, live=0, failed=1)
    assert [log["payment_id"] for log in logs if log["event"] == "payment_not_resolved"] == [str(first)]
    assert (await state_of(portal, first), await state_of(portal, second)) == ("unknown", "succeeded")
    assert await later.services.payment_checks.resolve_due(EVERYTHING) == Counter()
    later.clock.forward(minutes=5)
    assert await later.services.payment_checks.resolve_due(EVERYTHING) == Counter(final=1, live=0, failed=0)


async def test_a_batch_is_limited_and_takes_the_longest_overdue_first(
    services: Services, portal: Portal, sandbox: Sandbox, card: Json, later: Later
) -> None:
    payments = [await pay_and_lose_the_response(services, portal, sandbox, card) for _ in range(3)]
    later.clock.forward(minutes=6)
    assert await later.services.payment_checks.resolve_due(2) == Counter(final=2, live=0, failed=0)
    assert [await state_of(portal, one) for one in payments] == ["succeeded", "succeeded", "unknown"]


async def test_two_batches_at_once_record_each_payment_once(
    services: Services, portal: Portal, sandbox: Sandbox, card: Json, later: Later, books_of: BooksOf
) -> None:
    first, *_ = [await pay_and_lose_the_response(services, portal, sandbox, card) for _ in range(3)]
    later.clock.forward(minutes=6)
    held = sandbox.fault("hold", times=2, match={"path": "search_ids", "body": str(first)})
    both = asyncio.gather(*(later.services.payment_checks.resolve_due(EVERYTHING) for _ in range(2)))
    await asyncio.to_thread(sandbox.wait_for_hit, held, hits=2)  # each has listed all three
    await asyncio.to_thread(sandbox.release, held)
    assert await both == [Counter(final=3, live=0, failed=0)] * 2
    assert await books_of(portal.account_id) == Books(receivable=0, customer_credit=0, pending=0, cash=30_000)


async def test_due_payments_are_found_by_their_index(sql: Sql) -> None:
    async with sql.transaction():
        await sql.execute("SET LOCAL enable_seqscan = off")
        await sql.execute("SET LOCAL enable_bitmapscan = off")
        plan = await sql.fetch(
            """
            EXPLAIN SELECT account_id, id FROM payments
             WHERE next_check_at <= now()
             ORDER BY next_check_at, id LIMIT 100
            """
        )
    lines = [row[0] for row in plan]
    assert any("ix_payments_next_check_at" in line for line in lines)
    assert not any("Sort" in line for line in lines)


class TestReplays:
    """The replay of a payment whose outcome became known only after the response to its request."""

    @pytest.mark.parametrize("end", ["returned", "cancelled"])
    async def test_a_replay_describes_the_final_outcome(
        self, services: Services, portal: Portal, sandbox: Sandbox, later: Later, sales_of: SalesOf, end: str
    ) -> None:
        account, key = await store_bank_account(portal), new_key()
        invoice = await post_invoice(services, portal.account_id, 10_000)
        sandbox.fault("drop", commit=True, match={"path": "^/transactions$", "body": "<amount>100.00</amount>"})
        assert (await pay(portal, account, invoice, key=key)).status_code == 202
        (sale,) = await sales_of(portal.account_id)
        if end == "returned":
            sandbox.control("POST", f"/transactions/{sale['id']}/return", {"code": "R01"})
        else:
            await services.gateway.void(sale["id"], request_key="a-void")
        later.clock.forward(minutes=6)
        await later.services.payment_checks.resolve_due(EVERYTHING)
        repeat = await pay(portal, account, invoice, key=key)
        assert (repeat.status_code, repeat.json()["code"]) == (402, f"payment_{end}")
        assert end in repeat.json()["detail"]
        assert "declined" not in repeat.json()["title"]
        assert "Nothing was charged" not in repeat.json()["detail"]


async def test_the_command_runs_one_batch_and_prints_its_counts(
    services: Services, portal: Portal, sandbox: Sandbox, card: Json, sql: Sql, database_url: str
) -> None:
    first = await pay_and_lose_the_response(services, portal, sandbox, card)
    await pay_and_lose_the_response(services, portal, sandbox, card)
    await sql.execute("UPDATE payments SET next_check_at = now() WHERE account_id = $1", portal.account_id)
    fault = sandbox.fault("status", status=503, match={"path": "search", "body": str(first)})
    passes = [
        await asyncio.to_thread(run, "reconcile", DATABASE_URL=database_url, GATEWAY_PORT=str(sandbox.port))
        for _ in range(2)
    ]
    assert sandbox.hits(fault) == 1
    assert [one.returncode for one in passes] == [1, 0]
    found, nothing = (line for one in passes for line in one.stdout.splitlines() if line.startswith("payments: "))
    assert set(found.removeprefix("payments: ").split(", ")) == {"1 final", "1 failed"}
    assert nothing == "payments: nothing due"
