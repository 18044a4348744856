"""Statements of activity one after the other: each proves itself, and begins where the one before has ended."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from billing_api.ledger import postings
from billing_api.ledger.postings import Posting
from billing_api.statements.schemas import StatementBalanceRead, StatementLineRead, StatementRead
from tests.factories.ledger import document, post
from tests.factories.statements import lines_of, make_statement
from tests.factories.users import make_account
from tests.fixtures.services import Services

JANUARY, FEBRUARY, MARCH = ((date(2026, month, 1), date(2026, month + 1, 1) - timedelta(days=1)) for month in (1, 2, 3))


def invoice(number: str, day: date, amount: int, **fields: Any) -> Posting:
    return postings.invoice(document(number, effective_on=day, **fields), net=amount, tax=0)


def payment(number: str, day: date, amount: int, **fields: Any) -> Posting:
    return postings.payment(document(number, effective_on=day, **fields), allocated=amount)


async def make(services: Services, account_id: UUID, period: tuple[date, date]) -> StatementRead:
    return await make_statement(services, account_id, period[1], date_from=period[0])


async def shown(services: Services, account_id: UUID, statement: StatementRead) -> list[tuple[str, str | None, int]]:
    """The section, number and running balance of each line."""
    lines = await lines_of(services, account_id, statement.id)
    return [(line.section, line.number, line.balance) for line in lines]


def figures(statement: StatementRead) -> tuple[int | None, ...]:
    """Opening balance, adjustments, charges, credits and closing balance of the one currency."""
    (one,) = statement.balances
    return one.opening_balance, one.adjustments, one.charges, one.credits, one.closing_balance


class TestContinuing:
    async def test_a_document_dated_back_is_an_adjustment_of_the_next_statement(
        self, services: Services, account_id: UUID
    ) -> None:
        await post(services, account_id, invoice("INV-1", date(2026, 1, 10), 1000))
        january = await make(services, account_id, JANUARY)
        await post(
            services,
            account_id,
            payment("PMT-1", date(2026, 2, 5), 400),
            invoice("LATE-1", date(2026, 1, 20), 70),
            invoice("INV-2", date(2026, 2, 3), 500),
        )
        february = await make(services, account_id, FEBRUARY)
        assert figures(january) == (0, 0, 1000, 0, 1000)
        assert figures(february) == (1000, 70, 500, -400, 1170)
        assert (february.previous_id, february.previous_number) == (january.id, january.number)
        assert await shown(services, account_id, february) == [
            ("adjustment", "LATE-1", 1070),
            ("movement", "INV-2", 1570),
            ("movement", "PMT-1", 1170),
        ]

    async def test_a_statement_that_was_made_again_is_the_one_to_continue(
        self, services: Services, account_id: UUID
    ) -> None:
        """Both of one period continue the same one before it; a later one continues the last made."""
        await post(services, account_id, invoice("INV-1", date(2026, 1, 10), 1000))
        january = await make(services, account_id, JANUARY)
        await post(services, account_id, invoice("INV-2", date(2026, 2, 3), 500))
        first = await make(services, account_id, FEBRUARY)
        await post(services, account_id, invoice("LATE-1", date(2026, 1, 20), 70), invoice("L-2", date(2026, 2, 1), 9))
        again = await make(services, account_id, FEBRUARY)
        march = await make(services, account_id, MARCH)
        assert first.previous_id == again.previous_id == january.id
        assert figures(first) == (1000, 0, 500, 0, 1500)
        assert figures(again) == (1000, 70, 509, 0, 1579)
        assert march.previous_id == again.id
        assert figures(march) == (1579, 0, 0, 0, 1579)

    async def test_after_a_gap_the_opening_balance_has_the_days_between(
        self, services: Services, account_id: UUID
    ) -> None:
        """Only days that a statement has covered can be adjusted."""
        await post(services, account_id, invoice("INV-1", date(2026, 1, 10), 1000))
        january = await make(services, account_id, JANUARY)
        await post(
            services,
            account_id,
            invoice("INV-2", date(2026, 2, 10), 500),
            invoice("LATE-1", date(2026, 1, 20), 70),
            invoice("INV-3", date(2026, 3, 10), 3),
        )
        march = await make(services, account_id, MARCH)
        assert march.previous_id == january.id
        assert figures(march) == (1500, 70, 3, 0, 1573)

    async def test_an_overlap_opens_with_the_balance_that_was_shown_for_its_day(
        self, services: Services, account_id: UUID
    ) -> None:
        await post(
            services,
            account_id,
            invoice("INV-1", date(2026, 1, 10), 1000),
            invoice("INV-2", date(2026, 1, 20), 500),
        )
        january = await make(services, account_id, JANUARY)
        await post(services, account_id, invoice("LATE-1", date(2026, 1, 5), 70), invoice("L-2", date(2026, 1, 30), 9))
        overlap = await make(services, account_id, (date(2026, 1, 15), date(2026, 2, 15)))
        assert overlap.previous_id == january.id
        assert figures(overlap) == (1000, 70, 509, 0, 1579)

    async def test_a_statement_from_the_beginning_continues_none(self, services: Services, account_id: UUID) -> None:
        await post(services, account_id, invoice("INV-1", date(2026, 1, 10), 1000))
        await make(services, account_id, JANUARY)
        whole = await make_statement(services, account_id, date(2026, 2, 28))
        assert (whole.date_from, whole.previous_id) == (None, None)
        assert figures(whole) == (0, 0, 1000, 0, 1000)

    async def test_open_items_are_not_continued(self, services: Services, account_id: UUID) -> None:
        await make_statement(services, account_id, JANUARY[1], type="open_items")
        assert (await make(services, account_id, FEBRUARY)).previous_id is None

    async def test_a_summary_is_continued_as_any_other(self, services: Services, account_id: UUID) -> None:
        summary = await make_statement(services, account_id, JANUARY[1], date_from=JANUARY[0], summary=True)
        await post(services, account_id, invoice("LATE-1", date(2026, 1, 20), 70))
        february = await make(services, account_id, FEBRUARY)
        assert february.previous_id == summary.id
        assert figures(february) == (0, 70, 0, 0, 70)

    async def test_a_currency_that_came_later_is_adjusted_too(self, services: Services, account_id: UUID) -> None:
        await post(services, account_id, invoice("INV-1", date(2026, 1, 10), 1000))
        await make(services, account_id, JANUARY)
        await post(services, account_id, invoice("LATE-1", date(2026, 1, 20), 70, currency="JPY"))
        february = await make(services, account_id, FEBRUARY)
        assert [
            (one.currency, one.opening_balance, one.adjustments, one.closing_balance) for one in february.balances
        ] == [
            ("USD", 1000, 0, 1000),
            ("JPY", 0, 70, 70),
        ]


FIRST_DAY = date(2025, 11, 20)
days = st.integers(0, 60).map(lambda n: FIRST_DAY + timedelta(days=n))
amounts = st.integers(1, 10**9)


@st.composite
def movements(draw: st.DrawFn) -> Posting:
    """A document that is allowed whatever was posted before: it raises receivable or lowers customer_credit."""
    facts = document(
        f"D-{draw(amounts)}", currency=draw(st.sampled_from(["USD", "USD", "JPY"])), effective_on=draw(days)
    )
    amount = draw(amounts)
    return draw(
        st.sampled_from(
            [
                postings.invoice(facts, net=amount, tax=amount // 10),
                postings.deposit(facts, amount=amount),
                postings.credit_memo(facts, net=amount, tax=3),
                postings.payment(facts, allocated=amount, unallocated=amount // 3),
                postings.discount(facts, invoice_id=facts.id, amount=amount),
            ]
        )
    )


@st.composite
def periods(draw: st.DrawFn) -> tuple[date | None, date]:
    """Mostly one of four that follow each other, so that continuing ones are frequent."""
    if draw(st.booleans()):
        start = FIRST_DAY + timedelta(days=15 * draw(st.integers(0, 3)))
        return start, start + timedelta(days=14)
    ends = sorted((draw(days), draw(days)))
    return draw(st.sampled_from([ends[0], ends[0], None])), ends[1]


@dataclass(frozen=True)
class Made:
    """A statement, with the number of entries that were posted when it was made."""

    statement: StatementRead
    lines: list[StatementLineRead]
    seen: int

    @property
    def date_from(self) -> date:
        return self.statement.date_from or date.min

    @property
    def date_to(self) -> date:
        return self.statement.date_to


class Model:
    """The same books as a list: the figures of a statement by their definition, without sums that are kept."""

    def __init__(self) -> None:
        self.entries: list[Posting] = []
        self.made: list[Made] = []

    def balance(self, currency: str, through: date, seen: int) -> int:
        """The sum of the first `seen` entries that are dated by a day."""
        return sum(one.balance_effect for one in self._known(seen, currency) if one.effective_on <= through)

    def _known(self, seen: int, currency: str) -> Iterable[Posting]:
        return (one for one in self.entries[:seen] if one.currency == currency)

    def previous(self, date_from: date | None) -> Made | None:
        """The last made of those that end on the day before; else of those that end later; else that end latest."""
        if date_from is None:
            return None
        before = date_from - timedelta(days=1)
        for candidates in (
            [one for one in self.made if one.date_to == before],
            [one for one in self.made if one.date_to > before],
        ):
            if candidates:
                return candidates[-1]
        return max(self.made, key=lambda one: (one.date_to, one.statement.number), default=None)

    def require(self, made: Made) -> None:
        """Check a statement that has just been made, in each of its currencies, and that no currency is missing."""
        previous = self.previous(made.statement.date_from)
        assert made.statement.previous_id == (previous.statement.id if previous else None)
        for one in made.statement.balances:
            self._require_currency(made, previous, one)
        shown = {one.currency for one in made.statement.balances}
        for currency in {"USD", "JPY"} - shown:
            assert self.balance(currency, made.date_to, made.seen) == 0
            assert all(line.currency != currency for line in made.lines)

    def _require_currency(self, made: Made, previous: Made | None, shown: StatementBalanceRead) -> None:
        before = made.date_from - timedelta(days=1) if made.statement.date_from else date.min
        known = list(enumerate(self.entries[: made.seen]))
        through = min(previous.date_to, before) if previous else None
        adjusted = [
            (place, one)
            for place, one in known
            if previous and through and place >= previous.seen and one.effective_on <= through
        ]
        moved = [(place, one) for place, one in known if made.date_from <= one.effective_on <= made.date_to]
        expected, balance = [], shown.opening_balance or 0
        for section, entries in (("adjustment", adjusted), ("movement", moved)):
            own = [(one.effective_on, place, one) for place, one in entries if one.currency == shown.currency]
            for _, _, one in sorted(own, key=lambda entry: entry[:2]):
                balance += one.balance_effect
                expected.append((section, one.kind, one.number, one.effective_on, one.balance_effect, balance))
        lines = [line for line in made.lines if line.currency == shown.currency]
        assert [
            (line.section, line.type, line.number, line.effective_on, line.balance_effect, line.balance)
            for line in lines
        ] == expected
        assert balance == shown.closing_balance == self.balance(shown.currency, made.date_to, made.seen)
        if previous is not None and previous.date_to >= before:
            assert shown.opening_balance == self.balance(shown.currency, before, previous.seen)
        if previous is not None and previous.date_to == before:
            assert shown.opening_balance == closing(previous.statement, shown.currency)
        if previous is not None and previous.date_to < before:
            between = self.balance(shown.currency, before, made.seen) - self.balance(
                shown.currency, previous.date_to, made.seen
            )
            assert shown.opening_balance == closing(previous.statement, shown.currency) + between
        if made.statement.date_from is None:
            assert shown.opening_balance == 0


def closing(statement: StatementRead, currency: str) -> int:
    return sum(one.closing_balance for one in statement.balances if one.currency == currency)


Step = list[Posting] | tuple[date | None, date]


@settings(max_examples=25, deadline=None, derandomize=True)
@given(steps=st.lists(st.lists(movements(), max_size=4) | periods(), min_size=2, max_size=10))
async def test_statements_of_random_books_prove_themselves_and_meet(services: Services, steps: Sequence[Step]) -> None:
    """Documents are dated anywhere, before and after statements; periods follow each other, overlap and leave gaps."""
    account_id, model = await make_account(services), Model()
    for step in steps:
        if isinstance(step, list):
            await post(services, account_id, *step)
            model.entries += step
        else:
            statement = await make_statement(services, account_id, step[1], date_from=step[0])
            made = Made(statement, await lines_of(services, account_id, statement.id), len(model.entries))
            model.require(made)
            model.made.append(made)
    for made in model.made:
        assert await services.statements.get(account_id, made.statement.id) == made.statement
        assert await lines_of(services, account_id, made.statement.id) == made.lines
    assert [int(made.statement.number.removeprefix("STM-")) for made in model.made] == [*range(1, len(model.made) + 1)]
