"""In any order of postings and refused lines, the figures agree with each other and with the rows."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from billing_api.imports.report import Outcome
from tests.factories.imports import Books
from tests.factories.invoices import reserve_on_invoice, void_invoice
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services

FIRST_DAY = date(2026, 1, 15)
DAYS = [FIRST_DAY + timedelta(days=n) for n in range(60)]
NAMES = ["INV-1", "INV-2", "INV-3"]
Fields = dict[str, Any]

days = st.sampled_from(DAYS).map(date.isoformat)
amounts = st.sampled_from([100, 200, 300])  # few, so that what is applied often closes an invoice
currencies = st.sampled_from(["USD", "USD", "USD", "USD", "JPY"])
invoices = st.fixed_dictionaries(
    {"amount": amounts, "issued_on": days, "due_on": st.just("2026-03-20") | st.just("2026-04-20")},
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


Meanwhile = tuple[str, str, int]
meanwhile = st.tuples(st.sampled_from(["void", "reserve", "reserve"]), st.sampled_from(NAMES), amounts)


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
    books = Books()
    await services.imports.run(
        [books.account_line(), *(books.invoice(name, **fields) for name, fields in zip(NAMES, posted, strict=True))]
    )
    found = await services.database.run(lambda: services.accounts.find_references("account", [books.account]))
    account_id = found[books.account].account_id
    for what, name, amount in happened:
        await _happen(services, books, account_id, what, name, amount)
    lines = [getattr(books, kind)(f"{kind}-{number}", **fields) for number, (kind, fields) in enumerate(used)]
    checked = await services.imports.check(lines)
    report = await services.imports.run(lines)
    assert checked == report
    assert {finding.code for failure in report.failures for finding in failure.findings} <= {"other_currency"}
    assert report.count(Outcome.CREATED) + report.count(Outcome.FAILED) == len(lines)
    again = await services.imports.run(lines)
    assert again.count(Outcome.UNCHANGED) == report.count(Outcome.CREATED)

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
                assert total.by_outcome[Outcome.CREATED] == in_books
    assert await sql.fetchval(
        "SELECT coalesce(bool_and(closed_on >= issued_on), true) FROM invoices WHERE account_id = $1", account_id
    )

    for day in [*DAYS[::4], date(2999, 12, 31)]:
        then = {row.currency: row for row in (await services.balances.get(account_id, day)).balances}
        for totals in await services.ledger.totals_as_of(account_id, day):
            shown = then[totals.currency]
            assert shown.balance == totals.balance
            assert shown.due == await _due_on(sql, account_id, totals.currency, day)
            assert shown.due == sum(shown.ageing.model_dump().values())
            assert shown.unapplied_credits == await _left_on(sql, account_id, totals.currency, day, "credit_memo")
            cash = [await _left_on(sql, account_id, totals.currency, day, kind) for kind in ("deposit", "payment")]
            assert shown.unapplied_deposits == sum(cash) >= 0


async def _happen(services: Services, books: Books, account_id: UUID, what: str, name: str, amount: int) -> None:
    """A bank transfer is under way for an invoice, or it is voided, as far as that can be."""
    found = await services.database.run(lambda: services.accounts.find_references("invoice", [books.id(name)]))
    invoice = await services.invoices.get(account_id, found[books.id(name)].object_id)
    if what == "void" and invoice.status == "open" and not invoice.amount_pending:
        await void_invoice(services, account_id, invoice.id, on=FIRST_DAY)
    elif what == "reserve" and amount <= invoice.amount_due - invoice.amount_pending and invoice.currency == "USD":
        await reserve_on_invoice(services, account_id, invoice.id, amount)


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
