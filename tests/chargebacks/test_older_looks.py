"""A dispute is recorded by several processes: an older look at the gateway never undoes a newer one."""

from dataclasses import replace
from uuid import UUID

import pytest

from billing_api.gateway.failures import GatewayOutcomeUnknownError, GatewayUnavailableError
from billing_api.gateway.notices import GatewayDisputeStatus
from tests.chargebacks.conftest import Buy, Check
from tests.fixtures.later import Later
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal


@pytest.mark.parametrize("decision", ["win", "lose"])
async def test_a_question_after_the_decision_is_an_older_look(
    bought: Buy, check: Check, services: Services, portal: Portal, decision: str
) -> None:
    paid = await bought()
    dispute = paid.dispute()
    await check(dispute)
    looked = await services.gateway.find_dispute(dispute)
    paid.decide(dispute, decision)
    await check(dispute)
    (decided,), events = await paid.chargebacks(), await paid.events()
    for status in (GatewayDisputeStatus.OPEN, GatewayDisputeStatus.UNDER_REVIEW):
        older = replace(looked, status=status, gateway_status=status.value)
        await services.record_disputes.record(portal.account_id, UUID(paid.payment["id"]), older)
    assert (await paid.chargebacks(), await paid.events()) == ([decided], events)


async def test_of_two_decisions_the_older_look_is_made_again(
    bought: Buy, check: Check, services: Services, later: Later, portal: Portal
) -> None:
    paid = await bought()
    dispute = paid.dispute()
    await check(dispute)
    looked_at = services.clock.now()
    paid.decide(dispute, "lose")
    lost = await services.gateway.find_dispute(dispute)
    won = replace(lost, status=GatewayDisputeStatus.WON, gateway_status="won")
    later.clock.forward(minutes=1)
    record = later.services.record_disputes.record
    await record(portal.account_id, UUID(paid.payment["id"]), won, later.clock.now())
    with pytest.raises(GatewayUnavailableError):
        await record(portal.account_id, UUID(paid.payment["id"]), lost, looked_at)
    (chargeback,) = await paid.chargebacks()
    assert chargeback["status"] == "won"
    later.clock.forward(minutes=1)
    assert await later.services.record_disputes.check(dispute)
    (chargeback,) = await paid.chargebacks()
    assert (chargeback["status"], (await paid.read())["disputed"]) == ("lost", 10_000)


async def test_a_dispute_in_another_currency_takes_no_amount_of_ours(
    bought: Buy, services: Services, portal: Portal
) -> None:
    """Its amount is in other minor units; the reconciliation names it, and its job is held for a person."""
    paid = await bought()
    found = await services.gateway.find_dispute(paid.dispute(amount="40.00"))
    foreign = replace(found, currency="EUR")
    with pytest.raises(GatewayOutcomeUnknownError):
        await services.record_disputes.record(portal.account_id, UUID(paid.payment["id"]), foreign)
    assert (await paid.chargebacks(), (await paid.read())["disputed"]) == ([], 0)
