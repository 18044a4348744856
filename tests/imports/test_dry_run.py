"""A check of a file reports the same as its import and changes nothing."""

from billing_api.imports.report import LineOutcome
from tests.factories.imports import Books
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services
from tests.imports.reports import account_of, rows_of, whole

CREATED, UPDATED, UNCHANGED, FAILED = (
    LineOutcome.CREATED,
    LineOutcome.UPDATED,
    LineOutcome.UNCHANGED,
    LineOutcome.FAILED,
)


class TestCheck:
    async def test_a_check_reports_the_same_as_a_run_and_changes_nothing(
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

    async def test_a_check_changes_no_existing_document(self, services: Services, sql: Sql, books: Books) -> None:
        await services.imports.run(whole(books))
        account_id = await account_of(services, books)
        before = await rows_of(sql, account_id)
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
        assert await rows_of(sql, account_id) == before
