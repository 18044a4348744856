"""Credit memos: posted with their tax, used for invoices, never beyond what is left."""

from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest

from billing_api.credits.errors import CreditExceededError, CreditMemoNotFoundError, CreditMemoNumberTakenError
from billing_api.credits.schemas import CreditMemoCreate
from billing_api.invoices.errors import InvoiceNotFoundError, OtherCurrencyError
from billing_api.ledger.errors import DateInFutureError, DateTooFarAheadError
from tests.factories.credits import ISSUED_ON, apply_credit_memo, post_credit_memo
from tests.factories.invoices import post_invoice, reserve_on_invoice
from tests.factories.users import make_account
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services


async def entries(sql: Sql, account_id: UUID) -> list[tuple[str, int, int]]:
    rows = await sql.fetch("SELECT * FROM ledger_entries WHERE account_id = $1 ORDER BY seq", account_id)
    return [(row["kind"], row["receivable"], row["customer_credit"]) for row in rows]


async def unapplied(sql: Sql, credit_memo_id: UUID) -> int:
    left = await sql.fetchval("SELECT unapplied FROM credit_memos WHERE id = $1", credit_memo_id)
    assert isinstance(left, int)
    return left


class TestPosting:
    async def test_lowers_the_balance_by_net_and_tax(self, services: Services, sql: Sql, account_id: UUID) -> None:
        taxes = [{"name": "Sales tax", "rate": "8", "amount": 40}]
        memo_id = await post_credit_memo(services, account_id, 500, taxes=taxes)
        assert await entries(sql, account_id) == [("credit_memo", 0, -540)]
        assert await unapplied(sql, memo_id) == 540
        assert await sql.fetchval("SELECT amount FROM credit_memo_taxes WHERE credit_memo_id = $1", memo_id) == 40

    async def test_a_number_is_taken_once_for_an_account(self, services: Services, account_id: UUID) -> None:
        await post_credit_memo(services, account_id, number="CM-1")
        with pytest.raises(CreditMemoNumberTakenError):
            await post_credit_memo(services, account_id, number="CM-1")
        await post_credit_memo(services, await make_account(services), number="CM-1")

    async def test_taxes_may_be_below_zero(self, services: Services, sql: Sql, account_id: UUID) -> None:
        """A withholding is given back with the rest."""
        taxes = [{"name": "VAT", "rate": "20", "amount": 100}, {"name": "Withheld", "rate": "-30", "amount": -150}]
        memo_id = await post_credit_memo(services, account_id, 500, taxes=taxes)
        assert await entries(sql, account_id) == [("credit_memo", 0, -450)]
        assert await unapplied(sql, memo_id) == 450

    async def test_more_than_a_year_ahead_is_refused(self, services: Services, account_id: UUID) -> None:
        with pytest.raises(DateTooFarAheadError):
            await post_credit_memo(services, account_id, issued_on=services.clock.today() + timedelta(days=367))

    @pytest.mark.parametrize(
        "fields",
        [
            {"net": 0},
            {"net": -1},
            {"net": -1, "taxes": [{"name": "x", "amount": 2}]},
            {"net": 5, "taxes": [{"name": "x", "amount": -5}]},
            {"net": 10**15, "taxes": [{"name": "x", "amount": 1}]},
        ],
    )
    def test_invalid_requests_are_refused(self, fields: dict[str, object]) -> None:
        given = {"number": "CM-1", "currency": "USD", "issued_on": ISSUED_ON}
        with pytest.raises(ValueError, match="validation error"):
            CreditMemoCreate.model_validate(given | fields)


class TestApplying:
    async def test_moves_no_balance_and_lowers_what_is_due(
        self, services: Services, sql: Sql, account_id: UUID
    ) -> None:
        first, second = [await post_invoice(services, account_id, 400) for _ in range(2)]
        memo_id = await post_credit_memo(services, account_id, 1000)
        await apply_credit_memo(services, account_id, memo_id, {first: 400, second: 100}, on=date(2026, 3, 20))
        assert (await entries(sql, account_id))[3:] == [
            ("credit_application", -400, 400),
            ("credit_application", -100, 100),
        ]
        assert [totals.balance for totals in await services.ledger.totals(account_id)] == [-200]
        assert await unapplied(sql, memo_id) == 500
        invoice = await services.invoices.get(account_id, first)
        assert (invoice.status, invoice.credited, invoice.closed_on) == ("paid", 400, date(2026, 3, 20))
        (applied,) = invoice.applications
        assert (applied.type, applied.source_id) == ("credit_application", memo_id)

    async def test_is_never_dated_before_the_memo(self, services: Services, account_id: UUID) -> None:
        invoice_id = await post_invoice(services, account_id, 400)
        memo_id = await post_credit_memo(services, account_id)
        await apply_credit_memo(services, account_id, memo_id, {invoice_id: 400}, on=ISSUED_ON - timedelta(days=30))
        assert (await services.invoices.get(account_id, invoice_id)).closed_on == ISSUED_ON

    async def test_counts_from_the_latest_of_its_day_the_memos_and_the_invoices(
        self, services: Services, account_id: UUID
    ) -> None:
        """Before that day it is a credit, never a deposit."""
        invoice_id = await post_invoice(services, account_id, 400, issued_on=date(2026, 4, 1))
        memo_id = await post_credit_memo(services, account_id, 400)
        await apply_credit_memo(services, account_id, memo_id, {invoice_id: 400}, on=date(2026, 3, 20))
        invoice = await services.invoices.get(account_id, invoice_id)
        assert (invoice.closed_on, invoice.applications[0].effective_on) == (date(2026, 4, 1), date(2026, 4, 1))
        for day, due, granted in [(3, 0, 0), (4, 0, 400), (20, 0, 400), (31, 0, 400), (32, 0, 0)]:
            then = await services.balances.get(account_id, date(2026, 3, 1) + timedelta(days=day - 1))
            shown = then.balances[0]
            assert (shown.due, shown.unapplied_credits, shown.unapplied_deposits) == (due, granted, 0), day

    async def test_a_shortfall_stays_in_the_memo(self, services: Services, sql: Sql, account_id: UUID) -> None:
        small, large = await post_invoice(services, account_id, 100), await post_invoice(services, account_id, 5000)
        await reserve_on_invoice(services, account_id, large, 4900)
        memo_id = await post_credit_memo(services, account_id, 1000)
        shortfalls = await apply_credit_memo(services, account_id, memo_id, {large: 300, small: 101})
        assert [(short.place, short.wanted, short.applied) for short in shortfalls] == [(0, 300, 100), (1, 101, 100)]
        assert await unapplied(sql, memo_id) == 800
        assert (await entries(sql, account_id))[3:] == [
            ("credit_application", -100, 100),
            ("credit_application", -100, 100),
        ]
        version = "SELECT version FROM credit_memos WHERE id = $1"
        before = await sql.fetchval(version, memo_id)
        await apply_credit_memo(services, account_id, memo_id, {small: 1})
        assert (await sql.fetchval(version, memo_id), len(await entries(sql, account_id))) == (before, 5)

    async def test_more_than_is_left_is_refused_whole(self, services: Services, sql: Sql, account_id: UUID) -> None:
        large = await post_invoice(services, account_id, 5000)
        memo_id = await post_credit_memo(services, account_id, 1000)
        with pytest.raises(CreditExceededError):
            await apply_credit_memo(services, account_id, memo_id, {large: 1001})
        assert await unapplied(sql, memo_id) == 1000
        assert len(await entries(sql, account_id)) == 2

    async def test_a_use_after_tomorrow_is_refused(self, services: Services, account_id: UUID) -> None:
        invoice_id = await post_invoice(services, account_id, 400)
        memo_id = await post_credit_memo(services, account_id, 1000)
        tomorrow = services.clock.today() + timedelta(days=1)
        await apply_credit_memo(services, account_id, memo_id, {invoice_id: 1}, on=tomorrow)
        with pytest.raises(DateInFutureError):
            await apply_credit_memo(services, account_id, memo_id, {invoice_id: 1}, on=tomorrow + timedelta(days=1))

    async def test_another_currency_another_account_or_nothing_is_refused(
        self, services: Services, account_id: UUID
    ) -> None:
        memo_id = await post_credit_memo(services, account_id)
        in_yen = await post_invoice(services, account_id, 100, currency="JPY")
        of_another = await post_invoice(services, await make_account(services), 100)
        with pytest.raises(OtherCurrencyError):
            await apply_credit_memo(services, account_id, memo_id, {in_yen: 1})
        with pytest.raises(InvoiceNotFoundError):
            await apply_credit_memo(services, account_id, memo_id, {of_another: 1})
        with pytest.raises(CreditMemoNotFoundError):
            await apply_credit_memo(services, account_id, uuid4(), {in_yen: 1})
