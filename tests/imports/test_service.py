"""Imports: every type of line, repeats that change nothing, and bad lines that lose no other."""

import asyncio
import json
from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from billing_api.config import Settings
from billing_api.imports.lines import MAX_LINE_BYTES
from billing_api.imports.report import ControlTotal, ImportReport, LineResult, Outcome
from tests.factories.imports import Books
from tests.factories.invoices import reserve_on_invoice
from tests.fixtures.queries import Queries, Sql
from tests.fixtures.services import Services, open_services

CREATED, UPDATED, UNCHANGED, FAILED = Outcome.CREATED, Outcome.UPDATED, Outcome.UNCHANGED, Outcome.FAILED


@pytest.fixture
def books() -> Books:
    return Books()


async def account_of(services: Services, books: Books) -> UUID:
    async def find() -> UUID:
        found = await services.accounts.find_references("account", [books.account])
        return found[books.account].account_id

    return await services.database.run(find)


async def invoice_of(services: Services, books: Books, name: str) -> Any:
    async def find() -> tuple[UUID, UUID]:
        found = (await services.accounts.find_references("invoice", [books.id(name)]))[books.id(name)]
        return found.account_id, found.object_id

    return await services.invoices.get(*await services.database.run(find))


def reasons(report: ImportReport) -> list[tuple[int, str]]:
    return [(failure.number, failure.reason) for failure in report.failures]


def pointers(result: LineResult) -> list[str]:
    return [finding.pointer for finding in result.findings]


def codes(report: ImportReport) -> set[str]:
    return {finding.code for result in (*report.failures, *report.warnings) for finding in result.findings}


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

    async def test_no_discount_at_all_is_another_word_than_nothing_said(self, services: Services, books: Books) -> None:
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

    async def test_each_line_is_told_once(self, services: Services, books: Books) -> None:
        lines = [*whole(books), b"no JSON", *whole(Books())]
        for work in (services.imports.check, services.imports.run):
            told: list[LineResult] = []
            await work(lines, told.append)
            assert sorted(result.number for result in told) == list(range(1, len(lines) + 1))

    async def test_numbers_in_another_spelling_are_no_change(self, services: Services, books: Books) -> None:
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
        """Each locks the account anew, and what the first ones brought is known to those that follow."""
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


class TestMoneyThatCame:
    """A receipt is a fact: what an invoice has no room for is in the books all the same."""

    @pytest.fixture
    async def paid(self, services: Services, books: Books) -> Books:
        """An invoice of 10,000 that a first check has paid but for 1,000."""
        await services.imports.run(
            [books.account_line(), books.invoice("INV-1"), books.payment("PAY-1", 9_000, {"INV-1": 9_000})]
        )
        return books

    async def test_it_is_posted_applied_as_far_as_it_fits_and_warned_about(
        self, services: Services, sql: Sql, paid: Books
    ) -> None:
        lines = [
            paid.payment("PAY-2", 9_000, {"INV-1": 700}),
            paid.credit_memo("CM-1", 500, {"INV-1": 500}),
            paid.deposit("DEP-1", 400, {"INV-1": 400}),
            paid.payment("PAY-3", 50, {"INV-1": 50}),
        ]
        report = await services.imports.run(lines)
        assert (report.count(CREATED), reasons(report), codes(report)) == (4, [], {"applied_less"})
        assert [(warning.number, warning.unapplied, pointers(warning)) for warning in report.warnings] == [
            (2, 200, ["/applications/0/amount"]),
            (3, 400, ["/applications/0/amount"]),
            (4, 50, ["/allocations/0/amount"]),
        ]
        account_id = await account_of(services, paid)
        (usd,) = (await services.balances.get(account_id)).balances
        assert (usd.due, usd.unapplied_credits, usd.unapplied_deposits) == (0, 200, 8_300 + 400 + 50)
        assert usd.balance == 10_000 - 9_000 - 9_000 - 500 - 400 - 50
        before = await _everything(sql, account_id)
        again = await services.imports.run(lines)
        assert (again.count(UNCHANGED), again.warned) == (4, 3)
        assert await _everything(sql, account_id) == before

    async def test_a_payment_under_way_keeps_what_it_reserved(self, services: Services, paid: Books) -> None:
        account_id = await account_of(services, paid)
        invoice = await invoice_of(services, paid, "INV-1")
        await reserve_on_invoice(services, account_id, invoice.id, 600)
        report = await services.imports.run([paid.payment("PAY-2", 1_000, {"INV-1": 1_000})])
        assert [warning.reason for warning in report.warnings] == [
            (
                "/allocations/0/amount: Invoice INV-1 leaves 400 to pay while a payment of 600 is under way, "
                "in minor units: "
                "400 of 1000 is applied, 600 stays unapplied."
            )
        ]
        (usd,) = (await services.balances.get(account_id)).balances
        assert (usd.due, usd.pending, usd.unapplied_deposits) == (600, 600, 600)

    async def test_the_control_totals_name_what_was_not_applied(self, services: Services, paid: Books) -> None:
        report = await services.imports.run([paid.payment("PAY-2", 9_000, {"INV-1": 1_500}), b"{}"])
        assert report.totals == {("USD", "payment"): ControlTotal(Counter({CREATED: 9_000}), unapplied=500)}
        assert report.unknown_amounts == 1


class TestAccountLines:
    async def test_a_new_name_new_terms_and_a_new_limit_update_the_account(
        self, services: Services, sql: Sql, books: Books
    ) -> None:
        await services.imports.run([books.account_line(terms={"net_days": 14}, credit_limit=100)])
        account_id = await account_of(services, books)
        terms = {"net_days": 60, "discount_basis_points": 200, "discount_days": 10}
        changed = books.account_line(name="Sunny Side GmbH", terms=terms, credit_limit=500)
        report = await services.imports.run([changed, books.invoice("INV-1")])
        assert dict(report.counts) == {("account", UPDATED): 1, ("invoice", CREATED): 1}
        account = await services.accounts.get(account_id)
        assert (account.name, account.credit_limit, account.terms.net_days) == ("Sunny Side GmbH", 500, 60)
        assert (await services.profiles.get(account_id)).company_name == "Sunny Side GmbH"
        assert (await invoice_of(services, books, "INV-1")).due_on == date(2026, 5, 1)
        before = await _everything(sql, account_id)
        again = await services.imports.run([changed])
        assert (dict(again.counts), await _everything(sql, account_id)) == ({("account", UNCHANGED): 1}, before)
        kinds = await sql.fetch("SELECT kind, data FROM outbox_events WHERE account_id = $1 ORDER BY id", account_id)
        assert [row["kind"] for row in kinds].count("account.updated") == 1

    async def test_what_is_left_out_stays_and_null_takes_the_limit_away(self, services: Services, books: Books) -> None:
        await services.imports.run([books.account_line(terms={"net_days": 14}, credit_limit=100)])
        account_id = await account_of(services, books)
        report = await services.imports.run(
            [books.account_line(name="B"), books.account_line(terms={"discount_days": 3})]
        )
        assert report.count(UPDATED) == 2
        account = await services.accounts.get(account_id)
        assert (account.name, account.credit_limit) == ("Sunny Side Ltd", 100)
        assert (account.terms.net_days, account.terms.discount_days) == (14, 3)
        without = json.loads(books.account_line()) | {"credit_limit": None}
        assert (await services.imports.run([json.dumps(without).encode()])).count(UPDATED) == 1
        assert (await services.accounts.get(account_id)).credit_limit is None

    async def test_a_name_that_its_owner_chose_stays(self, services: Services, sql: Sql, books: Books) -> None:
        await services.imports.run([books.account_line()])
        account_id = await account_of(services, books)
        await sql.execute("UPDATE profiles SET company_name = 'Our own' WHERE account_id = $1", account_id)
        await services.imports.run([books.account_line(name="Theirs")])
        assert (await services.accounts.get(account_id)).name == "Theirs"
        assert (await services.profiles.get(account_id)).company_name == "Our own"

    async def test_another_currency_is_refused(self, services: Services, books: Books) -> None:
        report = await services.imports.run([books.account_line(), books.account_line(currency="EUR")])
        assert reasons(report) == [
            (2, "/currency: The account is in USD, and keeps its currency; documents may be in another.")
        ]


class TestDoubts:
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


class TestDates:
    async def test_money_of_the_future_is_refused_with_its_place(self, services: Services, books: Books) -> None:
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


class TestCheck:
    async def test_it_tells_what_a_run_would_and_changes_nothing(
        self, services: Services, sql: Sql, books: Books
    ) -> None:
        """Over several transactions of a run, with an id that two accounts of the file claim."""
        other = Books()
        lines = [
            *whole(books),
            other.account_line(),
            other.invoice("INV-1", external_id=books.id("INV-1")),
            b"{",
            *(books.invoice(f"N{n}", number=f"N{n % 500}") for n in range(600)),
            books.payment("PAY-9", 20_000, {"INV-1": 20_000}),
            other.payment("PAY-1", 5, {"NONE": 5}),
        ]
        checked = await services.imports.check(lines)
        for table in ("accounts", "external_references"):
            column = "name" if table == "accounts" else "external_id"
            assert await sql.fetchval(f"SELECT count(*) FROM {table} WHERE {column} LIKE $1", f"{books.prefix}%") == 0
        report = await services.imports.run(lines)
        assert checked == report
        assert (report.count(FAILED), report.warned) == (103, 1)

    async def test_of_what_is_there_nothing_changes(self, services: Services, sql: Sql, books: Books) -> None:
        await services.imports.run(whole(books))
        account_id = await account_of(services, books)
        before = await _everything(sql, account_id)
        report = await services.imports.check(
            [
                books.account_line(name="Renamed"),
                *whole(books)[1:],
                books.payment("PAY-9", 5),
                books.invoice("INV-1", 1),
            ]
        )
        assert {(name, outcome) for name, outcome in report.counts if outcome is not UNCHANGED} == {
            ("account", UPDATED),
            ("payment", CREATED),
            ("invoice", FAILED),
        }
        assert await _everything(sql, account_id) == before


async def _everything(sql: Sql, account_id: UUID) -> dict[str, Sequence[Any]]:
    tables = (
        "profiles",
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


class TestLockedAccount:
    """Somebody else's session holds an account's row for longer than a statement may take."""

    @pytest.mark.parametrize("what", ["run", "check"])
    async def test_only_its_own_lines_fail(self, settings: Settings, database_url: str, sql: Sql, what: str) -> None:
        locked, free = Books(), Books()
        impatient = settings.model_copy(update={"database_timeout_seconds": 1.0})
        lines = [locked.invoice("INV-1"), free.invoice("INV-1"), *(locked.invoice(f"MORE-{n}") for n in range(600))]
        told: list[int] = []
        async with open_services(impatient) as services:
            await services.imports.run([locked.account_line(), free.account_line()])
            account = await account_of(services, locked)
            other = await asyncpg.connect(database_url)
            try:
                async with other.transaction():
                    await other.execute("SELECT FROM accounts WHERE id = $1 FOR UPDATE", account)
                    report = await getattr(services.imports, what)(lines, lambda result: told.append(result.number))
            finally:
                await other.close()
            assert codes(report) == {"unavailable"}
            assert (report.count(CREATED), report.count(FAILED)) == (1, 601)
            assert sorted(told) == list(range(1, 603))
            brought = await sql.fetchval("SELECT count(*) FROM invoices WHERE external_id = $1", free.id("INV-1"))
            assert brought == (what == "run")
            assert (await services.imports.run(lines)).count(FAILED) == 0


class TestWarnedAgain:
    """A run that was killed between a commit and its report is run again, and says the same."""

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


class TestAccountNamedTwice:
    """A file changes an account further down; running it again doesn't bring the older terms back."""

    async def version(self, sql: Sql, services: Services, books: Books) -> tuple[int, str, int]:
        account = await account_of(services, books)
        row = await sql.fetchrow("SELECT version, name, net_days FROM accounts WHERE id = $1", account)
        assert row is not None
        return tuple(row)

    async def test_a_second_run_changes_nothing(self, services: Services, sql: Sql, books: Books) -> None:
        lines = [
            books.account_line(name="Old", terms={"net_days": 10}),
            *(books.invoice(f"INV-{n}") for n in range(501)),
            books.account_line(name="New", terms={"net_days": 30}),
        ]
        await services.imports.run(lines[:1])  # as far as a killed run might have come
        await services.imports.run(lines)
        after = await self.version(sql, services, books)
        assert after == (2, "New", 30)
        for again in (services.imports.check, services.imports.run):
            assert (await again(lines)).count(UNCHANGED) == len(lines)
        assert await self.version(sql, services, books) == after

    async def test_what_follows_is_a_change(self, services: Services, sql: Sql, books: Books) -> None:
        old, new = books.account_line(name="Old"), books.account_line(name="New")
        newest = books.account_line(name="Newest")
        await services.imports.run([old, new])
        assert (await services.imports.run([old, new, newest])).count(UPDATED) == 1
        assert (await services.imports.run([new, old])).count(UPDATED) == 2
        assert (await services.imports.run([new])).count(UPDATED) == 1
        assert await self.version(sql, services, books) == (6, "New", 30)
        assert (await services.imports.run([old])).count(UPDATED) == 1
