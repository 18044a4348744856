"""The import of files: every type of line, repeats that change nothing, and few transactions and statements."""

import asyncio
import json
from typing import Any

import pytest

from billing_api.imports.report import ImportReport, LineOutcome, LineResult
from tests.factories.imports import Books
from tests.fixtures.queries import Queries, Sql
from tests.fixtures.services import Services
from tests.imports.reports import account_of, codes, invoice_of, pointers, reasons, rows_of, whole

CREATED, UPDATED, UNCHANGED, FAILED = (
    LineOutcome.CREATED,
    LineOutcome.UPDATED,
    LineOutcome.UNCHANGED,
    LineOutcome.FAILED,
)


class TestRun:
    async def test_brings_every_type_of_line_into_the_books(self, services: Services, books: Books) -> None:
        report = await services.imports.run(whole(books))
        assert reasons(report) == []
        assert dict(report.counts) == {
            ("account", CREATED): 1,
            ("invoice", CREATED): 2,
            ("credit_memo", CREATED): 1,
            ("deposit", CREATED): 1,
            ("payment", CREATED): 1,
        }
        account_id = await account_of(services, books)
        balance = await services.balances.get(account_id)
        (usd,) = balance.balances
        assert (balance.terms.net_days, balance.credit_limit) == (14, 500_000)
        assert (usd.due, usd.unapplied_credits, usd.unapplied_deposits) == (6_725, 475, 2_500)
        assert usd.balance == 10_825 + 5_000 - 1_075 - 2_000 - 9_000
        first = await invoice_of(services, books, "INV-1")
        assert (first.due_on.isoformat(), first.credited, first.paid, first.amount_due) == (
            "2026-03-16",
            600,
            5_000,
            5_225,
        )
        second = await invoice_of(services, books, "INV-2")
        assert (second.due_on.isoformat(), second.deposit_applied, second.paid) == ("2026-03-31", 500, 3_000)
        assert (await services.profiles.get(account_id)).company_name == "Sunny Side Ltd"

    async def test_a_second_run_changes_nothing(self, services: Services, sql: Sql, books: Books) -> None:
        await services.imports.run(whole(books))
        account_id = await account_of(services, books)
        before = await rows_of(sql, account_id)
        report = await services.imports.run(whole(books))
        assert {outcome for _, outcome in report.counts} == {UNCHANGED}
        assert await rows_of(sql, account_id) == before

    async def test_white_space_and_the_order_of_fields_make_no_change(self, services: Services, books: Books) -> None:
        lines = whole(books)
        await services.imports.run(lines)
        again = [
            json.dumps(dict(reversed(json.loads(line).items())), indent=None).encode() + b" \r\n" for line in lines
        ]
        report = await services.imports.run([b"\xef\xbb\xbf" + again[0], b"\n", *again[1:], b"   "])
        assert {outcome for _, outcome in report.counts} == {UNCHANGED}

    async def test_a_known_id_with_another_content_is_refused(self, services: Services, books: Books) -> None:
        await services.imports.run(whole(books))
        changed = [
            books.invoice("INV-2", 1, due_on="2026-03-31", memo="New"),
            books.payment("PAY-1", 9_001, {"INV-1": 5_000, "INV-2": 3_000}),
            books.deposit("DEP-1", 2_000, {"INV-2": 501}),
            books.credit_memo("CM-1", 1_000, {"INV-1": 600}, taxes=[{"name": "Sales tax", "amount": 75}], reason="x"),
        ]
        report = await services.imports.run(changed)
        assert [(failure.number, pointers(failure)) for failure in report.failures] == [
            (1, ["/memo", "/lines"]),
            (2, ["/amount"]),
            (3, ["/applications"]),
            (4, ["/reason"]),
        ]
        assert codes(report) == {"differs"}

    async def test_a_discount_of_null_differs_from_an_absent_one(self, services: Services, books: Books) -> None:
        await services.imports.run([books.account_line(), books.invoice("INV-1", 1_000)])
        without = json.loads(books.invoice("INV-1", 1_000)) | {"discount": None}
        report = await services.imports.run([json.dumps(without).encode()])
        assert [(failure.number, pointers(failure)) for failure in report.failures] == [(1, ["/discount"])]

    async def test_a_file_goes_on_where_another_ended(self, services: Services, books: Books) -> None:
        lines = whole(books)
        await services.imports.run(lines[:2])
        report = await services.imports.run(lines)
        assert (report.count(UNCHANGED), report.count(CREATED), report.count(FAILED)) == (2, 4, 0)

    async def test_two_imports_of_one_file_at_once_make_one_of_each(self, services: Services, books: Books) -> None:
        lines = whole(books)
        reports = await asyncio.gather(*(services.imports.run(lines) for _ in range(3)))
        for report in reports:
            assert reasons(report) == []
        assert sum(report.count(CREATED) for report in reports) == len(lines)
        assert sum(report.count(UNCHANGED) for report in reports) == 2 * len(lines)

    async def test_each_line_is_reported_once(self, services: Services, books: Books) -> None:
        lines = [*whole(books), b"no JSON", *whole(Books())]
        for work in (services.imports.check, services.imports.run):
            reported: list[LineResult] = []
            await work(lines, reported.append)
            assert sorted(result.number for result in reported) == list(range(1, len(lines) + 1))

    async def test_numbers_in_another_notation_make_no_change(self, services: Services, books: Books) -> None:
        def spelled(quantity: object, rate: object) -> list[bytes]:
            lines = [{"description": "x", "quantity": quantity, "amount": 100}]
            taxes = [{"name": "x", "rate": rate, "amount": 8}]
            return [
                books.invoice("INV-1", lines=lines, taxes=taxes),
                books.credit_memo("CM-1", 100, taxes=taxes),
            ]

        await services.imports.run([books.account_line(), *spelled("2", "8.25")])
        for quantity, rate in ((2, 8.25), (2.0, "8.250"), ("2.00", "8.25000")):
            report = await services.imports.run(spelled(quantity, rate))
            assert (report.count(UNCHANGED), reasons(report)) == (2, [])

    async def test_a_transaction_takes_some_hundred_lines(
        self, services: Services, sql: Sql, books: Books, queries: Queries
    ) -> None:
        """Each transaction locks the account anew, and sees the documents of the earlier ones."""
        names = [str(n) for n in range(700)]
        lines = [books.account_line(), *(books.invoice(name) for name in names)]
        queries.clear()
        report = await services.imports.run([*lines, *(books.payment(f"P{n}", 1, {n: 1}) for n in names)])
        assert (report.count(CREATED), reasons(report)) == (1_401, [])
        account_id = await account_of(services, books)
        transactions = await sql.fetchval(
            "SELECT count(DISTINCT xmin::text) FROM invoices WHERE account_id = $1", account_id
        )
        assert transactions == 2

    async def test_the_number_of_statements_does_not_grow_with_that_of_lines(
        self, services: Services, books: Books, queries: Queries
    ) -> None:
        await services.imports.run([books.account_line(), books.invoice("INV-0"), books.payment("PAY-0", 5)])
        counted = []
        for start, lines in ((1, 2), (3, 100)):
            names = [str(n) for n in range(start, start + lines)]
            queries.clear()
            await services.imports.run(
                [*(books.invoice(n) for n in names), *(books.payment(f"P{n}", 10_000, {n: 10_000}) for n in names)]
            )
            counted.append(len(queries))
        assert counted[0] == counted[1] <= 28


class TestDoubtfulAmounts:
    @pytest.mark.parametrize(
        ("quantity", "unit_amount", "amount", "is_doubtful"),
        [
            ("2", 5_000, 10_000, False),
            ("2", 5_000, 10_001, False),
            ("2", 5_000, 10_002, True),
            ("2", 5_000, 20_000, True),
            ("1000", 346, 345_670, False),  # 3.4567 each
            ("0.333333", 30_000, 10_000, False),
            ("-1", 3_000, -3_000, False),
            ("-1", 3_000, 3_000, True),
            ("2", None, 7, False),
        ],
    )
    async def test_an_amount_far_from_quantity_times_unit_amount_is_warned_about(
        self,
        services: Services,
        books: Books,
        quantity: str,
        unit_amount: int | None,
        amount: int,
        is_doubtful: bool,
    ) -> None:
        whole_line = {"description": "x", "amount": 10**6}
        line = {"description": "x", "quantity": quantity, "unit_amount": unit_amount, "amount": amount}
        report = await services.imports.run([books.account_line(), books.invoice("INV-1", lines=[whole_line, line])])
        assert report.count(CREATED) == 2
        assert [pointers(warning) for warning in report.warnings] == ([["/lines/1/amount"]] if is_doubtful else [])
        assert codes(report) == ({"amount_unexplained"} if is_doubtful else set())


class TestWarnedAgain:
    """A run that was killed between a commit and its report is repeated with the same report."""

    async def test_a_repeat_has_the_warnings_and_totals_of_the_first_run(
        self, services: Services, books: Books
    ) -> None:
        strange = [{"description": "x", "quantity": "2", "unit_amount": 10, "amount": 500}]
        lines = [
            books.account_line(),
            books.invoice("INV 1: \u00e9", 1_000),
            books.invoice("INV-2", lines=strange),
            books.payment("P", 1_500, {"INV 1: \u00e9": 1_200, "INV-2": 300}),
            books.credit_memo("CM", 700, {"INV 1: \u00e9": 700}),
            books.deposit("D", 300, {"INV-2": 300}),
        ]
        first = await services.imports.run(lines)
        again = await services.imports.run(lines)
        assert len(first.warnings) == 4

        def said(report: ImportReport) -> list[Any]:
            return [(one.number, one.unapplied, one.findings) for one in report.warnings]

        assert said(again) == said(first)
        assert again.count(UNCHANGED) == len(lines)
        assert [total.unapplied for total in again.totals.values()] == [
            total.unapplied for total in first.totals.values()
        ]
