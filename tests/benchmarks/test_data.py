"""The data of the benchmark are as true as the data that the service writes."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from benchmarks.data import Size, fill
from tests.fixtures import server

SIZE = Size(accounts=3, invoices=200, biggest=100)


@pytest.fixture(scope="module")
async def filled(worker_id: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """A connection to a small filled database of its own."""
    name = f"bench_{worker_id}"
    dsn = await server.clone(name)
    await fill(dsn, SIZE)
    connection = await asyncpg.connect(dsn)
    yield connection
    await connection.close()
    await server.drop(name)


async def test_amounts_are_as_asked(filled: "asyncpg.Connection[asyncpg.Record]") -> None:
    """The invoices that are not the biggest account's are spread evenly."""
    counts = await filled.fetch("SELECT count(*) FROM invoices GROUP BY account_id ORDER BY 1")
    assert [count for (count,) in counts] == [50, 50, 100]


async def test_books_agree_with_the_invoices(filled: "asyncpg.Connection[asyncpg.Record]") -> None:
    """For each account: the due amounts, the balance, the entries and the months are one sum."""
    rows = await filled.fetch(
        """
        SELECT (SELECT sum(amount_due) FROM invoices i WHERE i.account_id = a.id) AS due,
               (SELECT receivable FROM ledger_balances b WHERE b.account_id = a.id) AS balance,
               (SELECT sum(receivable) FROM ledger_entries e WHERE e.account_id = a.id) AS entries,
               (SELECT sum(receivable) FROM ledger_months m WHERE m.account_id = a.id) AS months
        FROM accounts a
        """
    )
    assert all(row["due"] == row["balance"] == row["entries"] == row["months"] > 0 for row in rows)
    assert len(rows) == SIZE.accounts


async def test_newest_invoice_adds_up(filled: "asyncpg.Connection[asyncpg.Record]") -> None:
    """One of each account has lines and a tax; it is open, and has room for a thousand payments."""
    rows = await filled.fetch(
        """
        SELECT i.net = (SELECT sum(amount) FROM invoice_lines l WHERE l.invoice_id = i.id) AS lines_add_up,
               i.tax = t.amount AS tax_adds_up, i.status, i.amount_due
        FROM invoices i JOIN invoice_taxes t ON t.invoice_id = i.id
        """
    )
    assert len(rows) == SIZE.accounts
    assert all(row["lines_add_up"] and row["tax_adds_up"] and row["status"] == "open" for row in rows)
    assert all(row["amount_due"] >= 2_000_000 for row in rows)


async def test_indexes_are_back(filled: "asyncpg.Connection[asyncpg.Record]", database_url: str) -> None:
    """All indexes of the migrations, as in a database that was not filled."""
    count = "SELECT count(*) FROM pg_indexes WHERE tablename IN ('invoices', 'ledger_entries')"
    untouched = await asyncpg.connect(database_url)
    try:
        assert await filled.fetchval(count) == await untouched.fetchval(count)
    finally:
        await untouched.close()
