"""A statement as it is printed: the figures of its JSON, and the vendor's letterhead."""

from datetime import date
from uuid import UUID

import pytest

from billing_api.documents.papers import Ageing, CurrencyPart, Movement, OpenItem, StatementPaper, Sum
from billing_api.ledger import postings
from billing_api.statements.errors import StatementNotFoundError
from tests.factories.credits import post_deposit
from tests.factories.invoices import post_invoice
from tests.factories.ledger import document, post
from tests.factories.statements import make_statement
from tests.factories.users import make_account
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services

MARCH = {"date_from": date(2026, 3, 1)}
DAY = date(2026, 3, 31)


async def paper_of(services: Services, account_id: UUID, **fields: object) -> tuple[StatementPaper, CurrencyPart]:
    statement = await make_statement(services, account_id, DAY, **fields)
    paper, locale = await services.statements.get_paper(account_id, statement.id)
    assert (paper.number, locale, paper.made_at) == (statement.number, statement.locale, statement.created_at)
    (part,) = paper.parts
    return paper, part


async def test_activity_has_its_adjustments_and_movements(services: Services, account_id: UUID) -> None:
    await make_statement(services, account_id, date(2026, 2, 28))
    await post(
        services,
        account_id,
        postings.invoice(document("LATE", effective_on=date(2026, 2, 3)), net=70, tax=0),
        postings.payment(document("PMT-1", effective_on=date(2026, 3, 9)), allocated=20),
    )
    await post_invoice(services, account_id, 500, number="INV-1", po_number="PO-7", due_on=date(2026, 3, 30))
    paper, part = await paper_of(services, account_id, **MARCH)
    assert (paper.kind, paper.period_from, paper.period_to) == ("activity", date(2026, 3, 1), DAY)
    assert (part.opening, part.closing, part.due) == (0, 550, 550)
    assert part.adjustments == (Movement(date(2026, 2, 3), "invoice", "LATE", None, 70, 70),)
    assert part.movements == (
        Movement(date(2026, 3, 2), "invoice", "INV-1", "PO-7", 500, 570),
        Movement(date(2026, 3, 9), "payment", "PMT-1", None, -20, 550),
    )


async def test_open_items_have_their_days_and_the_ageing(services: Services, account_id: UUID) -> None:
    await post_invoice(services, account_id, 500, number="INV-1", due_on=date(2026, 3, 21))
    await post_deposit(services, account_id, 200, number="DEP-1", received_on=date(2026, 3, 5))
    paper, part = await paper_of(services, account_id, type="open_items")
    assert (paper.kind, paper.period_from) == ("open_items", None)
    assert part.open_items == (
        OpenItem("invoice", "INV-1", None, date(2026, 3, 2), date(2026, 3, 21), 500, 500, 10),
        OpenItem("deposit", "DEP-1", None, date(2026, 3, 5), None, 200, -200, 0),
    )
    ageing = Ageing(current=0, days_1_30=500, days_31_60=0, days_61_90=0, over_90=0, unapplied=-200)
    assert (part.ageing, ageing.total) == (ageing, part.closing)


async def test_a_summary_has_sums_and_no_rows(services: Services, account_id: UUID) -> None:
    for amount in (500, 30):
        await post_invoice(services, account_id, amount)
    _, part = await paper_of(services, account_id, **MARCH, summary=True)
    assert (part.sums, part.movements) == ((Sum("invoice", 2, 530),), ())


async def test_a_vendor_who_owes_asks_for_nothing(services: Services, account_id: UUID) -> None:
    await post_deposit(services, account_id, 200)
    _, part = await paper_of(services, account_id, **MARCH)
    assert (part.closing, part.due) == (-200, 0)


async def test_an_erased_addressee_leaves_the_figures(services: Services, account_id: UUID, sql: Sql) -> None:
    statement = await make_statement(services, account_id, DAY)
    before, _ = await services.statements.get_paper(account_id, statement.id)
    assert (before.recipient.name, before.recipient.lines) == ("Sunny Side Ltd", ("Sunny Side Ltd",))
    await sql.execute("DELETE FROM statement_addressees WHERE account_id = $1", account_id)
    after, _ = await services.statements.get_paper(account_id, statement.id)
    assert (after.recipient.name, after.recipient.lines, after.parts) == ("", (), before.parts)


async def test_another_accounts_statement_has_no_paper(services: Services, account_id: UUID) -> None:
    statement = await make_statement(services, account_id, DAY)
    with pytest.raises(StatementNotFoundError):
        await services.statements.get_paper(await make_account(services), statement.id)
