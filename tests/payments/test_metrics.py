"""The metrics of payments."""

import pytest
from fastapi import FastAPI
from prometheus_client import REGISTRY
from prometheus_client.parser import text_string_to_metric_families

from braintree_sandbox.testing import Sandbox
from tests.factories.invoices import post_invoice
from tests.factories.payments import Json, pay, pay_and_lose_response, store_card
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal
from tests.fixtures.waiting import PATIENCE_SECONDS


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A scrape leaves out what a busy database has not told in time: here it waits for it."""
    monkeypatch.setattr("billing_api.measures._PATIENCE_SECONDS", PATIENCE_SECONDS)


async def awaited(app: FastAPI) -> dict[str, float]:
    """The metrics of unknown payments, and of overdue checks."""
    text = (await app.state.measure()).decode()
    return {
        sample.name: sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name.startswith("payments_") and sample.labels.get("status", "unknown") == "unknown"
    }


def outcomes(status: str) -> float:
    """How many payments have reached this status in this process."""
    return REGISTRY.get_sample_value("payment_outcomes_total", {"status": status}) or 0.0


async def test_an_unknown_payment_shows_with_its_age(
    app: FastAPI, services: Services, portal: Portal, sandbox: Sandbox, card: Json, token: str, sql: Sql
) -> None:
    """And a check that no pass has made shows how long it is overdue."""
    before, counted = await awaited(app), outcomes("unknown")
    payment_id = await pay_and_lose_response(services, portal, sandbox, card, token)
    await sql.execute(
        "UPDATE payments SET created_at = now() - interval '400 days', next_check_at = now() - interval '300 days' "
        "WHERE id = $1",
        payment_id,
    )
    after = await awaited(app)
    assert outcomes("unknown") == counted + 1
    assert after["payments_awaited"] == before["payments_awaited"] + 1
    assert after["payments_awaited_oldest_seconds"] == pytest.approx(400 * 86_400, abs=60)
    assert after["payments_check_overdue_seconds"] == pytest.approx(300 * 86_400, abs=60)
    await sql.execute("UPDATE payments SET created_at = now(), next_check_at = now() WHERE id = $1", payment_id)


async def test_outcomes_are_counted_once(services: Services, portal: Portal, card: Json) -> None:
    """A success, and a decline, which counts as one of a payment too."""
    before = outcomes("succeeded"), outcomes("declined")
    declines = REGISTRY.get_sample_value("declines_total", {"of": "payment"}) or 0.0
    assert (await pay(portal, card, await post_invoice(services, portal.account_id))).status_code == 201
    assert (await pay(portal, card, await post_invoice(services, portal.account_id, 200_100))).status_code == 402
    assert (outcomes("succeeded") - before[0], outcomes("declined") - before[1]) == (1, 1)
    assert REGISTRY.get_sample_value("declines_total", {"of": "payment"}) == declines + 1


async def test_a_card_that_is_declined_is_counted(portal: Portal) -> None:
    """Apart from payments: somebody may be trying stolen ones."""
    before = REGISTRY.get_sample_value("declines_total", {"of": "payment_method"}) or 0.0
    with pytest.raises(AssertionError):
        await store_card(portal, "fake-processor-declined-visa-nonce")
    assert REGISTRY.get_sample_value("declines_total", {"of": "payment_method"}) == before + 1
