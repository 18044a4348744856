"""Receipts that are larger than their invoices leave to pay."""

from collections import Counter

import pytest

from billing_api.imports.report import ControlTotal, LineOutcome
from tests.factories.imports import Books
from tests.factories.invoices import reserve_on_invoice
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services
from tests.imports.reports import account_of, codes, invoice_of, pointers, reasons, rows_of

CREATED, UPDATED, UNCHANGED, FAILED = (
    LineOutcome.CREATED,
    LineOutcome.UPDATED,
    LineOutcome.UNCHANGED,
    LineOutcome.FAILED,
)


class TestReceiptsLargerThanTheirInvoices:
    """A receipt is posted as a whole; the part that its invoices leave no room for stays unapplied."""

    @pytest.fixture
    async def paid(self, services: Services, books: Books) -> Books:
        """An invoice of 10,000, of which a first check has paid 9,000."""
        await services.imports.run(
            [books.account_line(), books.invoice("INV-1"), books.payment("PAY-1", 9_000, {"INV-1": 9_000})]
        )
        return books

    async def test_a_receipt_is_posted_applied_as_far_as_it_fits_and_warned_about(
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
        before = await rows_of(sql, account_id)
        again = await services.imports.run(lines)
        assert (again.count(UNCHANGED), again.warned) == (4, 3)
        assert await rows_of(sql, account_id) == before

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
