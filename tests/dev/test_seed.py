"""The demo data: by number, what a portal that is built on them has to show."""

import json
from dataclasses import asdict
from datetime import date, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest

from billing_api.addresses.schemas import AddressQuery
from billing_api.config import Settings
from billing_api.dev.demo.addresses import demo_addresses
from billing_api.dev.demo.documents import ACCOUNT, account_line
from billing_api.dev.demo.history import demo_history
from billing_api.dev.demo.users import DEMO_EMAIL
from billing_api.dev.errors import LocalRunError
from billing_api.dev.seed import seed
from billing_api.payment_methods.schemas import PaymentMethodQuery
from billing_api.statements.schemas import StatementQuery
from braintree_sandbox.testing import run_sandbox
from tests.fixtures import server
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services, open_services

pytestmark = pytest.mark.slow


@pytest.fixture
async def account_id(services: Services, settings: Settings) -> UUID:
    """The demo account; the first test that wants it makes it."""
    await seed(settings)
    found = await services.database.run(lambda: services.accounts.list_references("account", [ACCOUNT]))
    return found[ACCOUNT].account_id


class Counted:
    """Counts rows of the demo account."""

    def __init__(self, sql: Sql, account_id: UUID) -> None:
        self._sql = sql
        self._account_id = account_id

    async def __call__(self, table: str, by: str, where: str = "true") -> dict[Any, int]:
        query = f"SELECT {by} AS key, count(*) AS n FROM {table} WHERE account_id = $1 AND {where} GROUP BY 1"
        return {row["key"]: row["n"] for row in await self._sql.fetch(query, self._account_id)}


@pytest.fixture
def counted(sql: Sql, account_id: UUID) -> Counted:
    """Counts by an expression: `await counted("invoices", "currency")`."""
    return Counted(sql, account_id)


async def test_a_second_run_changes_nothing(counted: Counted, settings: Settings) -> None:
    before = await counted("ledger_entries", "kind"), await counted("audit_log", "action")
    await seed(settings)
    assert (await counted("ledger_entries", "kind"), await counted("audit_log", "action")) == before


async def test_a_start_that_was_stopped_halfway_does_no_harm(settings: Settings) -> None:
    """The next start makes all of it, and its user sees one account."""
    url = await server.clone("halfway")
    halfway = settings.model_copy(update={"database_url": url})
    async with open_services(halfway) as services:
        await services.imports.run([json.dumps(account_line()).encode()])
        await seed(halfway)
        found = await services.users.find_credentials(DEMO_EMAIL)
        assert found is not None
        (account_id,) = await services.users.account_ids(found.user_id)
        assert len((await services.addresses.list(account_id, AddressQuery(limit=100))).data) == 12
    await server.drop("halfway")


async def test_data_of_another_sandbox_are_recognised(account_id: UUID, settings: Settings) -> None:
    """No customer of theirs is known there: no card could be stored or pay."""
    with run_sandbox() as other:
        with pytest.raises(LocalRunError, match=r"belong to another sandbox.*make forget-data"):
            await seed(settings.model_copy(update={"gateway_port": other.port}))
        assert not list(other.gateway().customer.all().items)


@pytest.mark.parametrize("today", [date(2026, 3, 31), date(2028, 2, 29), date(2029, 1, 1)])
def test_they_are_always_the_same_and_dated_relative_to_today(today: date) -> None:
    """Apart from the month in which a card expires, nothing but the dates differs."""

    def shape(day: date) -> list[tuple[timedelta, str]]:
        return [(when - day, type(step).__name__) for when, step in demo_history(day)]

    assert demo_history(today) == demo_history(today)
    assert shape(today) == shape(date(2026, 11, 27))
    assert max(when for when, _ in demo_history(today)) == today
    assert all(step.line["issued_on"] <= when.isoformat() for when, step in _invoices(today))


def _invoices(today: date) -> list[tuple[date, Any]]:
    lines = [(when, step) for when, step in demo_history(today) if hasattr(step, "line")]
    return [(when, step) for when, step in lines if step.line["type"] == "invoice"]


async def test_users(counted: Counted) -> None:
    """Several, in every role; names are long and in several scripts; one is invited and can't sign in yet."""
    assert await counted("memberships", "role") == {"owner": 1, "payer": 2, "viewer": 3}
    users = "memberships JOIN users ON users.id = person_id"
    names = await counted(users, "name")
    assert any(len(name) > 50 for name in names)
    assert sum(not name.isascii() for name in names) >= 3
    assert await counted(users, "password_hash IS NULL") == {False: 5, True: 1}


async def test_addresses(counted: Counted) -> None:
    """Twelve, of as many countries; one is the default for billing, another for shipping."""
    countries = await counted("addresses", "country")
    assert len(countries) == len(demo_addresses()) == 12
    assert (await counted("addresses", "default_billing"))[True] == 1
    assert await counted("addresses", "country", "default_shipping") == {"DE": 1}


async def test_methods(services: Services, account_id: UUID) -> None:
    """A good card, an expiring one and an expired one; bank accounts in each state that a portal shows."""
    stored = (await services.payment_methods.list(account_id, PaymentMethodQuery(limit=100))).data
    cards = [method.card for method in stored if method.card is not None]
    assert sorted((card.expired, card.expires_soon) for card in cards) == [(False, False), (False, True), (True, False)]
    banks = [method.us_bank_account.verification for method in stored if method.us_bank_account is not None]
    assert sorted((bank.status, bank.next_step) for bank in banks if bank.next_step) == [
        ("failed", "add_again"),
        ("pending", "confirm_amounts"),
        ("pending", "wait"),
    ]
    assert [bank.status for bank in banks if bank.next_step is None] == ["verified"]
    assert [method.card.brand for method in stored if method.default and method.card] == ["Visa"]


class TestInvoices:
    """Some hundred, over three years."""

    async def test_currencies(self, counted: Counted) -> None:
        assert await counted("invoices", "currency") == {"USD": 270, "EUR": 12, "JPY": 12, "KWD": 12}

    async def test_years(self, sql: Sql, account_id: UUID) -> None:
        (row,) = await sql.fetch(
            "SELECT max(issued_on) - min(issued_on) AS days FROM invoices WHERE account_id = $1", account_id
        )
        assert 1_060 < row["days"] < 1_100

    async def test_states(self, counted: Counted) -> None:
        states = await counted("invoices", "status")
        assert states["void"] == 3
        assert states["open"] >= 25
        assert states["paid"] >= 200
        is_open = "status = 'open'"
        assert (await counted("invoices", "amount_due < total", is_open))[True] >= 8  # partly paid
        assert (await counted("invoices", "amount_pending > 0", is_open))[True] == 2  # processing
        assert max((await counted("invoice_lines", "invoice_id")).values()) == 40

    async def test_ageing(self, services: Services, account_id: UUID) -> None:
        """Money is due in each part of it, and abroad, too."""
        found = {one.currency: one for one in (await services.balances.get(account_id)).balances}
        assert found.keys() == {"USD", "EUR", "JPY", "KWD"}
        assert all(amount > 0 for amount in asdict(found["USD"].ageing).values())
        assert all(one.overdue > 0 and one.ageing.current > 0 for one in found.values())
        assert found["USD"].pending
        assert found["USD"].unapplied_credits > 0
        assert found["USD"].unapplied_deposits > 0
        assert found["EUR"].unapplied_credits > 0


async def test_contested_invoices(counted: Counted) -> None:
    """One waits for its answer, one has it."""
    assert await counted("invoice_disputes", "status") == {"open": 1, "rejected": 1}
    assert await counted("invoices", "contested", "contested IS NOT NULL") == {4_500: 1}


async def test_credits_and_deposits(counted: Counted) -> None:
    """Unused, used in part and used up."""
    used = "CASE unapplied WHEN {} THEN 'unused' WHEN 0 THEN 'used up' ELSE 'in part' END"
    assert await counted("credit_memos", used.format("total")) == {"unused": 2, "in part": 1, "used up": 1}
    assert await counted("deposits", used.format("amount")) == {"unused": 1, "in part": 1, "used up": 1}


async def test_payments(counted: Counted) -> None:
    """By card, bank account, check and wire; under way, declined, and returned by the bank."""
    by_kind = await counted("payments", "kind")
    assert by_kind.keys() == {"card", "us_bank_account", "check", "wire"}
    assert min(by_kind.values()) >= 10
    states = await counted("payments", "state")
    assert states.pop("succeeded") > 200
    assert states == {"processing": 2, "returned": 1, "declined": 1}


async def test_lists_are_in_the_order_of_their_days(sql: Sql, account_id: UUID) -> None:
    """Payments through the gateway were made when they are dated, so the newest are at the top."""
    query = "SELECT received_on FROM payments WHERE account_id = $1 AND gateway_transaction_id IS NOT NULL ORDER BY id"
    days = [row["received_on"] for row in await sql.fetch(query, account_id)]
    assert days == sorted(days)
    assert len(days) > 30


async def test_statements_continue_each_other(counted: Counted, services: Services, account_id: UUID) -> None:
    """The last three months, beside a year in sums and what is open."""
    page = await services.statements.list(account_id, StatementQuery())
    open_items, *months, year = page.data
    assert (open_items.type, year.summary, len(months)) == ("open_items", True, 3)
    for later, earlier in pairwise(months):
        assert later.previous_id == earlier.id
        closings = {one.currency: one.closing_balance for one in earlier.balances}
        openings = {one.currency: one.opening_balance for one in later.balances}
        assert openings.items() <= {**dict.fromkeys(openings, 0), **closings}.items()
    movements = sum(one.line_count for one in (*months, year))
    assert await counted("statement_lines", "section") == {"movement": movements, "open_item": open_items.line_count}
    assert (await services.statement_schedules.get(account_id)).recipients == [DEMO_EMAIL]
