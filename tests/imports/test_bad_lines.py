"""Lines that can't be imported: each fails with its reason, and no other line with it."""

from datetime import timedelta

import asyncpg
import pytest

from billing_api.config import Settings
from billing_api.imports.lines import MAX_LINE_BYTES
from billing_api.imports.report import LineOutcome
from tests.factories.imports import Books
from tests.fixtures.queries import Queries, Sql
from tests.fixtures.services import Services, open_services
from tests.imports.reports import account_of, codes, pointers, reasons

CREATED, UPDATED, UNCHANGED, FAILED = (
    LineOutcome.CREATED,
    LineOutcome.UPDATED,
    LineOutcome.UNCHANGED,
    LineOutcome.FAILED,
)


class TestBadLines:
    async def test_each_bad_line_has_its_reason_and_stops_no_other(self, services: Services, books: Books) -> None:
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
            (2, "is not JSON: it ends inside an object at character 1"),
            (4, "type must be one of 'account', 'invoice', 'credit_memo', 'deposit', 'payment'"),
            (5, "/surprise: there is no such field"),
            (6, "the lines add up to less than nothing: post a credit memo instead"),
            (7, "/number: The account has an invoice number INV-1 already."),
            (9, f"/account: there is no account {other.account}"),
            (
                10,
                (
                    f"/allocations/1/invoice: the account has no invoice {books.id('NONE')}: "
                    "bring it in, or leave this out to keep the amount unapplied"
                ),
            ),
            (11, "more is to be applied than the document has"),
            (13, "/allocations: Invoice INV-5 is in USD: EUR can't be applied to it."),
            (16, "more is to be applied than the document has"),
            (17, "/amount: must be at least 1"),
        ]
        assert [(failure.type, failure.external_id) for failure in report.failures[:4]] == [
            (None, None),
            (None, None),
            ("invoice", books.id("INV-2")),
            ("invoice", books.id("INV-3")),
        ]
        assert [(warning.number, warning.reason) for warning in report.warnings] == [
            (
                12,
                (
                    "/allocations/0/amount: Invoice INV-5 leaves 10000 to pay, in minor units: "
                    "10000 of 10001 is applied, 1 stays unapplied."
                ),
            ),
            (
                14,
                (
                    "/allocations/0/amount: Invoice INV-5 leaves 0 to pay, in minor units: "
                    "0 of 10000 is applied, 10000 stays unapplied."
                ),
            ),
            (
                15,
                (
                    "/allocations/0/amount: Invoice INV-5 leaves 0 to pay, in minor units: "
                    "0 of 1 is applied, 1 stays unapplied."
                ),
            ),
        ]
        assert report.warned == 3
        assert (report.count(CREATED), report.count(FAILED)) == (7, 11)
        (usd,) = (await services.balances.get(await account_of(services, books))).balances
        assert (usd.due, usd.unapplied_deposits, usd.balance) == (9_930, 20_001, -10_071)

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
    async def test_an_unreadable_line_has_its_reason(self, services: Services, books: Books, raw: bytes) -> None:
        report = await services.imports.run([books.account_line(), raw, books.invoice("INV-1")])
        ((number, reason),) = reasons(report)
        assert number == 2
        assert 0 < len(reason) < 1000
        assert report.count(CREATED) == 2

    async def test_the_same_id_twice_in_one_file(self, services: Services, books: Books) -> None:
        """The same content is a repeat; other content is refused."""
        lines = [
            books.account_line(),
            *[books.invoice("INV-1")] * 2,
            books.invoice("INV-1", number="B"),
            books.invoice("C"),
        ]
        report = await services.imports.run(lines)
        assert (report.count(CREATED), report.count(UNCHANGED)) == (3, 1)
        assert [(failure.number, pointers(failure)) for failure in report.failures] == [(4, ["/number"])]

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
            (3, "/external_id: another account has this external id"),
            (
                5,
                (
                    f"/allocations/0/invoice: the account has no invoice {other.id('INV-1')}: "
                    "bring it in, or leave this out to keep the amount unapplied"
                ),
            ),
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

    async def test_a_refusal_of_the_database_has_its_reason(self, services: Services, sql: Sql, books: Books) -> None:
        """The sums of the books have their limits too."""
        await services.imports.run([books.account_line(), books.deposit("DEP-1", 1)])
        account_id = await account_of(services, books)
        await sql.execute("UPDATE ledger_balances SET customer_credit = -(2^63) WHERE account_id = $1", account_id)
        report = await services.imports.run([books.deposit("DEP-2", 1), books.invoice("INV-1")])
        assert reasons(report) == [(1, "The database refuses the change (a value is out of range).")]
        assert report.count(CREATED) == 1

    async def test_only_the_first_thousand_failures_are_kept_but_all_are_counted(self, services: Services) -> None:
        report = await services.imports.run([b"{}"] * 1_500)
        assert (len(report.failures), report.count(FAILED)) == (1_000, 1_500)


class TestDates:
    async def test_documents_of_the_future_are_refused_with_their_field(self, services: Services, books: Books) -> None:
        day = (services.clock.today() + timedelta(days=2)).isoformat()
        report = await services.imports.run(
            [
                books.account_line(),
                books.invoice("INV-1"),
                books.payment("PAY-1", 1, received_on=day),
                books.deposit("DEP-1", 1, received_on=day),
                books.deposit("DEP-2", 1, {"INV-1": 1}, applied_on=day),
                books.credit_memo("CM-1", 1, {"INV-1": 1}, applied_on=day),
                books.invoice("INV-2", issued_on="2999-12-31"),
            ]
        )
        assert [(result.number, result.findings[0].code, pointers(result)) for result in report.failures] == [
            (3, "date_in_future", ["/received_on"]),
            (4, "date_in_future", ["/received_on"]),
            (5, "date_in_future", ["/applications"]),
            (6, "date_in_future", ["/applications"]),
            (7, "date_too_far_ahead", ["/issued_on"]),
        ]


class TestLockedAccount:
    """Another session holds an account's row for longer than a statement may take."""

    @pytest.mark.parametrize("what", ["run", "check"])
    async def test_only_its_own_lines_fail(
        self, services: Services, settings: Settings, database_url: str, sql: Sql, what: str
    ) -> None:
        locked, free = Books(), Books()
        impatient = settings.model_copy(update={"database_timeout_seconds": 1.0})
        lines = [locked.invoice("INV-1"), free.invoice("INV-1"), *(locked.invoice(f"MORE-{n}") for n in range(600))]
        reported: list[int] = []
        await services.imports.run([locked.account_line(), free.account_line()])
        account = await account_of(services, locked)
        other = await asyncpg.connect(database_url)
        try:
            async with other.transaction(), open_services(impatient) as hasty:
                await other.execute("SELECT FROM accounts WHERE id = $1 FOR UPDATE", account)
                report = await getattr(hasty.imports, what)(lines, lambda result: reported.append(result.number))
        finally:
            await other.close()
        assert codes(report) == {"unavailable"}
        assert (report.count(CREATED), report.count(FAILED)) == (1, 601)
        assert sorted(reported) == list(range(1, 603))
        brought = await sql.fetchval("SELECT count(*) FROM invoices WHERE external_id = $1", free.id("INV-1"))
        assert brought == (what == "run")
        assert (await services.imports.run(lines)).count(FAILED) == 0  # hundreds of lines, which take their time
