"""The metrics of refunds that are not final."""

from uuid import UUID

import pytest
from fastapi import FastAPI
from prometheus_client.parser import text_string_to_metric_families

from tests.factories.invoices import post_invoice
from tests.factories.payments import Json
from tests.fixtures.partners import Partner
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal
from tests.fixtures.waiting import PATIENCE_SECONDS
from tests.payments.buying import buy, of
from tests.refunds.conftest import refund


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A scrape leaves out what a busy database has not told in time: here it waits for it."""
    monkeypatch.setattr("billing_api.measures._PATIENCE_SECONDS", PATIENCE_SECONDS)


async def waiting(app: FastAPI) -> dict[str, float]:
    """The metrics of refunds that wait for settlement."""
    text = (await app.state.measure()).decode()
    return {
        sample.name: sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name.startswith("refunds_") and sample.labels.get("status") == "waiting_for_settlement"
    }


async def test_a_refund_that_waits_shows_with_its_age(
    app: FastAPI, services: Services, portal: Portal, partner: Partner, card: Json, sql: Sql
) -> None:
    before = await waiting(app)
    payment = (await buy(portal, card, of(await post_invoice(services, portal.account_id, 10_000)))).json()
    made = (await refund(partner, portal, payment, {"type": "amount", "amount": 100})).json()
    await sql.execute("UPDATE refunds SET created_at = now() - interval '400 days' WHERE id = $1", UUID(made["id"]))
    after = await waiting(app)
    assert after["refunds_awaited"] == before["refunds_awaited"] + 1
    assert after["refunds_awaited_oldest_seconds"] == pytest.approx(400 * 86_400, abs=60)
    await sql.execute("UPDATE refunds SET created_at = now() WHERE id = $1", UUID(made["id"]))
