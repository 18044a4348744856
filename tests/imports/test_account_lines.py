"""Account lines: new accounts, changes, and files that change an account twice."""

import json
from datetime import date

from billing_api.imports.report import LineOutcome
from tests.factories.imports import Books
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services
from tests.imports.reports import account_of, invoice_of, reasons, rows_of

CREATED, UPDATED, UNCHANGED, FAILED = (
    LineOutcome.CREATED,
    LineOutcome.UPDATED,
    LineOutcome.UNCHANGED,
    LineOutcome.FAILED,
)


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
        before = await rows_of(sql, account_id)
        again = await services.imports.run([changed])
        assert (dict(again.counts), await rows_of(sql, account_id)) == ({("account", UNCHANGED): 1}, before)
        kinds = await sql.fetch("SELECT kind, data FROM outbox_events WHERE account_id = $1 ORDER BY id", account_id)
        assert [row["kind"] for row in kinds].count("account.updated") == 1

    async def test_an_absent_field_stays_and_null_removes_the_limit(self, services: Services, books: Books) -> None:
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

    async def test_a_name_that_the_owner_chose_stays(self, services: Services, sql: Sql, books: Books) -> None:
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

    async def test_a_later_line_is_a_change(self, services: Services, sql: Sql, books: Books) -> None:
        old, new = books.account_line(name="Old"), books.account_line(name="New")
        newest = books.account_line(name="Newest")
        await services.imports.run([old, new])
        assert (await services.imports.run([old, new, newest])).count(UPDATED) == 1
        assert (await services.imports.run([new, old])).count(UPDATED) == 2
        assert (await services.imports.run([new])).count(UPDATED) == 1
        assert await self.version(sql, services, books) == (6, "New", 30)
        assert (await services.imports.run([old])).count(UPDATED) == 1
