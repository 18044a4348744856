"""Statements of open items: the documents that were open on a day, and their ageing, which add up to the balance."""

from dataclasses import asdict
from datetime import date, timedelta
from itertools import pairwise
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from billing_api.statements.schemas import StatementBalanceRead, StatementLineRead, StatementRead
from tests.factories.credits import apply_credit_memo, post_credit_memo, post_deposit
from tests.factories.imports import Books
from tests.factories.invoices import post_invoice, void_invoice
from tests.factories.random_books import (
    DAYS,
    Fields,
    Meanwhile,
    account_of,
    begin_books,
    invoices,
    lines_of_uses,
    meanwhile,
    uses,
)
from tests.factories.statements import lines_of, make_statement
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services

DAY = date(2026, 3, 20)
_OPEN_INVOICES = """
    SELECT number, currency, due_on, total - coalesce((
        SELECT sum(amount) FROM invoice_applications a
        WHERE a.account_id = $1 AND a.invoice_id = i.id AND a.effective_on <= $2), 0)::bigint AS left
    FROM invoices i WHERE account_id = $1 AND issued_on <= $2
"""
_SOURCES = """
    SELECT number, currency, amount - coalesce((
        SELECT sum(a.amount) FROM invoice_applications a
        JOIN invoices i ON i.account_id = a.account_id AND i.id = a.invoice_id
        WHERE a.account_id = $1 AND a.source_id = sources.id AND greatest(a.effective_on, i.issued_on) <= $2), 0)
        ::bigint AS left
    FROM (
        SELECT id, number, currency, total AS amount, issued_on AS dated FROM credit_memos WHERE account_id = $1
        UNION ALL SELECT id, number, currency, amount, received_on FROM deposits WHERE account_id = $1
        UNION ALL SELECT id, number, currency, amount, received_on FROM payments WHERE account_id = $1
    ) AS sources WHERE dated <= $2
"""


async def open_items(services: Services, account_id: UUID, day: date, **fields: object) -> StatementRead:
    return await make_statement(services, account_id, day, type="open_items", **fields)


class TestOpenItems:
    async def test_later_payments_do_not_count_and_credits_are_negative(
        self, services: Services, account_id: UUID
    ) -> None:
        first = await post_invoice(services, account_id, 1000, number="INV-1", due_on=date(2026, 3, 10))
        await post_invoice(services, account_id, 500, number="INV-2", due_on=date(2026, 4, 1), po_number="PO-7")
        await post_invoice(services, account_id, 70, number="LATER", issued_on=date(2026, 3, 21))
        await void_invoice(services, account_id, await post_invoice(services, account_id, 9, number="VOID"), on=DAY)
        memo = await post_credit_memo(services, account_id, 300, number="CM-1")
        await post_deposit(services, account_id, 200, number="DEP-1")
        await apply_credit_memo(services, account_id, memo, {first: 120}, on=date(2026, 3, 12))
        await apply_credit_memo(services, account_id, memo, {first: 30}, on=date(2026, 3, 21))
        statement = await open_items(services, account_id, DAY)
        (balance,) = statement.balances
        assert (balance.opening_balance, balance.adjustments, balance.charges, balance.credits) == (None,) * 4
        assert (balance.due, balance.overdue, balance.closing_balance) == (1380, 880, 1000)
        assert (balance.unapplied_credits, balance.unapplied_deposits) == (180, 200)
        assert asdict(balance.ageing) == {
            "current": 500,
            "days_1_30": 880,
            "days_31_60": 0,
            "days_61_90": 0,
            "days_over_90": 0,
        }
        lines = await lines_of(services, account_id, statement.id)
        assert [(line.type, line.number, line.amount, line.balance_effect, line.balance) for line in lines] == [
            ("invoice", "INV-1", 1000, 880, 880),
            ("invoice", "INV-2", 500, 500, 1380),
            ("credit_memo", "CM-1", 300, -180, 1200),
            ("deposit", "DEP-1", 200, -200, 1000),
        ]
        assert [(line.po_number, line.due_on, line.position) for line in lines[1:3]] == [
            ("PO-7", date(2026, 4, 1), 2),
            (None, None, 3),
        ]

    async def test_money_ahead_of_its_invoice_is_a_row_of_its_own_until_that_day(self, services: Services) -> None:
        books = Books()
        await services.imports.run(
            [
                books.account_line(),
                books.invoice("INV-1", 1000, issued_on="2026-03-25"),
                books.payment("PMT", 1000, {"INV-1": 1000}, received_on="2026-03-18"),
            ]
        )
        account_id = await account_of(services, books)
        before = await open_items(services, account_id, DAY)
        (line,) = await lines_of(services, account_id, before.id)
        assert (line.type, line.effective_on, line.balance_effect) == ("payment", date(2026, 3, 18), -1000)
        after = await open_items(services, account_id, date(2026, 3, 25))
        assert (await lines_of(services, account_id, after.id), after.balances[0].closing_balance) == ([], 0)

    async def test_a_summary_has_totals_by_type(self, services: Services, account_id: UUID) -> None:
        for amount in (100, 20, 3):
            await post_invoice(services, account_id, amount)
        await post_deposit(services, account_id, 50)
        statement = await open_items(services, account_id, DAY, summary=True)
        lines = await lines_of(services, account_id, statement.id)
        assert [(line.type, line.count, line.amount, line.balance_effect, line.balance) for line in lines] == [
            ("invoice", 3, 123, 123, 123),
            ("deposit", 1, 50, -50, 73),
        ]
        assert {(line.number, line.document_id, line.effective_on, line.due_on) for line in lines} == {(None,) * 4}


@settings(max_examples=20, deadline=None, derandomize=True)
@given(
    posted=st.lists(invoices, min_size=3, max_size=3),
    happened=st.lists(meanwhile, max_size=2),
    used=st.lists(uses(), min_size=2, max_size=9),
)
async def test_open_items_of_random_books_are_the_balance(
    services: Services, sql: Sql, posted: list[Fields], happened: list[Meanwhile], used: list[tuple[str, Fields]]
) -> None:
    """On any day, row by row, against the documents themselves; and activity between these days leads to the same."""
    books = await begin_books(services, posted, happened)
    account_id = await account_of(services, books)
    await services.imports.run(lines_of_uses(books, used))
    closings: list[dict[str, int]] = []
    days = [DAYS[0] - timedelta(days=1), *DAYS[::9]]
    for day in days:
        statement = await open_items(services, account_id, day)
        lines = await lines_of(services, account_id, statement.id)
        rows = [*await sql.fetch(_OPEN_INVOICES, account_id, day), *await sql.fetch(_SOURCES, account_id, day)]
        signs = [(1 if "due_on" in dict(row) else -1, row) for row in rows if row["left"]]
        assert sorted((line.currency, line.number, line.balance_effect) for line in lines) == sorted(
            (row["currency"], row["number"], sign * row["left"]) for sign, row in signs
        )
        for balance in statement.balances:
            own = [line for line in lines if line.currency == balance.currency]
            assert _is_proven(balance, own, day)
        closings.append({one.currency: one.closing_balance for one in statement.balances})
    for (before, day), (opening, closing) in zip(pairwise(days), pairwise(closings), strict=True):
        statement = await make_statement(services, account_id, day, date_from=before + timedelta(days=1))
        for balance in statement.balances:
            assert balance.opening_balance == opening.get(balance.currency, 0)
            assert balance.closing_balance == closing.get(balance.currency, 0)


def _is_proven(balance: StatementBalanceRead, lines: list[StatementLineRead], day: date) -> bool:
    """Whether the lines and the ageing add up to the balance, each invoice in the part of its own days."""
    ages = dict.fromkeys(("current", "days_1_30", "days_31_60", "days_61_90", "days_over_90"), 0)
    for line in lines:
        if line.due_on is not None:
            late = (day - line.due_on).days
            ages[list(ages)[0 if late <= 0 else min(4, (late - 1) // 30 + 1)]] += line.balance_effect
    return (
        asdict(balance.ageing) == ages
        and balance.due == sum(ages.values())
        and balance.due - balance.unapplied_credits - balance.unapplied_deposits == balance.closing_balance
        and (lines[-1].balance if lines else 0) == balance.closing_balance
        and sum(line.balance_effect for line in lines) == balance.closing_balance
    )
