"""What a statement reads and holds: its own period, whatever the history; its lines in pages, however many they are."""

import json
import tracemalloc
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from billing_api.db.statements import Statement
from billing_api.ledger import repository as ledger
from billing_api.statements.repository import rows
from tests.factories.statements import lines_of, make_statement
from tests.factories.users import make_account
from tests.fixtures.queries import Queries, Sql
from tests.fixtures.services import Services

MONTH = date(2026, 6, 1)
_ENTRIES = """
    INSERT INTO ledger_entries (account_id, id, seq, kind, currency, effective_on, posted_at, document_id, number,
                                amount, receivable, customer_credit, revenue, tax, cash_clearing, discounts, write_offs)
    SELECT $1, gen_random_uuid(), $2 + n, 'invoice', 'USD', $3::date + n * 37 % $4, now(), gen_random_uuid(),
           'INV-' || n, n, n, 0, -n, 0, 0, 0, 0
    FROM generate_series(1, $5) AS n
"""
_MONTHS = """
    INSERT INTO ledger_months (account_id, currency, month, receivable, customer_credit)
    SELECT account_id, currency, date_trunc('month', effective_on)::date, sum(receivable), sum(customer_credit)
    FROM ledger_entries WHERE account_id = $1 GROUP BY 1, 2, 3
"""


async def books_of(services: Services, sql: Sql, earlier: int, *, in_month: int = 20) -> UUID:
    """An account with so many entries in the two years before the month, and some in the month."""
    account_id = await make_account(services)
    first = MONTH - timedelta(days=730)
    await sql.execute(_ENTRIES, account_id, 0, first, 730, earlier)
    await sql.execute(_ENTRIES, account_id, earlier, MONTH, 20, in_month)
    await sql.execute(_MONTHS, account_id)
    return account_id


async def rows_read(sql: Sql, statement: Statement[Any], **values: Any) -> float:
    """The rows that a statement reads from tables, those that a filter leaves out included."""
    async with sql.transaction():
        await sql.execute("SET LOCAL enable_seqscan = off")  # a table of a few rows would be read as a whole
        (plan,) = await sql.fetch(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement.sql}", *statement.bind(values))
    return _count(json.loads(plan[0])[0]["Plan"])


def _count(plan: dict[str, Any]) -> float:
    here = 0.0
    if "Relation Name" in plan:
        here = (plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0)) * plan["Actual Loops"]
    return here + sum(_count(child) for child in plan.get("Plans", ()))


async def test_an_opening_balance_reads_as_much_after_100_entries_as_after_100_000(
    services: Services, sql: Sql
) -> None:
    """The months before, and one month's entries; and the period's own rows beside those that were posted lately."""
    histories = {earlier: await books_of(services, sql, earlier) for earlier in (100, 100_000)}
    await sql.execute("ANALYZE ledger_entries, ledger_months")
    through = MONTH + timedelta(days=9)
    period = {"date_from": through + timedelta(days=1), "date_to": MONTH + timedelta(days=29)}
    opening: list[float] = []
    activity: list[float] = []
    for earlier, account_id in histories.items():
        opening.append(await rows_read(sql, ledger._AS_OF, account_id=account_id, month=MONTH, through=through))
        since = {"since_seq": earlier + 5, "adjusted_through": through}
        activity.append(await rows_read(sql, rows.ACTIVITY, account_id=account_id, **period, **since))
    assert opening[0] == opening[1] == 24 + 10
    assert activity[0] == activity[1] == 10 + 15


@pytest.fixture(scope="module")
async def large(services: Services, sql: Sql) -> UUID:
    """An account with 10,000 entries in one month."""
    return await books_of(services, sql, 100, in_month=10_000)


class TestManyMovements:
    async def test_ten_thousand_are_made_with_as_many_statements_as_one(
        self, services: Services, sql: Sql, large: UUID, queries: Queries
    ) -> None:
        await make_statement(services, large, MONTH, date_from=MONTH)  # the first of a database stores the letterhead
        counts = []
        for account_id in (await books_of(services, sql, 0, in_month=1), large):
            queries.clear()
            await make_statement(services, account_id, MONTH + timedelta(days=29), date_from=MONTH)
            counts.append(len(queries))
        assert counts[0] == counts[1] <= 25

    async def test_ten_thousand_are_never_held_at_once(self, services: Services, large: UUID) -> None:
        """The process that makes them sees sums alone; a page is what a reader holds.

        The least of three, since whatever else runs in the process meanwhile holds memory of its own.
        """
        await make_statement(services, large, MONTH, date_from=MONTH)
        assert min([await self._most_held(services, large) for _ in range(3)]) < 2**20

    async def _most_held(self, services: Services, account_id: UUID) -> int:
        tracemalloc.start()
        try:
            statement = await make_statement(services, account_id, MONTH + timedelta(days=29), date_from=MONTH)
            _, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert statement.line_count == 10_000
        return most

    async def test_ten_thousand_are_read_page_by_page(self, services: Services, large: UUID) -> None:
        statement = await make_statement(services, large, MONTH + timedelta(days=29), date_from=MONTH)
        lines = await lines_of(services, large, statement.id)
        assert [line.position for line in lines] == list(range(1, 10_001))
        (balance,) = statement.balances
        assert lines[-1].balance == balance.closing_balance
        assert balance.opening_balance == sum(range(1, 101))
        assert balance.charges == sum(range(1, 10_001)) == sum(line.balance_effect for line in lines)

    async def test_a_summary_of_ten_thousand_has_a_line(self, services: Services, large: UUID) -> None:
        statement = await make_statement(services, large, MONTH + timedelta(days=29), date_from=MONTH, summary=True)
        (line,) = await lines_of(services, large, statement.id)
        assert (line.type, line.count, line.balance) == ("invoice", 10_000, statement.balances[0].closing_balance)
