"""The refund of a late charge fails after the charge counted as given back: a person is told, and gives it back."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from uuid import UUID

import httpx
import pytest

from billing_api.config import Settings
from billing_api.payments.deciding import ContradictedError
from billing_api.reconciliation.values import Difference
from braintree_sandbox.testing import Sandbox
from tests.factories.payments import Json, pay, store_bank_account, store_card
from tests.fixtures.books import breaches
from tests.fixtures.commands import run
from tests.fixtures.later import Later
from tests.fixtures.queries import Sql
from tests.fixtures.rewriting import GatewayResponse, rewriting
from tests.fixtures.services import open_services
from tests.fixtures.signed_in import Portal
from tests.gateway_webhooks.conftest import Inbox, inbox, notice, send
from tests.payments.conftest import EVERYTHING
from tests.payments.late import charged_late, fail, state_of
from tests.payments.test_giving_back import refunds_of

__all__ = ["inbox"]

pytestmark = pytest.mark.usefixtures("nothing_else_due")


@pytest.fixture
async def late(
    portal: Portal, sandbox: Sandbox, card: Json, token: str, invoice: UUID, later: Later
) -> tuple[UUID, str]:
    """A payment that is cancelled, since its late charge of 100 dollars was refunded; and that charge."""
    payment_id = await fail(portal, sandbox, later, card, token, invoice)
    assert (await pay(portal, await store_card(portal), invoice)).status_code == 201
    charge_id = await charged_late(sandbox, payment_id, token, settled=True)
    later.clock.forward(hours=1)
    for _ in range(2):
        await later.services.payment_checks.resolve_due(EVERYTHING)
    assert await state_of(portal, payment_id) == "cancelled"
    return payment_id, charge_id


def refuse(sandbox: Sandbox, charge_id: str) -> str:
    """Have the settlement of a charge's newest refund refused, and return that refund."""
    credit = refunds_of(sandbox, charge_id)[-1]
    sandbox.gateway().testing.settlement_decline_transaction(credit["id"])
    return str(credit["id"])


async def ends(sql: Sql, payment_id: UUID) -> list[str]:
    """What became of the late charge, by the audit log."""
    rows = await sql.fetch(
        "SELECT detail FROM audit_log WHERE subject_id = $1 AND action = 'payment.late_charge' ORDER BY id",
        payment_id,
    )
    return [json.loads(row["detail"])["status"] for row in rows]


async def listed(later: Later, payment_id: UUID) -> bool:
    """Whether the operator's list has the payment."""
    return payment_id in {one.id for one in await later.services.decide_payments.list_open(10_000)}


async def reported(later: Later, sandbox: Sandbox, payment_id: UUID) -> list[Difference]:
    """What the reconciliation says of the payment."""
    there = datetime.fromisoformat(sandbox.control("GET", "/clock")["now"]).astimezone(UTC)
    later.clock.time = max(later.clock.now(), there + timedelta(seconds=5))
    since = min(datetime.now(UTC), there) - timedelta(minutes=5)
    report = await later.services.reconciliation.compare(since, later.clock.now())
    return [one for one in report.differences if one.payment_id == payment_id]


async def test_a_webhook_reopens_the_matter_once(
    client: httpx.AsyncClient,
    inbox: Inbox,
    portal: Portal,
    late: tuple[UUID, str],
    sandbox: Sandbox,
    later: Later,
    sql: Sql,
) -> None:
    payment_id, charge_id = late
    assert (await listed(later, payment_id), await reported(later, sandbox, payment_id)) == (False, [])
    credit_id = refuse(sandbox, charge_id)
    for kind in ("refund_failed", "refund_failed", "transaction_settlement_declined"):
        await send(client, notice(sandbox, kind, credit_id))
        await inbox.work()
    assert await state_of(portal, payment_id) == "cancelling"
    assert await ends(sql, payment_id) == ["giving_back", "given_back", "came_back"]
    assert await listed(later, payment_id)
    (difference,) = await reported(later, sandbox, payment_id)
    assert (difference.kind, difference.ours, difference.transaction_id) == ("late_charge", "came_back", charge_id)
    assert "billing-api payments resolve" in difference.advice
    later.clock.forward(days=1)
    await later.services.payment_checks.resolve_due(EVERYTHING)  # nothing is sent without a person
    assert (await state_of(portal, payment_id), len(refunds_of(sandbox, charge_id))) == ("cancelling", 1)
    assert (await later.services.decide_payments.look_up(payment_id)).status == "cancelled"
    assert len(refunds_of(sandbox, charge_id)) == 2
    assert (await listed(later, payment_id), await reported(later, sandbox, payment_id)) == (False, [])
    await inbox.sweep()  # it finds the first refund once more
    assert await state_of(portal, payment_id) == "cancelled"
    assert await ends(sql, payment_id) == ["giving_back", "given_back", "came_back", "given_back"]
    assert await breaches(sql, portal.account_id) == []


async def test_the_sweep_finds_it_where_the_webhook_is_lost(
    inbox: Inbox, portal: Portal, late: tuple[UUID, str], sandbox: Sandbox
) -> None:
    payment_id, charge_id = late
    refuse(sandbox, charge_id)
    await inbox.sweep()
    assert await state_of(portal, payment_id) == "cancelling"
    assert await inbox.sweep() == []


async def test_the_report_and_a_look_up_find_it_without_any_notice(
    inbox: Inbox, portal: Portal, late: tuple[UUID, str], sandbox: Sandbox, later: Later, sql: Sql
) -> None:
    payment_id, charge_id = late
    refuse(sandbox, charge_id)
    (difference,) = await reported(later, sandbox, payment_id)
    assert (difference.kind, difference.ours) == ("late_charge", "given_back")
    assert (await later.services.decide_payments.look_up(payment_id)).status == "cancelled"
    await inbox.sweep()  # the failure of the first refund changes nothing any more
    assert await state_of(portal, payment_id) == "cancelled"
    assert await ends(sql, payment_id) == ["giving_back", "given_back", "came_back", "given_back"]


async def test_a_person_gives_it_back_at_the_gateway_or_in_another_way(
    inbox: Inbox, portal: Portal, late: tuple[UUID, str], sandbox: Sandbox, later: Later, sql: Sql
) -> None:
    payment_id, charge_id = late
    with pytest.raises(ContradictedError):
        await later.services.decide_payments.give_back_otherwise(payment_id, reason="A check")
    refuse(sandbox, charge_id)
    await inbox.sweep()
    await asyncio.to_thread(sandbox.gateway().transaction.refund, charge_id)
    later.clock.forward(days=1)
    await later.services.payment_checks.resolve_due(EVERYTHING)
    assert await state_of(portal, payment_id) == "cancelled"
    refuse(sandbox, charge_id)
    await later.services.decide_payments.look_up(payment_id)  # it is refunded a third time
    refuse(sandbox, charge_id)
    await inbox.sweep()
    assert await state_of(portal, payment_id) == "cancelling"
    assert (
        await later.services.decide_payments.give_back_otherwise(payment_id, reason="A check")
    ).status == "cancelled"
    assert (await listed(later, payment_id), await reported(later, sandbox, payment_id)) == (False, [])
    reason = await sql.fetchval(
        "SELECT detail->>'reason' FROM audit_log WHERE subject_id = $1 AND action = 'payment.decided'", payment_id
    )
    assert reason == "A check"


async def test_a_payment_with_money_of_its_own_is_listed_too(
    inbox: Inbox, portal: Portal, sandbox: Sandbox, invoice: UUID, later: Later, sql: Sql
) -> None:
    """One of two bank transfers under its order id was refunded; the payment stays as it is."""
    payment = (await pay(portal, await store_bank_account(portal), invoice)).json()
    payment_id = UUID(payment["id"])
    (own,) = sandbox.transactions(order_id=payment["id"])
    token = await sql.fetchval("SELECT method_token FROM payments WHERE id = $1", payment_id)
    surplus = await charged_late(sandbox, payment_id, token, merchant="us_bank_merchant_account", settled=True)
    sandbox.control("POST", f"/transactions/{own['id']}/settle")
    for _ in range(2):
        later.clock.forward(days=1, minutes=1)
        await later.services.payment_checks.resolve_due(EVERYTHING)
    assert (await state_of(portal, payment_id), len(refunds_of(sandbox, surplus))) == ("succeeded", 1)
    refuse(sandbox, surplus)
    await inbox.sweep()
    assert (await state_of(portal, payment_id), await listed(later, payment_id)) == ("succeeded", True)
    assert (await later.services.decide_payments.look_up(payment_id)).status == "succeeded"
    assert (await listed(later, payment_id), len(refunds_of(sandbox, surplus))) == (False, 2)
    assert await breaches(sql, portal.account_id) == []


async def test_a_refund_that_the_bank_declines_for_good_is_sent_once(
    settings: Settings, portal: Portal, sandbox: Sandbox, card: Json, token: str, invoice: UUID, later: Later, sql: Sql
) -> None:
    """Otherwise the same refund would be sent every five minutes."""

    def decline(method: str, path: str, _body: bytes, response: GatewayResponse) -> GatewayResponse:
        if method != "POST" or not path.endswith("/refund"):
            return response
        refused = response[1].replace(b"<status>submitted_for_settlement<", b"<status>processor_declined<", 1)
        return response[0], refused.replace(b"response-code>1000<", b"response-code>2004<", 1)

    payment_id = await fail(portal, sandbox, later, card, token, invoice)
    assert (await pay(portal, await store_card(portal), invoice)).status_code == 201
    charge_id = await charged_late(sandbox, payment_id, token, settled=True)
    later.clock.forward(hours=1)
    async with (
        rewriting(sandbox.port) as between,
        open_services(settings.model_copy(update={"gateway_port": between.port}), later.clock) as far,
    ):
        between.response = decline
        for _ in range(3):
            await far.payment_checks.resolve_due(EVERYTHING)
            later.clock.forward(days=1)
    assert (await state_of(portal, payment_id), len(refunds_of(sandbox, charge_id))) == ("cancelling", 1)
    assert await ends(sql, payment_id) == ["giving_back", "came_back"]
    assert await listed(later, payment_id)
    await later.services.decide_payments.give_back_otherwise(payment_id, reason="A check")


@pytest.mark.slow
async def test_the_commands(inbox: Inbox, late: tuple[UUID, str], sandbox: Sandbox, database_url: str) -> None:
    payment_id, charge_id = late
    refuse(sandbox, charge_id)
    await inbox.sweep()
    environment = {"DATABASE_URL": database_url, "GATEWAY_PORT": str(sandbox.port)}
    shown = await asyncio.to_thread(run, "payments", "list", **environment)
    assert str(payment_id) in shown.stdout
    words = ("payments", "resolve", str(payment_id), "--given-back")
    unsaid = await asyncio.to_thread(run, *words, **environment)
    assert (unsaid.returncode, "needs --reason" in unsaid.stderr) == (2, True)
    both = await asyncio.to_thread(run, *words, "--failed", "--reason", "A check", **environment)
    assert both.returncode == 2
    done = await asyncio.to_thread(run, *words, "--reason", "A check of today", **environment)
    assert (done.returncode, "is cancelled" in done.stdout) == (0, True), done.stderr
