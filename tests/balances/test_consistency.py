"""Whatever is posted in whatever order, refused lines among it: the figures agree with each other and with the rows."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from billing_api.bootstrap import Services
from billing_api.imports.report import Outcome
from tests.factories.imports import Books
from tests.fixtures.queries import Sql

FIRST_DAY = date(2026, 1, 15)
DAYS = [FIRST_DAY + timedelta(days=n) for n in range(60)]
NAMES = ["INV-1", "INV-2", "INV-3"]
Fields = dict[str, Any]

days = st.sampled_from(DAYS).map(date.isoformat)
amounts = st.sampled_from([100, 200, 300])  # few, so that what is applied often closes an invoice
currencies = st.sampled_from(["USD", "USD", "USD", "USD", "JPY"])
invoices = st.fixed_dictionaries(
    {"amount": amounts, "issued_on": days, "due_on": st.just("2026-02-20") | st.just("2026-04-20")},
    optional={"currency": currencies},
)


@st.composite
def uses(draw: st.DrawFn) -> tuple[str, Fields]:
    """A payment, credit memo or deposit for some invoices; a few apply more than there is, or across currencies."""
    kind = draw(st.sampled_from(["payment", "payment", "credit_memo", "deposit"]))
    parts = draw(st.dictionaries(st.sampled_from(NAMES), amounts, max_size=2))
    day, size = draw(days), sum(parts.values()) + draw(st.sampled_from([0, 0, 50]))
    currency = draw(currencies)
    if kind == "payment":
        return kind, {"amount": size or 10, "allocations": parts, "received_on": day, "currency": currency}
    dated, total = ("issued_on", "net") if kind == "credit_memo" else ("received_on", "amount")
    return kind, {total: size or 10, "applications": parts, dated: day, "applied_on": draw(days), "currency": currency}


def lines_of(books: Books, posted: list[Fields], used: list[tuple[str, Fields]]) -> list[bytes]:
    """The file: the account, its invoices, and what was done with them."""
    return [
        books.account_line(),
        *(books.invoice(name, **fields) for name, fields in zip(NAMES, posted, strict=True)),
        *(getattr(books, kind)(f"{kind}-{number}", **fields) for number, (kind, fields) in enumerate(used)),
    ]


@settings(max_examples=25, deadline=None, derandomize=True)
@given(posted=st.lists(invoices, min_size=3, max_size=3), used=st.lists(uses(), min_size=2, max_size=9))
async def test_balances_books_and_documents_agree(
    services: Services, sql: Sql, posted: list[Fields], used: list[tuple[str, Fields]]
) -> None:
    """Now, and at the end of any day; the document rows are summed here, by themselves."""
    books = Books()
    lines = lines_of(books, posted, used)
    report = await services.imports.run(lines)
    assert report.count(Outcome.CREATED) + report.count(Outcome.FAILED) == len(lines)
    found = await services.database.run(lambda: services.accounts.find_references_in("account", [books.account]))
    account_id = found[books.account].account_id

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

    for day in [*DAYS[::4], date(2999, 12, 31)]:
        then = {row.currency: row for row in (await services.balances.get(account_id, day)).balances}
        for totals in await services.ledger.totals_as_of(account_id, day):
            shown = then[totals.currency]
            assert shown.balance == totals.balance
            assert shown.due == await _due_on(sql, account_id, totals.currency, day)
            assert shown.due == sum(shown.ageing.model_dump().values())
            assert shown.unapplied_deposits >= 0


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
