"""The parts of an import's report and of its account that tests compare."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from billing_api.imports.report import ImportReport, LineResult
from tests.factories.imports import Books
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services


async def account_of(services: Services, books: Books) -> UUID:
    async def find() -> UUID:
        found = await services.accounts.list_references("account", [books.account])
        return found[books.account].account_id

    return await services.database.run(find)


async def invoice_of(services: Services, books: Books, name: str) -> Any:
    async def find() -> tuple[UUID, UUID]:
        found = (await services.accounts.list_references("invoice", [books.id(name)]))[books.id(name)]
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


async def rows_of(sql: Sql, account_id: UUID) -> dict[str, Sequence[Any]]:
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
