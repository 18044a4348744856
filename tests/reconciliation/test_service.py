"""Our books against the gateway's transactions, over the real database and the sandbox."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from billing_api.config import Settings
from billing_api.gateway.failures import GatewayUnfamiliarError
from billing_api.jobs.errors import TryAgainError
from billing_api.kit.metrics import RECONCILIATION_DIFFERENCES
from billing_api.reconciliation.errors import NothingFoundError
from billing_api.reconciliation.values import Difference, DifferenceKind
from braintree_sandbox.testing import Sandbox
from tests.factories.clock import MovableClock
from tests.factories.invoices import post_invoice
from tests.factories.payments import Json, pay, store_card
from tests.fixtures.commands import run
from tests.fixtures.later import Later
from tests.fixtures.partners import Partner
from tests.fixtures.ports import reserved_port
from tests.fixtures.queries import Sql
from tests.fixtures.rewriting import Between, rewriting
from tests.fixtures.services import Services, open_services
from tests.fixtures.signed_in import Portal
from tests.payments.test_control_search import NOTHING_FOUND
from tests.payments.test_unfamiliar_gateway import OTHER_MERCHANT
from tests.refunds.conftest import refund, settle


@pytest.fixture
async def far(settings: Settings, sandbox: Sandbox) -> AsyncIterator[tuple[Later, Between]]:
    """Later, with a gateway whose responses can be rewritten."""
    clock = MovableClock()
    async with (
        rewriting(sandbox.port) as between,
        open_services(settings.model_copy(update={"gateway_port": between.port}), clock) as services,
    ):
        yield Later(services, clock), between


@pytest.fixture
async def payments(services: Services, portal: Portal, partner: Partner, sandbox: Sandbox, sql: Sql) -> list[Json]:
    """Two payments by card, of which the second is refunded in part."""
    card = await store_card(portal)
    made = [(await pay(portal, card, await post_invoice(services, portal.account_id, 10_000))).json() for _ in range(2)]
    await settle(sandbox, sql, made[1])
    assert (await refund(partner, portal, made[1], {"type": "amount", "amount": 4_000})).status_code == 201
    return made


async def differences(later: Later, sandbox: Sandbox, account_id: UUID, *transactions: str) -> list[Difference]:
    """Those of an account, and of transactions that no account has: other tests share the gateway."""
    there = datetime.fromisoformat(sandbox.control("GET", "/clock")["now"]).astimezone(UTC)
    later.clock.forward(seconds=max(5, int((there - later.clock.now()).total_seconds()) + 5))
    now = min(datetime.now(UTC), there)
    report = await later.services.reconciliation.compare(now - timedelta(minutes=5), later.clock.now())
    return [
        one
        for one in report.differences
        if one.account_id == account_id or (one.account_id is None and one.transaction_id in transactions)
    ]


def kinds(found: list[Difference]) -> list[str]:
    return sorted(one.kind.value for one in found)


async def test_no_difference_is_the_normal_answer(
    later: Later, portal: Portal, payments: list[Json], sandbox: Sandbox
) -> None:
    assert len(payments) == 2
    own = [one["id"] for one in sandbox.transactions()]
    found = await differences(later, sandbox, portal.account_id)
    assert found == []
    assert len(own) >= 3


async def test_what_was_done_at_the_gateway_alone(
    later: Later, portal: Portal, payments: list[Json], sandbox: Sandbox, sql: Sql
) -> None:
    """The gateway has a sale, a void, a refund, a dispute and a second charge that the books lack."""
    first, second = payments
    token = await sql.fetchval("SELECT method_token FROM payments WHERE id = $1", UUID(first["id"]))
    gateway = sandbox.gateway().transaction
    sale = {"amount": "7.00", "payment_method_token": token, "options": {"submit_for_settlement": True}}
    stray = (await asyncio.to_thread(gateway.sale, {**sale, "order_id": "by-hand"})).transaction
    twice = (await asyncio.to_thread(gateway.sale, {**sale, "order_id": second["id"]})).transaction
    charges = [
        await sql.fetchval("SELECT gateway_transaction_id FROM payments WHERE id = $1", UUID(one["id"]))
        for one in payments
    ]
    await asyncio.to_thread(gateway.void, charges[0])
    credit = (await asyncio.to_thread(gateway.refund, charges[1], "1.00")).transaction
    sandbox.control("POST", f"/transactions/{charges[1]}/dispute", {"reason": "fraud", "amount": "5.00"})
    found = await differences(later, sandbox, portal.account_id, stray.id, credit.id)
    assert kinds(found) == ["dispute", "missing_here", "refund_missing_here", "second_charge", "status"]
    by_kind = {one.kind.value: one for one in found}
    assert (by_kind["status"].payment_number, by_kind["status"].theirs) == (first["number"], "cancelled")
    assert (by_kind["second_charge"].transaction_id, by_kind["missing_here"].transaction_id) == (twice.id, stray.id)


async def test_what_is_in_the_books_alone(
    later: Later, portal: Portal, payments: list[Json], sandbox: Sandbox, sql: Sql
) -> None:
    """The books name other orders, as if the gateway had lost these."""
    first, second = (UUID(one["id"]) for one in payments)
    order_id = await sql.fetchval("SELECT order_id FROM gateway_orders WHERE payment_id = $1", first)
    await sql.execute("UPDATE gateway_orders SET order_id = $2 WHERE order_id = $1", order_id, f"{order_id[:-1]}g")
    refund_id = await sql.fetchval("SELECT id FROM refunds WHERE payment_id = $1", second)
    await sql.execute("UPDATE refunds SET amount = 3999 WHERE id = $1", refund_id)
    found = await differences(later, sandbox, portal.account_id)
    assert kinds(found) == ["missing_there", "refund_amount"]
    assert {one.refund_id for one in found} == {None, refund_id}
    await sql.execute("UPDATE gateway_orders SET order_id = $2 WHERE order_id = $1", f"{order_id[:-1]}g", order_id)
    await sql.execute("UPDATE refunds SET amount = 4000 WHERE id = $1", refund_id)


async def test_nothing_at_all_proves_nothing(
    far: tuple[Later, Between], payments: list[Json], settings: Settings, sandbox: Sandbox
) -> None:
    """An index that is away, and another merchant's keys."""
    later, between = far
    between.response = lambda _method, path, _body, response: (
        (200, NOTHING_FOUND) if path.endswith("/advanced_search_ids") else response
    )
    since, until = datetime.now(UTC) - timedelta(minutes=1), datetime.now(UTC) + timedelta(minutes=1)
    later.clock.forward(minutes=2)
    assert payments
    with pytest.raises(NothingFoundError):
        await later.services.reconciliation.compare(since, until)
    later.clock.forward(hours=1)
    with pytest.raises(TryAgainError):
        await later.services.reconciliation.run()
    async with open_services(settings.model_copy(update=OTHER_MERCHANT)) as wrong:
        with pytest.raises(GatewayUnfamiliarError):
            await wrong.reconciliation.compare(since, until)


async def test_a_scheduled_payment_is_compared_on_the_day_of_its_charge(
    later: Later, portal: Portal, payments: list[Json], sandbox: Sandbox, sql: Sql
) -> None:
    """Its order id was made weeks before, and the gateway has lost its charge."""
    payment_id, old = UUID(payments[0]["id"]), "019aa000-0000-7000-8000-"
    order_id = await sql.fetchval("SELECT order_id FROM gateway_orders WHERE payment_id = $1", payment_id)
    lost = f"{old}{order_id[-12:]}"
    await sql.execute("UPDATE gateway_orders SET order_id = $2 WHERE order_id = $1", order_id, lost)
    await sql.execute("UPDATE payments SET submitted_at = created_at WHERE id = $1", payment_id)
    assert kinds(await differences(later, sandbox, portal.account_id)) == ["missing_there"]
    await sql.execute("UPDATE gateway_orders SET order_id = $2 WHERE order_id = $1", lost, order_id)
    assert kinds(await differences(later, sandbox, portal.account_id)) == []


async def test_an_empty_list_of_a_time_proves_nothing(far: tuple[Later, Between], payments: list[Json]) -> None:
    """The list by time finds nothing, while the search by order id finds the sales."""
    later, between = far
    between.response = lambda _method, path, body, response: (
        (200, NOTHING_FOUND) if path.endswith("/advanced_search_ids") and b"created" in body else response
    )
    now = datetime.now(UTC)
    later.clock.forward(hours=2)
    assert payments
    with pytest.raises(NothingFoundError):
        await later.services.reconciliation.compare(now - timedelta(hours=1), now + timedelta(hours=1))


async def test_the_daily_run_sets_the_metric(
    later: Later, portal: Portal, payments: list[Json], sandbox: Sandbox, sql: Sql
) -> None:
    transaction_id = await sql.fetchval(
        "SELECT gateway_transaction_id FROM payments WHERE id = $1", UUID(payments[0]["id"])
    )
    await asyncio.to_thread(sandbox.gateway().transaction.void, transaction_id)
    later.clock.forward(hours=2)
    await later.services.reconciliation.run()
    (family,) = RECONCILIATION_DIFFERENCES.collect()
    (found,) = [one for one in family.samples if one.labels["kind"] == "status"]
    assert found.value >= 1


async def test_a_dispute_is_compared_whenever_its_payment_was_made(
    later: Later, services: Services, portal: Portal, payments: list[Json], sandbox: Sandbox, sql: Sql
) -> None:
    """Banks open disputes weeks after a sale. Then the books get another amount, and a dispute of no transaction."""
    payment_id = UUID(payments[0]["id"])
    charge = await sql.fetchval("SELECT gateway_transaction_id FROM payments WHERE id = $1", payment_id)
    opened = sandbox.control("POST", f"/transactions/{charge}/dispute", {"reason": "fraud", "amount": "5.00"})

    async def found() -> list[tuple[str | None, str | None]]:
        return [
            (one.ours, one.theirs)
            for one in await differences(later, sandbox, portal.account_id)
            if one.kind is DifferenceKind.DISPUTE
        ]

    assert await found() == [(None, "chargeback of 5.00 USD, open")]
    await services.record_disputes.check(str(opened["id"]))
    assert await found() == []
    await sql.execute("UPDATE chargebacks SET amount = 501 WHERE payment_id = $1", payment_id)
    assert await found() == [("chargeback of 5.01 USD, open", "chargeback of 5.00 USD, open")]
    await sql.execute("UPDATE chargebacks SET amount = 500, dispute_id = 'gone' WHERE payment_id = $1", payment_id)
    both = [(None, "chargeback of 5.00 USD, open"), ("chargeback of 5.00 USD, open", None)]
    assert await found() == both
    await sql.execute("UPDATE chargebacks SET dispute_id = $2 WHERE payment_id = $1", payment_id, str(opened["id"]))


@pytest.mark.slow
async def test_the_command_says_what_to_do(
    portal: Portal, payments: list[Json], sandbox: Sandbox, sql: Sql, database_url: str
) -> None:
    transaction_id = await sql.fetchval(
        "SELECT gateway_transaction_id FROM payments WHERE id = $1", UUID(payments[0]["id"])
    )
    await asyncio.to_thread(sandbox.gateway().transaction.void, transaction_id)
    there = datetime.fromisoformat(sandbox.control("GET", "/clock")["now"]).astimezone(UTC)
    days = ["--from", min(there, datetime.now(UTC)).date().isoformat(), "--to", there.date().isoformat()]
    environment = {"DATABASE_URL": database_url, "GATEWAY_PORT": str(sandbox.port)}
    table = await asyncio.to_thread(run, "reconciliation", *days, **environment)
    assert (table.returncode, payments[0]["number"] in table.stdout) == (1, True), table.stderr
    assert "billing-api payments resolve" in table.stdout
    assert re.search(
        r"^\d+ transactions at the gateway, .*; \d+ with money in the books\.$", table.stdout, re.MULTILINE
    )
    machine = await asyncio.to_thread(run, "reconciliation", *days, "--json", **environment)
    (mine,) = [one for one in json.loads(machine.stdout)["differences"] if one["account_id"] == str(portal.account_id)]
    assert (mine["kind"], mine["theirs"], mine["transaction_id"]) == ("status", "cancelled", transaction_id)
    wrong = await asyncio.to_thread(run, "reconciliation", "--from", "2026-11-02", "--to", "2026-11-01", **environment)
    assert wrong.returncode == 2
    with reserved_port() as port:
        nowhere = await asyncio.to_thread(run, "reconciliation", *days, **environment | {"GATEWAY_PORT": str(port)})
    assert (nowhere.returncode, "the GATEWAY_ settings" in nowhere.stderr) == (1, True), nowhere.stderr
