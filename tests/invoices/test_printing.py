"""Invoices as PDFs: the figures are those of the JSON."""

from datetime import date, timedelta
from uuid import UUID

import httpx
import pytest

from billing_api.locales.language import language
from tests.factories.addresses import add_address
from tests.factories.invoices import apply_to_invoice, post_invoice, void_invoice
from tests.factories.pdfs import text_of
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal

NOWHERE = "/v1/invoices/01a203df-4cdb-7211-83aa-039c753394aa/pdf"
_SAY = language("en-US")


async def test_anonymous_is_refused(client: httpx.AsyncClient) -> None:
    assert (await client.get(NOWHERE)).status_code == 401


async def test_invoice_of_another_account_is_not_found(services: Services, portal: Portal, stranger: Portal) -> None:
    invoice_id = await post_invoice(services, stranger.account_id)
    for path in (NOWHERE, f"/v1/invoices/{invoice_id}/pdf"):
        response = await portal.get(path)
        assert (response.status_code, response.json()["code"]) == (404, "invoice_not_found")


async def test_it_is_a_file_that_is_not_kept(services: Services, viewer: Portal, account_id: UUID) -> None:
    """Named after the invoice, whatever its number has in it."""
    invoice_id = await post_invoice(services, account_id, number='R/2026 "7" ü')
    response = await viewer.get(f"/v1/invoices/{invoice_id}/pdf")
    assert response.status_code == 200, response.text
    assert response.headers["Content-Type"] == "application/pdf"
    assert response.headers["Cache-Control"] == "private, no-store"
    assert response.headers["Content-Disposition"] == (
        "attachment; filename=\"Invoice R 2026 7 u.pdf\"; filename*=UTF-8''Invoice%20R%202026%207%20%C3%BC.pdf"
    )
    head = await viewer.head(f"/v1/invoices/{invoice_id}/pdf")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["Content-Length"] == str(len(response.content))


async def test_every_figure_of_the_json_is_printed(services: Services, portal: Portal, account_id: UUID) -> None:
    await add_address(portal, recipient="Accounts Payable", line1="1450 Elm Avenue", default_billing=True)
    invoice_id = await post_invoice(services, account_id, 120_825, tax=9_325, number="INV-77", po_number="PO-123")
    await apply_to_invoice(services, account_id, invoice_id, 20_325)
    invoice = (await portal.get(f"/v1/invoices/{invoice_id}")).json()
    text = text_of((await portal.get(f"/v1/invoices/{invoice_id}/pdf")).content)
    for name in ("net", "tax", "total"):
        assert _SAY.amount(invoice[name], "USD") in text
    assert text.count(_SAY.money(invoice["amount_due"], "USD")) == 3  # at the top, below the table, on the slip
    (applied,) = invoice["applications"]
    assert f"{applied['source_number']}, {_SAY.day(date.fromisoformat(applied['effective_on']))}" in text
    assert _SAY.amount(-applied["amount"], "USD") in text
    for name in ("issued_on", "due_on"):
        assert _SAY.day(date.fromisoformat(invoice[name])) in text
    for words in ("INV-77", "PO-123", "Accounts Payable 1450 Elm Avenue", invoice["lines"][0]["description"]):
        assert words in text


@pytest.mark.parametrize(("days", "is_printed"), [(0, True), (-1, False)])
async def test_the_discount_is_offered_while_it_lasts(
    services: Services, portal: Portal, account_id: UUID, days: int, *, is_printed: bool
) -> None:
    """Two percent of 108.25, rounded to the cent."""
    today = services.clock.today()
    discount = {"basis_points": 200, "until": today + timedelta(days=days)}
    invoice_id = await post_invoice(
        services, account_id, 10_825, issued_on=today - timedelta(days=9), discount=discount
    )
    text = text_of((await portal.get(f"/v1/invoices/{invoice_id}/pdf")).content)
    assert ("2% discount, $2.17, if paid in full" in text) is is_printed


async def test_a_void_invoice_says_so(services: Services, portal: Portal, account_id: UUID) -> None:
    invoice_id = await post_invoice(services, account_id)
    await void_invoice(services, account_id, invoice_id)
    text = text_of((await portal.get(f"/v1/invoices/{invoice_id}/pdf")).content)
    assert "Void This invoice was withdrawn and need not be paid." in text
    assert "Remittance slip" not in text


async def test_it_is_in_the_profiles_language(services: Services, portal: Portal, account_id: UUID, sql: Sql) -> None:
    await sql.execute("UPDATE profiles SET locale = 'de-DE' WHERE account_id = $1", account_id)
    invoice_id = await post_invoice(services, account_id, 123_456, number="R-1")
    text = text_of((await portal.get(f"/v1/invoices/{invoice_id}/pdf")).content)
    assert "Rechnung R-1" in text
    assert "1.234,56 $" in text


async def test_an_account_prints_so_many_in_a_minute(services: Services, portal: Portal, account_id: UUID) -> None:
    invoice_id = await post_invoice(services, account_id)
    responses = [await portal.head(f"/v1/invoices/{invoice_id}/pdf") for _ in range(121)]
    assert [response.status_code for response in responses] == [200] * 120 + [429]
    assert responses[-1].headers["RateLimit-Policy"] == '"documents";q=120;w=60'
