"""Imports: every type of line, repeats that change nothing, and bad lines that lose no other."""

import asyncio
import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest

from billing_api.bootstrap import Services
from billing_api.imports.lines import MAX_LINE_BYTES
from billing_api.imports.report import ImportReport, Outcome
from tests.factories.imports import Books
from tests.fixtures.queries import Queries, Sql

CREATED, UNCHANGED, FAILED = Outcome.CREATED, Outcome.UNCHANGED, Outcome.FAILED


@pytest.fixture
def books() -> Books:
    return Books()


async def account_of(services: Services, books: Books) -> UUID:
    async def find() -> UUID:
        found = await services.accounts.find_references_in("account", [books.account])
        return found[books.account].account_id

    return await services.database.run(find)


async def invoice_of(services: Services, books: Books, name: str) -> Any:
    async def find() -> tuple[UUID, UUID]:
        found = (await services.accounts.find_references_in("invoice", [books.id(name)]))[books.id(name)]
        return found.account_id, found.object_id

    return await services.invoices.get(*await services.database.run(find))


def reasons(report: ImportReport) -> list[tuple[int, str]]:
    return [(failure.number, failure.reason) for failure in report.failures]


def whole(books: Books) -> list[bytes]:
    """Every type of line; a balance of 3,750 is left."""
    return [
        books.account_line(terms={"net_days": 14}, credit_limit=500_000),
        books.invoice("INV-1", 10_000, taxes=[{"name": "Sales tax", "rate": "8.25", "amount": 825}]),
        books.invoice("INV-2", 5_000, due_on="2026-03-31"),
        books.credit_memo("CM-1", 1_000, {"INV-1": 600}, taxes=[{"name": "Sales tax", "amount": 75}]),
        books.deposit("DEP-1", 2_000, {"INV-2": 500}),
        books.payment("PAY-1", 9_000, {"INV-1": 5_000, "INV-2": 3_000}),
    ]


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
        before = await _everything(sql, account_id)
        report = await services.imports.run(whole(books))
        assert {outcome for _, outcome in report.counts} == {UNCHANGED}
        assert await _everything(sql, account_id) == before

    async def test_white_space_and_the_order_of_fields_are_no_change(self, services: Services, books: Books) -> None:
        lines = whole(books)
        await services.imports.run(lines)
        again = [
            json.dumps(dict(reversed(json.loads(line).items())), indent=None).encode() + b" \r\n" for line in lines
        ]
        report = await services.imports.run([b"\xef\xbb\xbf" + again[0], b"\n", *again[1:], b"   "])
        assert {outcome for _, outcome in report.counts} == {UNCHANGED}

    async def test_a_known_id_with_another_content_is_refused(self, services: Services, books: Books) -> None:
        await services.imports.run(whole(books))
        report = await services.imports.run([books.account_line(name="Renamed"), books.invoice("INV-2", 1)])
        assert reasons(report) == [
            (1, f"account {books.account!r} is there already and says something else"),
            (2, f"invoice {books.id('INV-2')!r} is there already and says something else"),
        ]

    async def test_no_discount_at_all_is_another_word_than_nothing_said(self, services: Services, books: Books) -> None:
        await services.imports.run([books.account_line(), books.invoice("INV-1", 1_000)])
        without = json.loads(books.invoice("INV-1", 1_000)) | {"discount": None}
        report = await services.imports.run([json.dumps(without).encode()])
        assert reasons(report) == [(1, f"invoice {books.id('INV-1')!r} is there already and says something else")]

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

    async def test_progress_is_told_until_the_last_line(self, services: Services, books: Books) -> None:
        told: list[int] = []
        lines = [*whole(books), b"no JSON", *whole(Books())]
        await services.imports.run(lines, told.append)
        assert sum(told) == len(lines)
        assert len(told) == 3

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
        assert counted[0] == counted[1] <= 40


class TestBadLines:
    async def test_each_is_told_with_its_reason_and_loses_no_other(self, services: Services, books: Books) -> None:
        other = Books()
        lines = [
            books.account_line(),
            b"{",
            books.invoice("INV-1"),
            b'{"type": "gift"}',
            books.invoice("INV-2", surprise=1),
            books.invoice("INV-3", amount=-1),
            books.invoice("INV-4", number="INV-1"),
            books.invoice("INV-5"),
            other.invoice("INV-6"),
            books.payment("PAY-1", 100, {"INV-5": 60, "NONE": 40}),
            books.payment("PAY-2", 100, {"INV-5": 101}),
            books.payment("PAY-3", 20_000, {"INV-5": 10_001}),
            books.payment("PAY-4", 10_000, {"INV-5": 10_000}, currency="EUR"),
            books.payment("PAY-5", 10_000, {"INV-5": 10_000}),
            books.payment("PAY-6", 1, {"INV-5": 1}),
            books.credit_memo("CM-1", 100, {"INV-1": 101}),
            books.deposit("DEP-1", 0),
            books.deposit("DEP-2", 70, {"INV-1": 70}),
        ]
        report = await services.imports.run(lines)
        assert reasons(report) == [
            (2, "Invalid JSON: EOF while parsing an object at line 1 column 1"),
            (4, "Input should be one of 'account', 'invoice', 'credit_memo', 'deposit', 'payment'"),
            (5, "surprise: Extra inputs are not permitted"),
            (6, "the lines add up to less than nothing: post a credit memo instead"),
            (7, "The account has an invoice number 'INV-1' already."),
            (9, f"there is no account {other.account!r}"),
            (10, f"the account has no invoice {books.id('NONE')!r}"),
            (11, "the allocations add up to more than the payment"),
            (12, "Invoice INV-5 leaves 10000 to pay, in minor units: 10001 is too much."),
            (13, "Invoice INV-5 is in USD: EUR can't be applied to it."),
            (15, "Invoice INV-5 leaves 0 to pay, in minor units: 1 is too much."),
            (16, "Credit memo CM-1 has 100 left, in minor units: 101 is too much."),
            (17, "amount: Input should be greater than or equal to 1"),
        ]
        assert (report.count(CREATED), report.count(FAILED)) == (5, 13)
        (usd,) = (await services.balances.get(await account_of(services, books))).balances
        assert (usd.due, usd.balance) == (9_930, 9_930)

    @pytest.mark.parametrize(
        "raw",
        [
            b"null",
            b"[]",
            b"3",
            b'"invoice"',
            b"{}",
            b'{"type": null}',
            b'{"type": ["invoice"]}',
            b"\xff\xfe{}",
            b'{"type": "account", "external_id": "\xc3\x28", "name": "x", "currency": "USD"}',
            b'{"type": "account", "external_id": "a\\u0000b", "name": "x", "currency": "USD"}',
            b'{"type": "account", "external_id": "a\x00b", "name": "x", "currency": "USD"}',
            b'{"type": "account", "external_id": "\\ud800", "name": "x", "currency": "USD"}',
            b'{"type": "account", "external_id": "x", "name": "x", "currency": "XXQ"}',
            b'{"type": "account", "external_id": "", "name": "x", "currency": "USD"}',
            b'{"type": "account", "external_id": "x", "name": "x", "currency": "USD", "credit_limit": NaN}',
            b'{"type": "account", "external_id": "x", "name": "x", "currency": "USD", "credit_limit": 1e3}',
            b'{"type": "account", "external_id": "x", "name": "x", "currency": "USD", "credit_limit": '
            + b"9" * 5000
            + b"}",
            b'{"type": "account", "terms": ' + b"[" * 100_000,
            b'{"type": "account", "name": "' + b"x" * MAX_LINE_BYTES + b'"}',
        ],
        ids=lambda raw: raw[:60].decode(errors="backslashreplace"),
    )
    async def test_what_can_not_be_read_is_a_reason(self, services: Services, books: Books, raw: bytes) -> None:
        report = await services.imports.run([books.account_line(), raw, books.invoice("INV-1")])
        ((number, reason),) = reasons(report)
        assert number == 2
        assert 0 < len(reason) < 1000
        assert report.count(CREATED) == 2

    async def test_the_same_id_twice_in_one_file(self, services: Services, books: Books) -> None:
        """The same words are a repeat, others are refused."""
        lines = [
            books.account_line(),
            *[books.invoice("INV-1")] * 2,
            books.invoice("INV-1", number="B"),
            books.invoice("C"),
        ]
        report = await services.imports.run(lines)
        assert (report.count(CREATED), report.count(UNCHANGED)) == (3, 1)
        assert reasons(report) == [(4, f"invoice {books.id('INV-1')!r} is there already and says something else")]

    async def test_an_id_of_another_account_is_refused(self, services: Services, books: Books) -> None:
        other = Books()
        await services.imports.run([other.account_line(), other.invoice("INV-1")])
        lines = [
            books.account_line(),
            books.invoice("INV-9"),
            books.invoice("INV-1", external_id=other.id("INV-1")),
            books.payment("PAY-1", 5, allocations=None),
            books.line(
                "payment",
                "PAY-2",
                currency="USD",
                amount=5,
                received_on="2026-03-20",
                allocations=[{"invoice": other.id("INV-1"), "amount": 5}],
            ),
        ]
        report = await services.imports.run(lines)
        assert reasons(report) == [
            (3, f"invoice {other.id('INV-1')!r} belongs to another account"),
            (5, f"the account has no invoice {other.id('INV-1')!r}"),
        ]
        assert report.count(CREATED) == 3

    async def test_a_bad_line_among_hundreds_costs_few_statements(
        self, services: Services, books: Books, queries: Queries
    ) -> None:
        lines = [books.invoice(f"INV-{n}", number="TAKEN" if n in {17, 150} else f"INV-{n}") for n in range(200)]
        queries.clear()
        report = await services.imports.run([books.account_line(), *lines])
        assert [number for number, _ in reasons(report)] == [19 + 133]
        assert report.count(CREATED) == 200
        assert len(queries) < 250

    async def test_what_the_database_refuses_is_a_reason(self, services: Services, sql: Sql, books: Books) -> None:
        """The sums of the books have their limits too."""
        await services.imports.run([books.account_line(), books.deposit("DEP-1", 1)])
        account_id = await account_of(services, books)
        await sql.execute("UPDATE ledger_balances SET customer_credit = -(2^63) WHERE account_id = $1", account_id)
        report = await services.imports.run([books.deposit("DEP-2", 1), books.invoice("INV-1")])
        assert reasons(report) == [(1, "The database refuses the change (a value is out of range).")]
        assert report.count(CREATED) == 1

    async def test_only_the_first_thousand_are_kept_but_all_are_counted(self, services: Services) -> None:
        report = await services.imports.run([b"{}"] * 1_500)
        assert (len(report.failures), report.count(FAILED)) == (1_000, 1_500)


async def _everything(sql: Sql, account_id: UUID) -> dict[str, Sequence[Any]]:
    tables = (
        "ledger_entries",
        "ledger_balances",
        "ledger_months",
        "counters",
        "invoices",
        "invoice_applications",
        "credit_memos",
        "deposits",
        "payments",
        "external_references",
        "outbox_events",
        "audit_log",
    )
    return {
        table: [
            tuple(row)
            for row in await sql.fetch(f"SELECT * FROM {table} WHERE account_id = $1 ORDER BY 1, 2, 3", account_id)
        ]
        for table in tables
    }
