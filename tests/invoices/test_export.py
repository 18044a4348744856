"""Invoices as a CSV file."""

import csv
from datetime import date, timedelta
from io import StringIO
from typing import Any
from uuid import UUID

import httpx
import pytest

from billing_api.invoices.exporting import COLUMNS
from tests.factories.invoices import apply_to_invoice, post_invoice
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal

PATH = "/v1/invoices.csv"


async def rows_of(portal: Portal, **query: Any) -> list[dict[str, str]]:
    """The lines of a file by the heads of their columns."""
    response = await portal.get(PATH, params=query)
    assert response.status_code == 200, response.text
    return list(csv.DictReader(StringIO(response.content.decode("utf-8-sig"), newline="")))


async def test_anonymous_is_refused(client: httpx.AsyncClient) -> None:
    assert (await client.get(PATH)).status_code == 401


async def test_another_accounts_invoices_are_not_exported(services: Services, portal: Portal, stranger: Portal) -> None:
    await post_invoice(services, stranger.account_id)
    assert await rows_of(portal) == []


async def test_a_line_has_what_the_invoice_has(services: Services, viewer: Portal, account_id: UUID) -> None:
    """Amounts are decimals of the currency, days are ISO, and texts are no formulas."""
    invoice_id = await post_invoice(
        services, account_id, 10_825, tax=825, number="INV-1", po_number="+1", due_on=date(2026, 4, 1)
    )
    await apply_to_invoice(services, account_id, invoice_id, 325)
    invoice = (await viewer.get(f"/v1/invoices/{invoice_id}")).json()
    (row,) = await rows_of(viewer)
    assert tuple(row) == COLUMNS
    assert row == {
        **{name: "" if invoice[name] is None else str(invoice[name]) for name in ("id", "closed_on", "external_id")},
        **{name: invoice[name] for name in ("number", "type", "status", "payment_status", "currency")},
        **{name: invoice[name] for name in ("issued_on", "due_on")},
        "po_number": "'+1",
        "overdue": "true",
        "net": "100.00",
        "tax": "8.25",
        "total": "108.25",
        "paid": "3.25",
        "amount_due": "105.00",
        **dict.fromkeys(("credited", "deposit_applied", "discounted", "written_off", "voided"), "0.00"),
        "amount_pending": "0.00",
        "contested": "0.00",
    }


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, "INV-3 INV-2 INV-1"),
        ({"sort": "number"}, "INV-1 INV-2 INV-3"),
        ({"sort": "-total", "status": "open"}, "INV-3 INV-1"),
        ({"sort": "closed_on"}, "INV-2"),
        ({"due": "overdue"}, "INV-1"),
        ({"due": "within_30_days", "sort": "due_on"}, "INV-3"),
        ({"q": "v-3"}, "INV-3"),
    ],
)
async def test_filters_and_sorts_are_those_of_the_list(
    services: Services, portal: Portal, account_id: UUID, query: dict[str, Any], expected: str
) -> None:
    today = services.clock.today()
    day = today - timedelta(days=40)
    await post_invoice(services, account_id, 100, number="INV-1", issued_on=day, due_on=day)
    paid = await post_invoice(services, account_id, 200, number="INV-2", issued_on=day + timedelta(days=1))
    await apply_to_invoice(services, account_id, paid, 200, on=today)
    await post_invoice(services, account_id, 300, number="INV-3", issued_on=day + timedelta(days=2), due_on=today)
    rows = await rows_of(portal, **query)
    listed = (await portal.get("/v1/invoices", params=query)).json()["data"]
    assert [row["number"] for row in rows] == [row["number"] for row in listed] == expected.split()
