"""A person says what became of a payment; what the gateway contradicts is refused unless it is forced."""

import asyncio
import json
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import pytest

from billing_api.config import Settings
from billing_api.gateway.failures import GatewayUnfamiliarError
from billing_api.payments.deciding import ContradictedError
from billing_api.payments.errors import PaymentNotFoundError
from billing_api.payments.recording import NotOpenError
from braintree_sandbox.testing import Sandbox
from tests.factories.clock import MovableClock
from tests.factories.invoices import post_invoice
from tests.factories.payments import Json, lose_sale, new_key, pay
from tests.fixtures.commands import run
from tests.fixtures.later import Later
from tests.fixtures.queries import Sql
from tests.fixtures.rewriting import Between, as_it_is, rewriting
from tests.fixtures.services import Services, open_services
from tests.fixtures.signed_in import Portal
from tests.payments.buying import assert_books_add_up
from tests.payments.conftest import EVERYTHING
from tests.payments.late import charged_late, state_of
from tests.payments.test_control_search import NOTHING_FOUND

pytestmark = pytest.mark.usefixtures("nothing_else_due")
WHY = "The bank's statement"


@pytest.fixture
async def far(settings: Settings, sandbox: Sandbox) -> AsyncIterator[tuple[Later, Between]]:
    """Later, with a gateway whose responses can be rewritten."""
    clock = MovableClock()
    async with (
        rewriting(sandbox.port) as between,
        open_services(settings.model_copy(update={"gateway_port": between.port}), clock) as services,
    ):
        yield Later(services, clock), between


async def lose(
    portal: Portal, sandbox: Sandbox, card: Json, token: str, invoice: UUID, key: dict[str, str], *, commit: bool
) -> UUID:
    """A payment whose response is lost, once the gateway has made it or before."""
    lose_sale(sandbox, token, commit=commit)
    response = await pay(portal, card, invoice, key=key)
    assert response.status_code == 202
    return UUID(response.json()["id"])


async def resolver_of(portal: Portal, payment_id: UUID) -> str | None:
    found: str | None = (await portal.get(f"/v1/payments/{payment_id}")).json()["resolved_by"]
    return found


async def test_the_gateway_confirms_that_the_money_has_come(
    services: Services, portal: Portal, sandbox: Sandbox, card: Json, token: str, invoice: UUID, sql: Sql
) -> None:
    key = new_key()
    payment_id = await lose(portal, sandbox, card, token, invoice, key, commit=True)
    (sale,) = sandbox.transactions(order_id=str(payment_id))
    stranger = await charged_late(sandbox, uuid4(), token)
    for wrong, words in (("nosuchid", "no transaction"), (stranger, "differs")):
        with pytest.raises(ContradictedError, match=words):
            await services.decide_payments.succeed(payment_id, wrong, reason=WHY)
    decided = await services.decide_payments.succeed(payment_id, sale["id"], reason=WHY)
    assert (decided.status, decided.resolved_by) == ("succeeded", "person")
    assert (await pay(portal, card, invoice, key=key)).status_code == 201  # the stored result
    await assert_books_add_up(sql, portal.account_id)
    row = await sql.fetchrow(
        "SELECT detail FROM audit_log WHERE subject_id = $1 AND action = 'payment.decided'", payment_id
    )
    assert row is not None
    said = json.loads(row["detail"])
    assert (said["reason"], said["is_forced"], said["outcome"]) == (WHY, False, "succeeded")
    with pytest.raises(NotOpenError):
        await services.decide_payments.fail(payment_id, reason=WHY)


async def test_a_charge_that_holds_money_contradicts_a_failure(
    later: Later, portal: Portal, sandbox: Sandbox, card: Json, token: str, invoice: UUID, sql: Sql
) -> None:
    """A failure by force lets the invoice go; the charge is found all the same, and taken."""
    payment_id = await lose(portal, sandbox, card, token, invoice, new_key(), commit=True)
    with pytest.raises(ContradictedError, match="has the charge"):
        await later.services.decide_payments.fail(payment_id, reason=WHY)
    failed = await later.services.decide_payments.fail(payment_id, reason=WHY, is_forced=True)
    assert (failed.status, failed.resolved_by) == ("failed", "person")
    await assert_books_add_up(sql, portal.account_id)
    later.clock.forward(hours=2)
    await later.services.payment_checks.resolve_due(EVERYTHING)
    assert (await state_of(portal, payment_id), await resolver_of(portal, payment_id)) == ("succeeded", "gateway")
    await assert_books_add_up(sql, portal.account_id)


async def test_an_absence_is_no_failure_before_its_time_or_without_its_control(
    far: tuple[Later, Between], portal: Portal, sandbox: Sandbox, card: Json, token: str, services: Services
) -> None:
    """The request may be under way; and another merchant's keys find nothing, whatever was charged."""
    known = await pay(portal, card, await post_invoice(services, portal.account_id))
    assert known.status_code == 201
    later, between = far
    invoice = await post_invoice(services, portal.account_id)
    payment_id = await lose(portal, sandbox, card, token, invoice, new_key(), commit=False)
    with pytest.raises(ContradictedError, match="under way until"):
        await later.services.decide_payments.fail(payment_id, reason=WHY)
    later.clock.forward(minutes=6)
    between.response = lambda _method, path, _body, response: (
        (200, NOTHING_FOUND) if path.endswith("/advanced_search_ids") else response
    )
    with pytest.raises(GatewayUnfamiliarError):
        await later.services.decide_payments.fail(payment_id, reason=WHY)
    between.response = as_it_is
    assert await state_of(portal, payment_id) == "unknown"
    assert (await later.services.decide_payments.fail(payment_id, reason=WHY)).status == "failed"


async def test_the_transaction_of_another_payment_is_refused_by_force_too(
    services: Services, portal: Portal, sandbox: Sandbox, card: Json, token: str, invoice: UUID, sql: Sql
) -> None:
    other = (await pay(portal, card, await post_invoice(services, portal.account_id))).json()["id"]
    transaction_id = await sql.fetchval("SELECT gateway_transaction_id FROM payments WHERE id = $1", UUID(other))
    payment_id = await lose(portal, sandbox, card, token, invoice, new_key(), commit=False)
    with pytest.raises(ContradictedError, match=other):
        await services.decide_payments.succeed(payment_id, transaction_id, reason=WHY, is_forced=True)
    assert await state_of(portal, payment_id) == "unknown"


async def test_the_gateways_own_answer(
    later: Later, portal: Portal, sandbox: Sandbox, card: Json, token: str, invoice: UUID
) -> None:
    payment_id = await lose(portal, sandbox, card, token, invoice, new_key(), commit=True)
    assert await resolver_of(portal, payment_id) is None
    found = await later.services.decide_payments.show(payment_id)
    assert (found.account_id, [one.holds_money for one in found.charges]) == (portal.account_id, [True])
    looked_up = await later.services.decide_payments.look_up(payment_id)
    assert (looked_up.status, looked_up.resolved_by) == ("succeeded", "gateway")
    with pytest.raises(PaymentNotFoundError):
        await later.services.decide_payments.show(uuid4())


async def test_one_that_was_never_unknown_was_resolved_by_nobody(portal: Portal, card: Json, invoice: UUID) -> None:
    assert (await pay(portal, card, invoice)).json()["resolved_by"] is None


@pytest.mark.slow
async def test_the_commands(
    portal: Portal, sandbox: Sandbox, card: Json, token: str, invoice: UUID, database_url: str, sql: Sql
) -> None:
    payment_id = str(await lose(portal, sandbox, card, token, invoice, new_key(), commit=False))
    environment = {"DATABASE_URL": database_url, "GATEWAY_PORT": str(sandbox.port)}

    async def call(*words: str) -> tuple[int, str]:
        done = await asyncio.to_thread(run, "payments", *words, **environment)
        return done.returncode, done.stdout + done.stderr

    code, text = await call("list")
    assert (code, payment_id in text) == (0, True), text
    code, text = await call("list", "--json")
    [listed] = [one for one in json.loads(text) if one["id"] == payment_id]
    assert (code, listed["type"], listed["status"]) == (0, "card", "unknown"), text
    code, text = await call("show", payment_id)
    assert (code, "finds no charge" in text) == (0, True), text
    code, text = await call("resolve", payment_id)
    assert (code, "is unknown." in text, "asked about it again at 20" in text) == (0, True, True), text
    code, text = await call("resolve", payment_id, "--failed")
    assert (code, "needs --reason" in text) == (2, True), text
    code, text = await call("resolve", payment_id, "--succeeded", "nosuchid", "--reason", WHY)
    assert (code, "no transaction nosuchid" in text) == (1, True), text
    code, text = await call("resolve", payment_id, "--failed", "--reason", WHY)
    assert (code, "under way until" in text) == (1, True), text
    await sql.execute("UPDATE payments SET created_at = created_at - interval '1 hour' WHERE id = $1", UUID(payment_id))
    code, text = await call("resolve", payment_id, "--failed", "--reason", WHY, "--json")
    assert (code, json.loads(text[text.index("{") :])["resolved_by"]) == (0, "person"), text
