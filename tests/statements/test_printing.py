"""Statements as PDFs: the figures are those of the JSON, one by one."""

from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import UUID

import httpx
import pytest

from billing_api.config import Settings
from billing_api.ledger import postings
from billing_api.locales.language import Language, language
from tests.factories.credits import apply_credit_memo, post_credit_memo, post_deposit
from tests.factories.invoices import post_invoice
from tests.factories.ledger import document, post
from tests.factories.pdfs import LOCALES, PRESS, missing, text_of
from tests.factories.statements import make_statement
from tests.fixtures.services import Services, open_services
from tests.fixtures.signed_in import Portal

NOWHERE = "/v1/statements/01a203df-4cdb-7211-83aa-039c753394aa/pdf"
MARCH: dict[str, Any] = {"type": "activity", "date_from": "2026-03-01", "date_to": "2026-03-31"}


async def make(portal: Portal, **fields: Any) -> dict[str, Any]:
    """A statement, as its JSON has it."""
    response = await portal.post("/v1/statements", json=MARCH | fields)
    assert response.status_code == 201, response.text
    made: dict[str, Any] = response.json()
    return made


async def pdf_of(portal: Portal, statement: dict[str, Any]) -> bytes:
    """The bytes of its PDF."""
    response = await portal.get(f"/v1/statements/{statement['id']}/pdf")
    assert response.status_code == 200, response.text
    assert response.headers["Content-Type"] == "application/pdf"
    return response.content


async def test_anonymous_is_refused(client: httpx.AsyncClient) -> None:
    assert (await client.get(NOWHERE)).status_code == 401


async def test_statement_of_another_account_is_not_found(portal: Portal, stranger: Portal) -> None:
    statement = await make(stranger)
    for path in (NOWHERE, f"/v1/statements/{statement['id']}/pdf"):
        response = await portal.get(path)
        assert (response.status_code, response.json()["code"]) == (404, "statement_not_found")


async def test_it_is_named_after_its_number(viewer: Portal) -> None:
    statement = await make(viewer)
    response = await viewer.head(f"/v1/statements/{statement['id']}/pdf")
    assert response.headers["Content-Disposition"] == (
        "attachment; filename=\"Statement STM-000001.pdf\"; filename*=UTF-8''Statement%20STM-000001.pdf"
    )
    assert response.headers["Cache-Control"] == "private, no-store"


@pytest.mark.slow
@pytest.mark.parametrize("summary", [False, True])
@pytest.mark.parametrize("kind", ["activity", "open_items"])
async def test_every_figure_of_the_json_is_printed_in_every_locale(
    services: Services, portal: Portal, account_id: UUID, kind: str, summary: bool
) -> None:
    await make(portal, date_from=None, date_to="2026-02-28")
    await post(
        services,
        account_id,
        postings.invoice(document("LATE", effective_on=date(2026, 2, 3)), net=70_000, tax=0),
        postings.payment(document("PMT-1", effective_on=date(2026, 3, 9)), allocated=20_050),
    )
    await post_invoice(services, account_id, 123_456, number="INV-1", po_number="PO-7", due_on=date(2026, 3, 30))
    await post_invoice(services, account_id, 65_432, number="INV-2", po_number="PO-8", due_on=date(2026, 4, 9))
    await post_deposit(services, account_id, 5_000, number="DEP-1", received_on=date(2026, 3, 5))
    await post_deposit(services, account_id, 7_000, number="DEP-2", received_on=date(2026, 4, 3))
    fields = {} if kind == "activity" else {"date_from": None}
    made = await make(portal, type=kind, summary=summary, **fields)
    rows = (await portal.get(f"/v1/statements/{made['id']}/lines")).json()["data"]
    assert len(rows) >= 2
    paper, _ = await services.statements.get_paper(account_id, UUID(made["id"]))
    for locale in LOCALES:
        assert missing(PRESS.pdf(paper, locale), _printed_of(made, rows, language(locale))) == []


def _printed_of(made: dict[str, Any], rows: list[dict[str, Any]], say: Language) -> Iterator[str]:
    """Yield all that the paper has to have of a statement's JSON, in the words of a language."""
    (balance,) = made["balances"]
    yield made["number"]
    yield say.long_day(date.fromisoformat(made["date_to"]))
    names = {"opening_balance", "adjustments", "charges", "closing_balance", "left_to_pay"}
    yield from (say.money(balance[name], "USD") for name in names if balance[name] is not None)
    if made["type"] == "activity":
        yield say.money(-balance["credits"], "USD")
        if made["date_from"]:
            yield say.long_day(date.fromisoformat(made["date_from"]))
    elif balance["overdue"]:
        yield say.money(balance["overdue"], "USD")
    yield say.amount(-balance["paid_since"], "USD")
    yield from (say.money(amount, "USD") for amount in balance["ageing"].values())
    for row in rows:
        if made["summary"]:
            yield f"{say.number(row['count'])} {say.amount(row['balance_effect'], 'USD')}"
        elif made["type"] == "activity":
            cells = [row["po_number"], say.amount(abs(row["balance_effect"]), "USD"), say.amount(row["balance"], "USD")]
            yield say.day(date.fromisoformat(row["effective_on"]))
            yield f"{row['number']} {' '.join(cell for cell in cells if cell)}"
        else:
            days = [row["effective_on"], *([row["due_on"]] if row["due_on"] else [])]
            yield from (say.day(date.fromisoformat(day)) for day in days)
            yield row["number"]
            yield f"{say.amount(row['amount'] if row['due_on'] else row['balance_effect'], 'USD')}"
            yield say.amount(row["balance_effect"], "USD")


async def test_it_is_the_same_for_ever(services: Services, portal: Portal, account_id: UUID) -> None:
    """Whatever is posted afterwards, and whatever the profile says then."""
    await post_invoice(services, account_id, 500, number="INV-1")
    statement = await make(portal)
    first = await pdf_of(portal, statement)
    await post_invoice(services, account_id, 700, number="INV-2")
    version = (await portal.get("/v1/profile")).headers["ETag"]
    renamed = await portal.patch("/v1/profile", json={"company_name": "Another Name"}, headers={"If-Match": version})
    assert renamed.status_code == 200, renamed.text
    assert await pdf_of(portal, statement) == first


async def test_it_keeps_the_letterhead_that_it_was_made_with(
    services: Services, portal: Portal, account_id: UUID, settings: Settings
) -> None:
    """After a restart with other settings, byte for byte; a new statement has the new letterhead."""
    await post_invoice(services, account_id, 500)
    statement = await make(portal)
    first = await pdf_of(portal, statement)
    changed = {
        "vendor_name": "Another Vendor",
        "vendor_address": ("1 Other Street",),
        "vendor_color": "#aa0000",
        "bank_details": {"USD": {"Routing": "021000021"}},
    }
    async with open_services(settings.model_copy(update=changed), services.clock) as restarted:
        paper, locale = await restarted.statements.get_paper(account_id, UUID(statement["id"]))
        assert PRESS.pdf(paper, locale) == first
        made = await make_statement(restarted, account_id, date(2026, 3, 31))
    assert "Another Vendor" in text_of(await pdf_of(portal, {"id": made.id}))


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"summary": True}, ["Number of entries", "Invoice 2 12.00"]),
        ({"type": "open_items", "date_from": None}, ["Open items", "INV-1", "INV-2", "Balance 12.00"]),
        ({"type": "open_items", "date_from": None, "summary": True}, ["Invoice 2 12.00", "Balance 12.00"]),
        ({"date_from": None, "date_to": "2026-03-01"}, ["From the beginning to March 1, 2026", "No movement"]),
    ],
)
async def test_each_sort_has_its_page(
    services: Services, portal: Portal, account_id: UUID, fields: dict[str, Any], words: list[str]
) -> None:
    await post_invoice(services, account_id, 500, number="INV-1")
    await post_invoice(services, account_id, 700, number="INV-2")
    text = text_of(await pdf_of(portal, await make(portal, **fields)))
    assert [word for word in words if word not in text] == []


async def test_contested_invoices_and_used_credits_are_printed_as_the_json_has_them(
    services: Services, portal: Portal, account_id: UUID
) -> None:
    invoice_id = await post_invoice(services, account_id, 900, number="INV-1")
    memo = await post_credit_memo(services, account_id, 300, number="CM-1", issued_on=date(2026, 3, 4))
    await apply_credit_memo(services, account_id, memo, {invoice_id: 250}, on=date(2026, 3, 5))
    reason = {"reason": "not_received", "text": "Half of it was never delivered", "amount": 450}
    assert (await portal.post(f"/v1/invoices/{invoice_id}/disputes", json=reason)).status_code == 201
    text = text_of(await pdf_of(portal, await make(portal)))
    assert "Credit applied CM-1 $2.50 used, the balance stays the same INV-1 6.00" in text
    assert "You contest $4.50 of the open invoices." in text
    text = text_of(await pdf_of(portal, await make(portal, type="open_items", date_from=None)))
    assert "Invoice INV-1 $4.50 contested" in text
    assert "You contest $4.50 of the open invoices." in text
    text = text_of((await portal.get(f"/v1/invoices/{invoice_id}/pdf")).content)
    assert "Contested" in text
    assert "$4.50 contested" in text
