"""With the valid keys of another merchant every customer and sale is absent, and no absence counts."""

import asyncio
from collections.abc import AsyncIterator
from subprocess import CompletedProcess
from uuid import UUID, uuid4

import pytest
from prometheus_client import REGISTRY
from pydantic import SecretStr
from structlog.testing import capture_logs

from billing_api.config import Settings
from billing_api.gateway.errors import GatewayUnreachableError
from billing_api.jobs.errors import TryAgainError
from billing_api.kit.version import ANY_VERSION
from billing_api.main import create_app
from billing_api.payment_methods.create_schemas import CardCreate
from braintree_sandbox.testing import Sandbox, run_sandbox
from tests.factories.clock import MovableClock
from tests.factories.invoices import post_invoice
from tests.factories.payments import (
    Json,
    if_match,
    lose_sale,
    pay,
    pay_and_lose_response,
    store_bank_account,
    store_card,
)
from tests.fixtures.commands import run
from tests.fixtures.later import Later
from tests.fixtures.ports import reserved_port
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services, open_services
from tests.fixtures.signed_in import Portal
from tests.fixtures.waiting import looks
from tests.payments.conftest import EVERYTHING, SalesOf

pytestmark = pytest.mark.usefixtures("nothing_else_due")

PAYMENTS, METHODS = "/v1/payments", "/v1/payment-methods"
OTHER_MERCHANT = {
    "gateway_merchant_id": "integration2_merchant_id",
    "gateway_public_key": "integration2_public_key",
    "gateway_private_key": SecretStr("integration2_private_key"),
}

REPORTED = {"gateway", "payments", "payment methods", "expiring cards", "refunds"}


@pytest.fixture
async def wrong(settings: Settings) -> AsyncIterator[Later]:
    """Later, with the keys of another merchant of the same gateway."""
    clock = MovableClock()
    async with open_services(settings.model_copy(update=OTHER_MERCHANT), clock) as services:
        yield Later(services, clock)


def assert_reported(done: CompletedProcess[str]) -> None:
    """Require that the last words are about the settings, and that standard output has the results alone."""
    printed = done.stderr.splitlines()
    assert printed[-1].endswith("Do GATEWAY_MERCHANT_ID and its keys belong to this database?")
    assert [line for line in printed if line.startswith("billing-api: ")] == printed[-1:]
    assert "Traceback" not in done.stderr
    assert {line.split(":")[0] for line in done.stdout.splitlines()} <= REPORTED


async def rows_of(sql: Sql, table: str, account_id: UUID) -> list[tuple[object, ...]]:
    found = await sql.fetch(f"SELECT * FROM {table} WHERE account_id = $1 ORDER BY id", account_id)
    return [tuple(row.values()) for row in found]


async def test_two_batches_leave_an_unknown_payment_unknown(
    services: Services, portal: Portal, sandbox: Sandbox, card: Json, token: str, wrong: Later, sql: Sql
) -> None:
    payment_id = await pay_and_lose_response(services, portal, sandbox, card, token)
    before = await rows_of(sql, "payments", portal.account_id)
    counted = REGISTRY.get_sample_value("gateway_unfamiliar_total") or 0
    for _ in range(2):
        wrong.clock.forward(hours=2)
        with capture_logs() as logs:
            assert await wrong.services.payment_checks.resolve_due(EVERYTHING) == {"not believed": 1}
        assert [log["event"] for log in logs if log["log_level"] == "error"] == ["payment_not_resolved"]
    assert await rows_of(sql, "payments", portal.account_id) == before
    assert REGISTRY.get_sample_value("gateway_unfamiliar_total") == counted + 2
    assert (await services.payment_checks.resolve(portal.account_id, payment_id)).status == "succeeded"


async def test_a_batch_stops_at_the_first_unfamiliar_response(
    services: Services, portal: Portal, sandbox: Sandbox, card: Json, token: str, wrong: Later
) -> None:
    for _ in range(8):
        await pay_and_lose_response(services, portal, sandbox, card, token)
    wrong.clock.forward(hours=2)
    counts = await wrong.services.payment_checks.resolve_due(EVERYTHING)
    assert counts.keys() == {"not believed", "not tried"}
    assert counts["not tried"] >= 8 - 4  # four are looked up at once


async def test_a_day_of_batches_removes_no_method_whatever_its_status(
    services: Services, portal: Portal, sandbox: Sandbox, card: Json, wrong: Later, sql: Sql
) -> None:
    removing, nonce = await store_card(portal), sandbox.card_nonce()
    await store_bank_account(portal, sandbox.bank_nonce())
    removed = await sql.fetchval("SELECT token FROM payment_methods WHERE id = $1", UUID(removing["id"]))
    sandbox.fault("drop", match={"method": "DELETE", "path": removed})
    assert (await portal.delete(f"{METHODS}/{removing['id']}", headers=if_match(removing))).status_code == 503
    sandbox.fault("drop", commit=True, match={"path": "^/payment_methods$", "body": nonce})
    sandbox.fault("status", status=500, match={"method": "GET", "path": "^/payment_methods/any/"})
    assert (await portal.post(METHODS, json={"type": "card", "nonce": nonce})).status_code == 503
    before = await rows_of(sql, "payment_methods", portal.account_id)
    assert len(before) == 4
    for _ in range(24):
        wrong.clock.forward(hours=1, minutes=5)
        counts = await wrong.services.check_methods.check_due(EVERYTHING)
        assert counts.keys() <= {"not believed", "not tried"}
    assert counts["not believed"]
    assert await rows_of(sql, "payment_methods", portal.account_id) == before


async def test_a_customer_can_not_remove_a_method_from_the_wrong_merchant(
    portal: Portal, card: Json, wrong: Later
) -> None:
    with pytest.raises(GatewayUnreachableError):
        await wrong.services.remove_method.remove(portal.account_id, UUID(card["id"]), ANY_VERSION, detach=False)
    assert (await portal.get(f"{METHODS}/{card['id']}")).json()["status"] == "active"


async def test_the_command_reports_an_unfamiliar_gateway(
    services: Services,
    portal: Portal,
    sandbox: Sandbox,
    card: Json,
    token: str,
    sql: Sql,
    database_url: str,
) -> None:
    payment_id = await pay_and_lose_response(services, portal, sandbox, card, token)
    await sql.execute("UPDATE payments SET next_check_at = now() WHERE id = $1", payment_id)
    with run_sandbox() as empty:
        done = await asyncio.to_thread(run, "reconcile", DATABASE_URL=database_url, GATEWAY_PORT=str(empty.port))
    assert done.returncode == 1, done.stderr
    assert "payments: 1 not believed" in done.stdout
    assert_reported(done)


async def test_the_workers_pass_fails_at_an_unfamiliar_gateway(
    services: Services, portal: Portal, sandbox: Sandbox, card: Json, token: str, wrong: Later
) -> None:
    """Its job says so, and each item is counted."""
    await pay_and_lose_response(services, portal, sandbox, card, token)
    wrong.clock.forward(hours=1)
    before = REGISTRY.get_sample_value("reconciled_total", {"sort": "gateway", "outcome": "not believed"}) or 0
    with pytest.raises(TryAgainError, match="none of the customers or sales that must be there"):
        await wrong.services.reconciler_pass.run_or_fail()
    assert REGISTRY.get_sample_value("reconciled_total", {"sort": "gateway", "outcome": "not believed"}) == before + 1


async def test_the_workers_pass_counts_what_it_looked_up(
    services: Services, portal: Portal, sandbox: Sandbox, card: Json, token: str, later: Later
) -> None:
    payment_id = await pay_and_lose_response(services, portal, sandbox, card, token)
    later.clock.forward(hours=1)
    await later.services.reconciler_pass.run_or_fail()
    assert (await portal.get(f"{PAYMENTS}/{payment_id}")).json()["status"] != "unknown"


async def test_a_bank_transfer_that_is_not_found_is_looked_up_again_a_day_later(
    services: Services, portal: Portal, later: Later, sql: Sql
) -> None:
    """The gateway has confirmed the transfer before: an empty search now does not prove that nothing was sent."""
    response = await pay(portal, await store_bank_account(portal), await post_invoice(services, portal.account_id))
    payment_id = UUID(response.json()["id"])
    await sql.execute("UPDATE payments SET order_id = $1 WHERE id = $2", str(uuid4()), payment_id)
    later.clock.forward(hours=2)
    for _ in range(3):
        with capture_logs() as logs:
            assert await later.services.payment_checks.resolve_due(EVERYTHING) == {"live": 1}
        assert "processing_payment_not_found" in [log["event"] for log in logs]
        assert await later.services.payment_checks.resolve_due(EVERYTHING) == {}
        later.clock.forward(days=1)
    shown = (await portal.get(f"{PAYMENTS}/{payment_id}")).json()
    assert (shown["status"], shown["version"]) == ("processing", response.json()["version"])


async def test_a_customer_that_was_removed_at_the_gateway_is_made_again(
    services: Services,
    portal: Portal,
    stranger: Portal,
    sandbox: Sandbox,
    card: Json,
    token: str,
    later: Later,
    sql: Sql,
    sales_of: SalesOf,
) -> None:
    """Another account's customer is found, so the gateway is a familiar one."""
    await store_card(stranger)
    invoice = await post_invoice(services, portal.account_id, 10_000)
    lose_sale(sandbox, token, commit=False)
    payment = (await pay(portal, card, invoice)).json()
    customer_id = await sql.fetchval(
        "SELECT customer_id FROM gateway_customers WHERE account_id = $1", portal.account_id
    )
    assert (await asyncio.to_thread(sandbox.gateway().customer.delete, customer_id)).is_success
    later.clock.forward(hours=25)
    await later.services.check_methods.check_due(EVERYTHING)
    assert (await portal.get(f"{METHODS}/{card['id']}")).json()["status"] == "removed"
    for _ in range(2):
        await later.services.payment_checks.resolve_due(EVERYTHING)
        later.clock.forward(days=1)
    assert (await portal.get(f"{PAYMENTS}/{payment['id']}")).json()["status"] == "failed"
    assert (await pay(portal, await store_card(portal), invoice)).status_code == 201


def new_card(sandbox: Sandbox, *, merchant: str) -> CardCreate:
    return CardCreate(type="card", nonce=sandbox.card_nonce("4012888888881881", merchant=merchant))


@pytest.fixture
async def forgotten_merchants(sql: Sql) -> AsyncIterator[None]:
    """The customers as they were before their merchant was stored; restored afterwards."""
    before = await sql.fetch("SELECT account_id, confirmed_at, merchant_id FROM gateway_customers")
    await sql.execute("UPDATE gateway_customers SET merchant_id = NULL")
    yield
    await sql.execute("UPDATE gateway_customers SET confirmed_at = NULL, merchant_id = NULL")
    await sql.executemany(
        "UPDATE gateway_customers SET confirmed_at = $2, merchant_id = $3 WHERE account_id = $1",
        [tuple(row.values()) for row in before],
    )


class TestStoringACardWithTheWrongKeys:
    """A customer that is made with the wrong keys would confirm absences for every other account."""

    async def test_a_card_is_refused_and_other_accounts_stay_unchecked(
        self,
        services: Services,
        portal: Portal,
        stranger: Portal,
        sandbox: Sandbox,
        card: Json,
        token: str,
        wrong: Later,
        sql: Sql,
    ) -> None:
        payment_id = await pay_and_lose_response(services, portal, sandbox, card, token)
        with pytest.raises(GatewayUnreachableError):
            await wrong.services.store_method.store(stranger.account_id, new_card(sandbox, merchant="integration2"))
        confirmed = "SELECT confirmed_at FROM gateway_customers WHERE account_id = $1"
        assert await sql.fetchval(confirmed, stranger.account_id) is None
        for hours in (2, 26, 26):
            wrong.clock.forward(hours=hours)
            for due in (wrong.services.payment_checks.resolve_due, wrong.services.check_methods.check_due):
                assert (await due(EVERYTHING)).keys() <= {"not believed", "not tried"}
        assert (await portal.get(f"{METHODS}/{card['id']}")).json()["status"] == "active"
        assert (await services.payment_checks.resolve(portal.account_id, payment_id)).status == "succeeded"

    @pytest.mark.usefixtures("card", "forgotten_merchants")
    async def test_a_card_is_refused_when_no_merchant_is_stored_yet(
        self, stranger: Portal, sandbox: Sandbox, wrong: Later
    ) -> None:
        with pytest.raises(GatewayUnreachableError):
            await wrong.services.store_method.store(stranger.account_id, new_card(sandbox, merchant="integration2"))

    @pytest.mark.usefixtures("card")
    async def test_a_confirmed_customer_is_not_made_again_when_no_other_is_found(
        self, settings: Settings, portal: Portal
    ) -> None:
        """The same merchant id at another gateway, such as the sandbox in place of production."""
        with run_sandbox() as empty:
            async with open_services(settings.model_copy(update={"gateway_port": empty.port})) as elsewhere:
                with pytest.raises(GatewayUnreachableError):
                    await elsewhere.store_method.store(portal.account_id, new_card(empty, merchant="integration"))
            assert not list(empty.gateway().customer.all().items)

    @pytest.mark.usefixtures("card", "forgotten_merchants")
    async def test_the_next_found_customer_stores_the_merchant(
        self, services: Services, portal: Portal, sql: Sql
    ) -> None:
        await services.lookups.require_own_merchant()
        merchant = "SELECT merchant_id FROM gateway_customers WHERE account_id = $1"
        assert await sql.fetchval(merchant, portal.account_id) == "integration_merchant_id"

    @pytest.mark.usefixtures("forgotten_merchants")
    async def test_a_move_to_another_merchant_is_one_statement(
        self, portal: Portal, stranger: Portal, sandbox: Sandbox, card: Json, wrong: Later, sql: Sql
    ) -> None:
        """The statement of docs/deployment.md; all earlier methods are removed then."""
        await sql.execute("UPDATE gateway_customers SET confirmed_at = NULL, merchant_id = NULL")
        await wrong.services.store_method.store(stranger.account_id, new_card(sandbox, merchant="integration2"))
        await wrong.services.check_methods.check(portal.account_id, UUID(card["id"]))
        assert (await portal.get(f"{METHODS}/{card['id']}")).json()["status"] == "removed"
        again, _ = await wrong.services.store_method.store(
            portal.account_id, new_card(sandbox, merchant="integration2")
        )
        assert again.status == "active"


@pytest.mark.usefixtures("card")
async def test_the_service_logs_another_merchants_keys_when_it_starts(settings: Settings) -> None:
    with capture_logs() as logs:
        app = create_app(settings.model_copy(update=OTHER_MERCHANT))
        async with app.router.lifespan_context(app):
            for _ in looks("the merchant is compared"):
                if any(log["event"] == "gateway_unfamiliar" and log["log_level"] == "error" for log in logs):
                    break
                await Services(app.state.parts).payment_checks.resolve_due(0)  # other tasks get their turn


@pytest.mark.usefixtures("card", "forgotten_merchants")
async def test_a_batch_without_due_payments_reports_another_merchant(
    database_url: str, sandbox: Sandbox, sql: Sql
) -> None:
    await sql.execute("UPDATE gateway_customers SET merchant_id = 'another' WHERE confirmed_at IS NOT NULL")
    done = await asyncio.to_thread(run, "reconcile", DATABASE_URL=database_url, GATEWAY_PORT=str(sandbox.port))
    assert done.returncode == 1, done.stderr
    assert "gateway: 1 not believed" in done.stdout
    assert_reported(done)


async def test_a_decision_about_a_payment_at_an_unfamiliar_gateway_is_one_line(
    services: Services, portal: Portal, sandbox: Sandbox, card: Json, token: str, sql: Sql, database_url: str
) -> None:
    payment_id = await pay_and_lose_response(services, portal, sandbox, card, token)
    await sql.execute("UPDATE payments SET created_at = now() - interval '1 day' WHERE id = $1", payment_id)
    decision = ("payments", "resolve", str(payment_id), "--failed", "--reason", "no charge in the control panel")
    with run_sandbox() as empty:
        done = await asyncio.to_thread(run, *decision, DATABASE_URL=database_url, GATEWAY_PORT=str(empty.port))
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()  # it names the newest sale that is known, which another test may have made
    assert line.startswith("billing-api: ")
    assert line.endswith(": do GATEWAY_MERCHANT_ID and its keys belong to this database?")


async def test_a_pass_without_the_gateway_ends_with_its_status(
    services: Services, portal: Portal, sandbox: Sandbox, card: Json, token: str, sql: Sql, database_url: str
) -> None:
    payment_id = await pay_and_lose_response(services, portal, sandbox, card, token)
    await sql.execute("UPDATE payments SET next_check_at = now() WHERE id = $1", payment_id)
    with reserved_port() as port:
        done = await asyncio.to_thread(run, "reconcile", DATABASE_URL=database_url, GATEWAY_PORT=str(port))
    assert (done.returncode, "payments: 1 failed" in done.stdout) == (1, True), done.stderr
    assert {line.split(":")[0] for line in done.stdout.splitlines()} <= REPORTED
    assert "Traceback" not in done.stderr
