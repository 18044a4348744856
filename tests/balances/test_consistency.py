"""In any order of postings and refused lines, the figures agree with each other and with the rows."""

from dataclasses import asdict
from datetime import date
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from billing_api.imports.report import LineOutcome
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
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services


@settings(max_examples=25, deadline=None, derandomize=True)
@given(
    posted=st.lists(invoices, min_size=3, max_size=3),
    happened=st.lists(meanwhile, max_size=2),
    used=st.lists(uses(), min_size=2, max_size=9),
)
async def test_balances_books_and_documents_agree(
    services: Services, sql: Sql, posted: list[Fields], happened: list[Meanwhile], used: list[tuple[str, Fields]]
) -> None:
    """Now, and at the end of any day; the document rows are summed here, by themselves.

    Money that came is in the books whatever its invoices had room for; a wrong currency alone is refused.
    """
    books = await begin_books(services, posted, happened)
    account_id = await account_of(services, books)
    lines = lines_of_uses(books, used)
    checked = await services.imports.check(lines)
    report = await services.imports.run(lines)
    assert checked == report
    assert {finding.code for failure in report.failures for finding in failure.findings} <= {"other_currency"}
    assert report.count(LineOutcome.CREATED) + report.count(LineOutcome.FAILED) == len(lines)
    again = await services.imports.run(lines)
    assert again.count(LineOutcome.UNCHANGED) == report.count(LineOutcome.CREATED)

    now = {row.currency: row for row in (await services.balances.get(account_id)).balances}
    for totals in await services.ledger.totals(account_id):
        shown = now[totals.currency]
        due = await _sum(sql, account_id, totals.currency, "SELECT sum(amount_due) FROM invoices")
        credits_left = await _sum(sql, account_id, totals.currency, "SELECT sum(unapplied) FROM credit_memos")
        deposits_left = await _sum(sql, account_id, totals.currency, "SELECT sum(unapplied) FROM deposits")
        payments_left = await _sum(sql, account_id, totals.currency, "SELECT sum(unapplied) FROM payments")
        cash_left = deposits_left + payments_left
        assert (shown.due, shown.unapplied_credits, shown.unapplied_deposits) == (due, credits_left, cash_left)
        assert (totals.receivable, totals.customer_credit) == (due, -(credits_left + cash_left))
        assert shown.balance == totals.balance
        kinds = {"payment": "payments", "deposit": "deposits", "credit_memo": "credit_memos"}
        for kind, total in report.totals.items():
            if kind[0] == totals.currency:
                column = "total" if kind[1] == "credit_memo" else "amount"
                in_books = await _sum(sql, account_id, kind[0], f"SELECT sum({column}) FROM {kinds[kind[1]]}")
                assert total.by_outcome[LineOutcome.CREATED] == in_books
    assert await sql.fetchval(
        "SELECT coalesce(bool_and(closed_on >= issued_on), true) FROM invoices WHERE account_id = $1", account_id
    )

    for day in [*DAYS[::4], date(2999, 12, 31)]:
        then = {row.currency: row for row in (await services.balances.get(account_id, day)).balances}
        for totals in await services.ledger.totals_as_of(account_id, day):
            shown = then[totals.currency]
            assert shown.balance == totals.balance
            assert shown.due == await _due_on(sql, account_id, totals.currency, day)
            assert shown.due == sum(asdict(shown.ageing).values())
            assert shown.unapplied_credits == await _left_on(sql, account_id, totals.currency, day, "credit_memo")
            cash = [await _left_on(sql, account_id, totals.currency, day, kind) for kind in ("deposit", "payment")]
            assert shown.unapplied_deposits == sum(cash) >= 0


async def _sum(sql: Sql, account_id: UUID, currency: str, query: str) -> int:
    return int(await sql.fetchval(f"{query} WHERE account_id = $1 AND currency = $2", account_id, currency) or 0)


async def _due_on(sql: Sql, account_id: UUID, currency: str, day: date) -> int:
    """Every invoice of that day or before, less everything applied to it by then."""
    return int(
        await sql.fetchval(
            "SELECT sum(total - coalesce((SELECT sum(amount) FROM invoice_applications a WHERE a.account_id = $1 "
            "AND a.invoice_id = i.id AND a.effective_on <= $3), 0)) FROM invoices i "
            "WHERE account_id = $1 AND currency = $2 AND issued_on <= $3",
            account_id,
            currency,
            day,
        )
        or 0
    )


_LEFT_ON = """
    SELECT coalesce((SELECT sum({amount}) FROM {table} WHERE account_id = $1 AND currency = $2 AND {day} <= $3), 0)
         - coalesce((SELECT sum(a.amount) FROM invoice_applications a
                       JOIN invoices i ON i.account_id = a.account_id AND i.id = a.invoice_id
                      WHERE a.account_id = $1 AND a.kind = $4 AND i.currency = $2
                        AND greatest(a.effective_on, i.issued_on) <= $3), 0)
"""


async def _left_on(sql: Sql, account_id: UUID, currency: str, day: date, kind: str) -> int:
    """What had come by that day, less what invoices of that day or before had got of it."""
    table, amount, dated = {
        "credit_memo": ("credit_memos", "total", "issued_on"),
        "deposit": ("deposits", "amount", "received_on"),
        "payment": ("payments", "amount", "received_on"),
    }[kind]
    query = _LEFT_ON.format(amount=amount, table=table, day=dated)
    return int(await sql.fetchval(query, account_id, currency, day, kind.removesuffix("_memo")))
