"""Deposits: posted, used for invoices, never beyond what is left."""

from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest

from billing_api.deposits.errors import DepositExceededError, DepositNotFoundError, DepositNumberTakenError
from billing_api.invoices.errors import OtherCurrencyError
from billing_api.ledger.errors import DateInFutureError
from tests.factories.credits import ISSUED_ON, apply_deposit, post_deposit
from tests.factories.invoices import post_invoice
from tests.factories.users import make_account
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services


async def entries(sql: Sql, account_id: UUID) -> list[tuple[str, int, int, int]]:
    rows = await sql.fetch("SELECT * FROM ledger_entries WHERE account_id = $1 ORDER BY seq", account_id)
    return [(row["kind"], row["receivable"], row["customer_credit"], row["cash_clearing"]) for row in rows]


class TestPosting:
    async def test_lowers_the_balance(self, services: Services, sql: Sql, account_id: UUID) -> None:
        await post_deposit(services, account_id, 700, reference="Wire of 4 March")
        assert await entries(sql, account_id) == [("deposit", 0, -700, 700)]

    async def test_a_number_is_taken_once_for_an_account(self, services: Services, account_id: UUID) -> None:
        await post_deposit(services, account_id, number="DEP-1")
        with pytest.raises(DepositNumberTakenError):
            await post_deposit(services, account_id, number="DEP-1")
        await post_deposit(services, await make_account(services), number="DEP-1")

    async def test_the_events_get_no_free_text(self, services: Services, sql: Sql, account_id: UUID) -> None:
        deposit_id = await post_deposit(services, account_id, 700, reference="From Pat, with thanks")
        event = await sql.fetchval("SELECT data::text FROM outbox_events WHERE subject_id = $1", deposit_id)
        assert '"amount": 700' in event
        assert "Pat" not in event


class TestApplying:
    async def test_moves_no_balance_and_lowers_what_is_due(
        self, services: Services, sql: Sql, account_id: UUID
    ) -> None:
        invoice_id = await post_invoice(services, account_id, 400)
        deposit_id = await post_deposit(services, account_id, 700)
        await apply_deposit(services, account_id, deposit_id, {invoice_id: 250}, on=date(2026, 3, 20))
        assert (await entries(sql, account_id))[2:] == [("deposit_application", -250, 250, 0)]
        assert await sql.fetchval("SELECT unapplied FROM deposits WHERE id = $1", deposit_id) == 450
        invoice = await services.invoices.get(account_id, invoice_id)
        assert (invoice.payment_status, invoice.deposit_applied, invoice.amount_due) == ("partial", 250, 150)

    async def test_is_never_dated_before_the_deposit(self, services: Services, account_id: UUID) -> None:
        invoice_id = await post_invoice(services, account_id, 400)
        deposit_id = await post_deposit(services, account_id)
        await apply_deposit(services, account_id, deposit_id, {invoice_id: 400}, on=ISSUED_ON - timedelta(days=30))
        assert (await services.invoices.get(account_id, invoice_id)).closed_on == ISSUED_ON

    async def test_a_shortfall_stays_in_the_deposit(self, services: Services, sql: Sql, account_id: UUID) -> None:
        invoice_id = await post_invoice(services, account_id, 400)
        first, second = [await post_deposit(services, account_id, 300) for _ in range(2)]
        assert await apply_deposit(services, account_id, first, {invoice_id: 300}) == []
        (short,) = await apply_deposit(services, account_id, second, {invoice_id: 300})
        assert (short.wanted, short.applied) == (300, 100)
        assert await sql.fetchval("SELECT unapplied FROM deposits WHERE id = $1", second) == 200
        assert (await services.invoices.get(account_id, invoice_id)).status == "paid"

    async def test_it_never_counts_from_before_the_invoice(self, services: Services, account_id: UUID) -> None:
        invoice_id = await post_invoice(services, account_id, 400, issued_on=date(2026, 4, 1))
        deposit_id = await post_deposit(services, account_id)
        await apply_deposit(services, account_id, deposit_id, {invoice_id: 400}, on=date(2026, 3, 20))
        invoice = await services.invoices.get(account_id, invoice_id)
        assert (invoice.closed_on, invoice.applications[0].effective_on) == (date(2026, 4, 1), date(2026, 4, 1))

    async def test_nothing_is_received_or_used_after_tomorrow(self, services: Services, account_id: UUID) -> None:
        invoice_id = await post_invoice(services, account_id, 400)
        later = services.clock.today() + timedelta(days=2)
        with pytest.raises(DateInFutureError):
            await post_deposit(services, account_id, received_on=later)
        deposit_id = await post_deposit(services, account_id, received_on=later - timedelta(days=1))
        with pytest.raises(DateInFutureError):
            await apply_deposit(services, account_id, deposit_id, {invoice_id: 1}, on=later)

    async def test_more_than_is_left_another_currency_or_nothing_is_refused(
        self, services: Services, account_id: UUID
    ) -> None:
        invoice_id = await post_invoice(services, account_id, 5000)
        in_yen = await post_invoice(services, account_id, 100, currency="JPY")
        deposit_id = await post_deposit(services, account_id, 1000)
        with pytest.raises(DepositExceededError):
            await apply_deposit(services, account_id, deposit_id, {invoice_id: 600, in_yen: 401})
        with pytest.raises(OtherCurrencyError):
            await apply_deposit(services, account_id, deposit_id, {in_yen: 1})
        with pytest.raises(DepositNotFoundError):
            await apply_deposit(services, account_id, uuid4(), {invoice_id: 1})
