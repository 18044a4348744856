"""The books: numbers without gaps, balances and months that equal the brute-force sum, and entries that stay."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from uuid import UUID

import asyncpg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from billing_api.kit.clock import Clock
from billing_api.ledger import postings
from billing_api.ledger.errors import (
    BooksClosedError,
    DateInFutureError,
    DateTooFarAheadError,
    UnbalancedPostingError,
)
from billing_api.ledger.postings import Posting
from billing_api.ledger.repository import LedgerRepository
from billing_api.ledger.service import Ledger
from billing_api.ledger.values import EntryKind, Totals
from tests.factories.ledger import document, post
from tests.factories.users import make_account
from tests.fixtures.queries import Queries, Sql
from tests.fixtures.services import Services

FIRST_DAY = date(2025, 11, 20)
days = st.integers(0, 150).map(lambda n: FIRST_DAY + timedelta(days=n))
amounts = st.integers(1, 10**12)
currencies = st.sampled_from(["USD", "JPY"])


@st.composite
def movements(draw: st.DrawFn) -> Posting:
    """A document that is allowed whatever was posted before: it raises receivable or lowers customer_credit."""
    facts = document(currency=draw(currencies), effective_on=draw(days))
    amount = draw(amounts)
    return draw(
        st.sampled_from(
            [
                postings.invoice(facts, net=amount, tax=amount // 10),
                postings.void(facts, net=amount, tax=0),
                postings.deposit(facts, amount=amount),
                postings.credit_memo(facts, net=amount, tax=3),
                postings.payment(facts, allocated=amount, unallocated=amount // 3),
                postings.discount(facts, invoice_id=facts.id, amount=amount),
                postings.write_off(facts, invoice_id=facts.id, amount=amount),
            ]
        )
    )


def brute_force(entries: Sequence[Posting]) -> list[Totals]:
    sums: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0])
    for entry in entries:
        sums[entry.currency][0] += entry.receivable
        sums[entry.currency][1] += entry.customer_credit
    return [Totals(currency, *sums[currency]) for currency in sorted(sums)]


class StandingClock(Clock):
    """Noon of the last day of the year in UTC, which is the first day of the next one far in the east."""

    def now(self) -> datetime:
        return datetime(2026, 12, 31, 12, tzinfo=UTC)


class TestDays:
    @pytest.mark.parametrize(("zone", "last"), [("UTC", date(2027, 1, 1)), ("Pacific/Kiritimati", date(2027, 1, 2))])
    def test_money_arrives_by_the_books_tomorrow(self, services: Services, zone: str, last: date) -> None:
        ledger = _ledger(services, StandingClock(zone))
        ledger.require_arrived("received_on", last)
        with pytest.raises(DateInFutureError) as refusal:
            ledger.require_arrived("received_on", last + timedelta(days=1))
        assert refusal.value.extensions["field"] == "received_on"

    def test_a_document_is_dated_a_year_ahead_at_most(self, services: Services) -> None:
        ledger = _ledger(services, StandingClock())
        ledger.require_near("issued_on", date(2028, 1, 1))
        with pytest.raises(DateTooFarAheadError):
            ledger.require_near("issued_on", date(2028, 1, 2))


def _ledger(services: Services, clock: Clock) -> Ledger:
    repository = LedgerRepository(services.database)
    return Ledger(replace(services.ledger.core, clock=clock), repository)


class TestBalances:
    @settings(max_examples=25, deadline=None, derandomize=True)
    @given(
        batches=st.lists(st.lists(movements(), max_size=6), max_size=4), asked=st.lists(days, min_size=3, max_size=3)
    )
    async def test_equal_the_brute_force_sum_backdated_documents_included(
        self, services: Services, batches: list[list[Posting]], asked: list[date]
    ) -> None:
        """Dates come in any order; several documents in one posting, and several postings."""
        account_id = await make_account(services)
        for batch in batches:
            await post(services, account_id, *batch)
        entries = [entry for batch in batches for entry in batch]
        assert await services.ledger.totals(account_id) == brute_force(entries)
        for day in [*asked, date.max, FIRST_DAY - timedelta(days=1)]:
            up_to = [entry for entry in entries if entry.effective_on <= day]
            assert await services.ledger.totals_as_of(account_id, day) == brute_force(up_to)

    async def test_reading_takes_one_round_trip(self, services: Services, account_id: UUID, queries: Queries) -> None:
        queries.clear()
        await services.ledger.totals(account_id)
        assert len(queries) == 1
        await services.ledger.totals_as_of(account_id, FIRST_DAY)
        assert len(queries) == 2

    async def test_pending_moves_apart_from_what_is_due(self, services: Services, sql: Sql, account_id: UUID) -> None:
        async def reserve(amount: int) -> None:
            services.ledger.reserve(await services.accounts.lock(account_id), "USD", amount)

        async def release(amount: int) -> None:
            await services.ledger.release(await services.accounts.lock(account_id), "USD", amount)

        await post(services, account_id, postings.invoice(document(), net=1000, tax=0))
        await services.database.run(lambda: reserve(700))
        await services.database.run(lambda: release(300))
        pending = await sql.fetchval("SELECT pending FROM ledger_balances WHERE account_id = $1", account_id)
        assert pending == 400
        assert (await services.ledger.totals(account_id))[0].balance == 1000


class TestPosting:
    async def test_takes_two_statements_however_many_documents(
        self, services: Services, account_id: UUID, queries: Queries
    ) -> None:
        """The numbers; then entries, balances and months together."""
        for documents in (1, 5):
            queries.clear()
            await post(services, account_id, *(postings.invoice(document(), net=n, tax=0) for n in range(documents)))
            assert [query.split()[:3] for query in queries if query.startswith(("INSERT", "UPDATE", "WITH"))] == [
                ["INSERT", "INTO", "counters"],
                ["WITH", "posted", "AS"],
            ]

    async def test_moves_the_reserved_amount_too(self, services: Services, sql: Sql, account_id: UUID) -> None:
        """In the same statement, whether the currency is new or not; in one currency alone."""

        async def write(pending: int, *documents: Posting) -> None:
            await services.ledger.post(await services.accounts.lock(account_id), *documents, pending_change=pending)

        for pending in (700, -300):
            invoice = postings.invoice(document(), net=1000, tax=0)
            await services.database.run(partial(write, pending, invoice))
        assert await sql.fetchval("SELECT pending FROM ledger_balances WHERE account_id = $1", account_id) == 400
        in_yen = postings.invoice(document(currency="JPY"), net=1, tax=0)
        for documents in ((), (postings.invoice(document(), net=1, tax=0), in_yen)):
            with pytest.raises(ValueError, match="one currency"):
                await services.database.run(partial(write, 1, *documents))

    async def test_numbers_have_no_gap_when_many_post_at_once_and_some_fail(
        self, services: Services, sql: Sql, account_id: UUID
    ) -> None:
        async def post_one(amount: int) -> None:
            await post(services, account_id, postings.invoice(document(), net=amount, tax=0))

        async def fail() -> None:
            async def post_and_fail() -> None:
                account = await services.accounts.lock(account_id)
                await services.ledger.post(account, postings.invoice(document(), net=1, tax=0))
                raise LookupError

            with pytest.raises(LookupError):
                await services.database.run(post_and_fail)

        await asyncio.gather(*(post_one(n) if n % 3 else fail() for n in range(1, 25)))
        numbers = await sql.fetch("SELECT seq FROM ledger_entries WHERE account_id = $1 ORDER BY seq", account_id)
        assert [row["seq"] for row in numbers] == list(range(1, 17))

    async def test_nothing_to_post_takes_no_number(self, services: Services, account_id: UUID) -> None:
        await post(services, account_id)
        assert await services.ledger.totals(account_id) == []

    async def test_lines_that_do_not_sum_to_zero_are_refused(self, services: Services, account_id: UUID) -> None:
        wrong = Posting(
            kind=EntryKind.INVOICE,
            currency="USD",
            effective_on=FIRST_DAY,
            document_id=account_id,
            number="X",
            amount=5,
            receivable=5,
        )
        with pytest.raises(UnbalancedPostingError):
            await post(services, account_id, wrong)

    async def test_the_database_refuses_them_too(self, sql: Sql, services: Services, account_id: UUID) -> None:
        await post(services, account_id, postings.invoice(document(), net=10, tax=0))
        with pytest.raises(asyncpg.CheckViolationError, match="sums_to_zero"):
            await sql.execute(
                "INSERT INTO ledger_entries SELECT account_id, gen_random_uuid(), seq + 1, kind, currency, "
                "effective_on, posted_at, document_id, number, amount, invoice_id, 11, 0, -10, 0, 0, 0, 0 "
                "FROM ledger_entries WHERE account_id = $1",
                account_id,
            )

    async def test_a_customers_credit_can_not_turn_into_a_debt(self, services: Services, account_id: UUID) -> None:
        await post(services, account_id, postings.deposit(document(), amount=10))
        with pytest.raises(Exception, match="customer_credit"):
            await post(services, account_id, postings.deposit_refund(document(), amount=11))

    @pytest.mark.parametrize("change", ["UPDATE ledger_entries SET number = 'X'", "DELETE FROM ledger_entries"])
    async def test_entries_can_not_be_changed(
        self, services: Services, sql: Sql, account_id: UUID, change: str
    ) -> None:
        await post(services, account_id, postings.invoice(document(), net=10, tax=0))
        with pytest.raises(asyncpg.RestrictViolationError, match="append-only"):
            await sql.execute(f"{change} WHERE account_id = $1", account_id)


class TestClosedBooks:
    @pytest.mark.parametrize("day", [FIRST_DAY, FIRST_DAY - timedelta(days=400)])
    async def test_a_closed_day_takes_no_document(self, closed: Ledger, account_id: UUID, day: date) -> None:
        async def write() -> None:
            account = await closed.core.accounts.lock(account_id)
            await closed.post(account, postings.invoice(document(effective_on=day), net=10, tax=0))

        with pytest.raises(BooksClosedError) as refusal:
            await closed.core.db.run(write)
        assert refusal.value.extensions == {"closed_through": FIRST_DAY}
        assert await closed.totals(account_id) == []

    async def test_the_day_after_is_open(self, closed: Ledger, account_id: UUID) -> None:
        day = FIRST_DAY + timedelta(days=1)

        async def write() -> None:
            account = await closed.core.accounts.lock(account_id)
            await closed.post(account, postings.invoice(document(effective_on=day), net=10, tax=0))

        await closed.core.db.run(write)
        assert [totals.balance for totals in await closed.totals(account_id)] == [10]

    @pytest.fixture
    def closed(self, services: Services) -> Ledger:
        """The books, closed through the first day."""
        repository = LedgerRepository(services.database)
        return Ledger(services.ledger.core, repository, closed_through=FIRST_DAY)
