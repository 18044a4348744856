"""Real receivables: imported, imported again, and proven on many days against sums made from the file alone.

RECEIVABLES_CSV names the file; without it a small one of our own, in the same columns, stands in.
"""

import os
from collections import Counter
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from billing_api.imports.report import ImportReport, LineOutcome
from billing_api.invoices.schemas import InvoiceQuery, InvoiceSummaryRead
from billing_api.transactions.schemas import TransactionQuery, TransactionRead
from tests.factories.statements import lines_of, make_statement
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services
from tests.imports import receivables
from tests.imports.receivables import CURRENCY, Receivable

pytestmark = pytest.mark.slow

SAMPLE = Path(__file__).parents[1] / "data" / "receivables-sample.csv"


class Ledgers:
    """What the file says, and the accounts that the import made of it."""

    def __init__(self, rows: list[Receivable], report: ImportReport, accounts: dict[str, UUID]) -> None:
        self.rows = rows
        self.report = report
        self.accounts = accounts

    def of(self, customer: str) -> list[Receivable]:
        return [row for row in self.rows if row.customer == customer]


@pytest.fixture(scope="module")
async def ledgers(services: Services) -> Ledgers:
    """The file, imported once."""
    rows = receivables.read(Path(os.environ.get("RECEIVABLES_CSV") or SAMPLE))
    report = await services.imports.run(receivables.lines(rows))
    customers = {row.customer for row in rows}
    found = await services.database.run(lambda: services.accounts.list_references("account", customers))
    return Ledgers(rows, report, {customer: reference.account_id for customer, reference in found.items()})


async def test_every_line_is_imported(ledgers: Ledgers) -> None:
    assert ledgers.report.failures == []
    assert dict(ledgers.report.counts) == {
        ("account", LineOutcome.CREATED): len(ledgers.accounts),
        ("invoice", LineOutcome.CREATED): len(ledgers.rows),
        ("payment", LineOutcome.CREATED): len(ledgers.rows),
    }


async def test_a_second_run_changes_nothing(services: Services, sql: Sql, ledgers: Ledgers) -> None:
    before = await _counted(sql)
    report = await services.imports.run(receivables.lines(ledgers.rows))
    assert {outcome for _, outcome in report.counts} == {LineOutcome.UNCHANGED}
    assert report.count(LineOutcome.UNCHANGED) == 2 * len(ledgers.rows) + len(ledgers.accounts)
    assert await _counted(sql) == before


async def test_balances_and_ageing_on_many_days_equal_the_files_own_sums(services: Services, ledgers: Ledgers) -> None:
    """For every customer, and for all together."""
    for day in receivables.days_of_interest(ledgers.rows):
        total_ages: Counter[str] = Counter()
        total_balance = 0
        for customer, account_id in ledgers.accounts.items():
            own = ledgers.of(customer)
            (shown,) = (await services.balances.get(account_id, day)).balances
            ages = receivables.ageing(own, day)
            assert asdict(shown.ageing) == ages, (customer, day)
            assert shown.due == sum(ages.values())
            assert shown.overdue == sum(ages.values()) - ages["current"]
            assert shown.balance == receivables.balance(own, day), (customer, day)
            assert (shown.unapplied_credits, shown.unapplied_deposits) == (0, shown.due - shown.balance)
            total_ages.update(asdict(shown.ageing))
            total_balance += shown.balance
        assert dict(total_ages) == receivables.ageing(ledgers.rows, day)
        assert total_balance == receivables.balance(ledgers.rows, day)


async def test_the_books_opening_balances_equal_the_files_own_sums(services: Services, ledgers: Ledgers) -> None:
    """The months and the rest of one month's entries, on the same days."""
    for day in receivables.days_of_interest(ledgers.rows):
        for customer, account_id in ledgers.accounts.items():
            totals = await services.ledger.totals_as_of(account_id, day)
            assert sum(one.balance for one in totals) == receivables.balance(ledgers.of(customer), day)


async def test_in_the_end_all_is_paid_and_nothing_is_owed(services: Services, ledgers: Ledgers) -> None:
    for account_id in ledgers.accounts.values():
        (now,) = (await services.balances.get(account_id)).balances
        assert (now.currency, now.balance, now.due, now.pending, now.unapplied_deposits) == (CURRENCY, 0, 0, 0, 0)


async def test_invoices_keep_their_numbers_days_and_amounts(services: Services, ledgers: Ledgers) -> None:
    """All pages of every customer's list, and nothing else in them."""
    for customer, account_id in ledgers.accounts.items():
        listed = {row.number: row for row in await _invoices(services, account_id)}
        own = {row.number: row for row in ledgers.of(customer)}
        assert listed.keys() == own.keys()
        for number, row in listed.items():
            said = own[number]
            assert (row.issued_on, row.due_on, row.total) == (said.issued_on, said.due_on, said.amount)
            assert (row.status, row.amount_due, row.closed_on) == ("paid", 0, said.settled_on)


async def test_the_history_adds_up_to_what_was_invoiced_and_settled(services: Services, ledgers: Ledgers) -> None:
    for customer, account_id in ledgers.accounts.items():
        history = await _history(services, account_id)
        own = ledgers.of(customer)
        invoiced = [row.balance_effect for row in history if row.type == "invoice"]
        settled = [row.balance_effect for row in history if row.type == "payment"]
        assert len(history) == 2 * len(own)
        assert sum(invoiced) == -sum(settled) == sum(row.amount for row in own)
        assert sorted(row.effective_on for row in history if row.type == "payment") == sorted(
            row.settled_on for row in own
        )


async def test_statements_at_every_months_end_equal_the_files_own_sums(services: Services, ledgers: Ledgers) -> None:
    """For every customer: activity, month by month, and the open items at each end, to the last row."""
    ends = receivables.month_ends(ledgers.rows)
    for customer, account_id in ledgers.accounts.items():
        own, start, before = ledgers.of(customer), None, 0
        for end in ends:
            activity = await make_statement(services, account_id, end, date_from=start)
            (month,) = activity.balances
            assert (month.opening_balance, month.adjustments) == (before, 0), (customer, end)
            assert month.charges == sum(row.amount for row in own if _is_within(row.issued_on, start, end))
            assert month.credits == -sum(row.amount for row in own if _is_within(row.settled_on, start, end))
            assert month.closing_balance == receivables.balance(own, end)
            assert asdict(month.ageing) == receivables.ageing(own, end)
            start, before = end + timedelta(days=1), month.closing_balance
        await _require_open_items(services, account_id, own, ends)


async def _require_open_items(services: Services, account_id: UUID, own: list[Receivable], ends: list[date]) -> None:
    for end in ends:
        statement = await make_statement(services, account_id, end, type="open_items")
        lines = await lines_of(services, account_id, statement.id)
        opened = {(row.number, row.amount) for row in own if row.is_open(end)}
        # Settled before it was issued: money that waits for its invoice.
        ahead = [row.amount for row in own if row.settled_on <= end < row.issued_on]
        assert {(line.number, line.balance_effect) for line in lines if line.type == "invoice"} == opened
        assert sum(line.balance_effect for line in lines if line.type == "payment") == -sum(ahead)
        assert statement.balances[0].closing_balance == receivables.balance(own, end)


def _is_within(day: date, start: date | None, end: date) -> bool:
    return (start is None or start <= day) and day <= end


async def _invoices(services: Services, account_id: UUID) -> list[InvoiceSummaryRead]:
    query = InvoiceQuery(limit=7, sort="number")
    rows: list[InvoiceSummaryRead] = []
    while True:
        page = await services.invoices.list(account_id, query)
        rows += page.data
        if page.next_cursor is None:
            return rows
        query = query.model_copy(update={"cursor": page.next_cursor})


async def _history(services: Services, account_id: UUID) -> list[TransactionRead]:
    query = TransactionQuery(limit=9, sort="effective_on")
    rows: list[TransactionRead] = []
    while True:
        page = await services.transactions.list(account_id, query)
        rows += page.data
        if page.next_cursor is None:
            return rows
        query = query.model_copy(update={"cursor": page.next_cursor})


async def _counted(sql: Sql) -> list[int]:
    tables = ("accounts", "invoices", "payments", "ledger_entries", "outbox_events", "audit_log", "external_references")
    return [await sql.fetchval(f"SELECT count(*) FROM {table}") for table in tables]
