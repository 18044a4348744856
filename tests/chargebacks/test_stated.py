"""Disputes in another currency than their payment, which a person records by the amount that the bank took."""

import json
from datetime import timedelta
from uuid import UUID

import pytest

from billing_api.chargebacks.stated import StatedDispute, StatedOtherwiseError
from billing_api.gateway.failures import GatewayOutcomeUnknownError
from tests.chargebacks.conftest import Buy, Check
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services

SAID = StatedDispute(currency="USD", amount=4_000, won=None, reason="The bank's statement")
FOREIGN = {"amount": "54.80", "currency": "CAD"}


async def test_it_takes_the_stated_amount_once_however_often_it_is_said(
    bought: Buy, check: Check, services: Services, sql: Sql
) -> None:
    paid = await bought()
    dispute = paid.dispute(**FOREIGN)
    with pytest.raises(GatewayOutcomeUnknownError):
        await check(dispute)
    assert await services.record_disputes.check(dispute, SAID)
    assert await services.record_disputes.check(dispute, SAID)
    assert await check(dispute)  # the webhook again
    (chargeback,) = await paid.chargebacks()
    assert (chargeback["currency"], chargeback["amount"], chargeback["taken"]) == ("USD", 4_000, 4_000)
    assert (await paid.read())["disputed"] == 4_000
    assert await paid.events() == ["chargeback.opened"]
    rows = await sql.fetch(
        "SELECT detail FROM audit_log WHERE subject_id = $1 AND action = 'chargeback.stated'", UUID(chargeback["id"])
    )
    assert len(rows) == 1
    assert json.loads(rows[0]["detail"]) == {
        "currency": "USD",
        "amount": 4_000,
        "won": None,
        "gateway_currency": "CAD",
        "gateway_amount": 5_480,
        "reason": "The bank's statement",
    }


@pytest.mark.parametrize(("decision", "disputed"), [("win", 0), ("lose", 4_000)])
async def test_its_end_needs_no_person(
    bought: Buy, check: Check, services: Services, decision: str, disputed: int
) -> None:
    paid = await bought()
    dispute = paid.dispute(**FOREIGN)
    await services.record_disputes.check(dispute, SAID)
    paid.decide(dispute, decision)
    for _ in range(2):
        assert await check(dispute)
    (chargeback,) = await paid.chargebacks()
    assert chargeback["status"] == {"win": "won", "lose": "lost"}[decision]
    assert (await paid.read())["disputed"] == disputed


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (StatedDispute(currency="CAD", amount=5_480, won=None, reason="?"), "the payment is in USD"),
        (StatedDispute(currency="USD", amount=10_001, won=None, reason="?"), "more than the payment's"),
        (StatedDispute(currency="USD", amount=4_000, won=100, reason="?"), "that was not won"),
    ],
)
async def test_what_does_not_fit_is_refused(bought: Buy, services: Services, said: StatedDispute, why: str) -> None:
    paid = await bought()
    with pytest.raises(StatedOtherwiseError, match=why):
        await services.record_disputes.check(paid.dispute(**FOREIGN), said)
    assert await paid.chargebacks() == []


async def test_another_amount_afterwards_is_refused(bought: Buy, services: Services) -> None:
    paid = await bought()
    dispute = paid.dispute(**FOREIGN)
    await services.record_disputes.check(dispute, SAID)
    other = StatedDispute(currency="USD", amount=4_100, won=None, reason="?")
    with pytest.raises(StatedOtherwiseError, match="another amount"):
        await services.record_disputes.check(dispute, other)


async def test_one_in_the_payments_currency_needs_no_person(bought: Buy, services: Services) -> None:
    paid = await bought()
    with pytest.raises(StatedOtherwiseError, match="recorded as it is"):
        await services.record_disputes.check(paid.dispute(amount="40.00"), SAID)


async def test_the_reconciliation_names_it_until_it_is_recorded(bought: Buy, services: Services) -> None:
    paid = await bought()
    dispute = paid.dispute(**FOREIGN)

    async def differences() -> list[str | None]:
        now = services.clock.now()
        report = await services.reconciliation.compare(now - timedelta(days=1), now + timedelta(days=1))
        return [one.theirs for one in report.differences if str(one.payment_id) == paid.payment["id"]]

    assert await differences() == ["chargeback of 54.80 CAD, open"]
    await services.record_disputes.check(dispute, SAID)
    assert await differences() == []
