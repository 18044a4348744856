"""Scheduled statements: made and mailed on their day, and after downtime each that was missed, once."""

import asyncio
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from billing_api.jobs.periodic import Tick
from billing_api.jobs.service import Jobs
from billing_api.kit.version import ANY_VERSION
from billing_api.ledger import postings
from billing_api.statement_schedules.scheduled import ScheduledStatements
from billing_api.statement_schedules.schemas import StatementScheduleUpdate
from billing_api.statements.schemas import StatementQuery, StatementSummaryRead
from tests.factories.invoices import post_invoice
from tests.factories.ledger import document
from tests.factories.ledger import post as post_entries
from tests.factories.statements import make_statement
from tests.fixtures.clocked import ClockedWorker
from tests.fixtures.post import Post
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services

NOW = datetime(2026, 11, 27, tzinfo=UTC)  # whatever the day on which the tests run
TICK = Tick(NOW, NOW)


class Desk:
    """An account whose statements are mailed to one address."""

    def __init__(self, services: Services, post: Post, sql: Sql, account_id: UUID) -> None:
        self.services = services
        self.post = post
        self.sql = sql
        self.account_id = account_id
        self.recipient = f"{uuid4().hex}@example.com"

    async def schedule(self, missed_since: date, **fields: Any) -> None:
        """Enable the schedule, and let its last mails have been missed since a day."""
        given = {"frequency": "monthly", "day": 5, "recipients": [self.recipient]} | fields
        change = StatementScheduleUpdate.model_validate(given)
        await self.services.statement_schedules.update(self.account_id, change, ANY_VERSION)
        await self.sql.execute(
            "UPDATE statement_schedules SET next_on = $2 WHERE account_id = $1", self.account_id, missed_since
        )

    async def run(self) -> None:
        """Do the work of a tick, and all that follows from it."""
        await self.post.parts[ScheduledStatements].enqueue_due(TICK)
        await self.post.work()

    async def made(self) -> list[StatementSummaryRead]:
        """The statements, oldest first."""
        page = await self.services.statements.list(self.account_id, StatementQuery(limit=100))
        return page.data[::-1]

    async def mails(self) -> list[str]:
        """The subjects of the mails, sorted."""
        return sorted(str(mail["Subject"]) for mail in await self.post.to(self.recipient))


@pytest.fixture
def desk(worker: ClockedWorker, sql: Sql, account_id: UUID) -> Desk:
    worker.clock.time = NOW
    return Desk(worker.services, worker.post, sql, account_id)


async def test_each_missed_month_is_mailed_once_in_its_order(desk: Desk) -> None:
    """And the next one is on its day; a document dated back is an adjustment of the month after."""
    await post_invoice(desk.services, desk.account_id, 700, issued_on=date(2026, 8, 3))
    await desk.schedule(date(2026, 9, 5))
    await desk.run()
    await desk.run()
    made = await desk.made()
    assert [(one.date_from, one.date_to, one.scheduled_on) for one in made] == [
        (date(2026, 8, 1), date(2026, 8, 31), date(2026, 9, 5)),
        (date(2026, 9, 1), date(2026, 9, 30), date(2026, 10, 5)),
        (date(2026, 10, 1), date(2026, 10, 31), date(2026, 11, 5)),
    ]
    assert [one.previous_id for one in made] == [None, made[0].id, made[1].id]
    assert [one.balances[0].closing_balance for one in made] == [700, 700, 700]
    assert await desk.mails() == [f"Statement STM-00000{n} from Example Vendor" for n in (1, 2, 3)]
    schedule = await desk.services.statement_schedules.get(desk.account_id)
    assert schedule.next_on == date(2026, 12, 5)


async def test_the_months_last_day_is_that_of_the_month_itself(desk: Desk) -> None:
    await desk.schedule(date(2026, 9, 30), day=31, type="open_items")
    await desk.run()
    assert [(one.type, one.date_from, one.date_to) for one in await desk.made()] == [
        ("open_items", None, date(2026, 9, 30)),
        ("open_items", None, date(2026, 10, 31)),
    ]


async def test_a_quarter_is_mailed_after_it(desk: Desk) -> None:
    await desk.schedule(date(2026, 10, 5), frequency="quarterly", summary=True)
    await desk.run()
    (made,) = await desk.made()
    assert (made.date_from, made.date_to, made.summary) == (date(2026, 7, 1), date(2026, 9, 30), True)


async def test_workers_that_do_the_same_at_once_mail_once(desk: Desk) -> None:
    await desk.schedule(date(2026, 10, 5))
    await asyncio.gather(*(desk.run() for _ in range(4)))
    assert len(await desk.made()) == 2
    assert len(await desk.mails()) == 2


async def test_a_schedule_that_was_switched_off_meanwhile_mails_nothing(desk: Desk) -> None:
    await desk.schedule(date(2026, 11, 5))
    await desk.post.parts[ScheduledStatements].enqueue_due(TICK)
    off = StatementScheduleUpdate(enabled=False, frequency="monthly", day=5, recipients=[desk.recipient])
    await desk.services.statement_schedules.update(desk.account_id, off, ANY_VERSION)
    await desk.run()
    assert (await desk.made(), await desk.mails()) == ([], [])


async def test_another_day_mails_no_period_again(desk: Desk) -> None:
    await desk.schedule(date(2026, 11, 5))
    await desk.run()
    change = StatementScheduleUpdate(enabled=True, frequency="monthly", day=28, recipients=[desk.recipient])
    schedule = await desk.services.statement_schedules.update(desk.account_id, change, ANY_VERSION)
    assert schedule.next_on == date(2026, 12, 28)


async def change(desk: Desk, **fields: Any) -> date | None:
    """Change the schedule, and return the day of the next mail."""
    given = {"frequency": "monthly", "day": 5, "recipients": [desk.recipient]} | fields
    changed = StatementScheduleUpdate.model_validate(given)
    return (await desk.services.statement_schedules.update(desk.account_id, changed, ANY_VERSION)).next_on


@pytest.mark.parametrize(
    ("before", "missed_since", "after", "periods"),
    [
        ({"day": 27}, date(2026, 10, 27), {"day": 26}, [date(2026, 9, 30), date(2026, 10, 31)]),
        ({"day": 5}, date(2026, 10, 5), {"day": 4}, [date(2026, 9, 30), date(2026, 10, 31)]),
        (
            {"frequency": "quarterly"},
            date(2026, 10, 5),
            {"frequency": "monthly"},
            [date(2026, 7, 31), date(2026, 8, 31), date(2026, 9, 30), date(2026, 10, 31)],
        ),
    ],
)
async def test_a_change_leaves_out_no_period_that_is_due(
    desk: Desk, before: dict[str, Any], missed_since: date, after: dict[str, Any], periods: list[date]
) -> None:
    """A period whose new mailing day has passed is mailed at once."""
    await desk.schedule(missed_since, **before)
    await change(desk, **after)
    await desk.run()
    assert [one.date_to for one in await desk.made()] == periods


async def test_a_change_of_the_frequency_leaves_out_no_month_and_mails_none_again(desk: Desk) -> None:
    await desk.schedule(date(2026, 10, 5), frequency="quarterly")
    await desk.run()
    assert await change(desk, frequency="monthly") == date(2026, 11, 5)
    assert await change(desk, frequency="quarterly") == date(2027, 1, 5)
    assert await change(desk, frequency="monthly") == date(2026, 11, 5)
    await desk.run()
    assert [one.date_to for one in await desk.made()] == [date(2026, 9, 30), date(2026, 10, 31)]
    assert await change(desk, frequency="quarterly") == date(2027, 1, 5)
    assert await change(desk, frequency="monthly") == date(2026, 12, 5)


async def test_one_that_was_switched_off_makes_up_for_nothing(desk: Desk) -> None:
    await desk.schedule(date(2026, 9, 5))
    await change(desk, enabled=False)
    assert await change(desk) == date(2026, 12, 5)


async def test_one_whose_job_is_cancelled_is_left_out_and_the_schedule_goes_on(desk: Desk) -> None:
    await desk.schedule(date(2026, 10, 5))
    works = desk.post.parts[ScheduledStatements]
    await works.enqueue_due(TICK)
    asked = "SELECT id FROM jobs WHERE account_id = $1 AND task = 'statement_schedules.make'"
    await desk.post.parts[Jobs].cancel(await desk.sql.fetchval(asked, desk.account_id))
    await desk.run()
    await desk.run()
    assert [one.date_to for one in await desk.made()] == [date(2026, 10, 31)]


async def test_a_members_own_statement_is_not_between_two_mailed_ones(desk: Desk) -> None:
    """A document dated back, which it shows, is an adjustment of the next mailed one all the same."""
    await post_invoice(desk.services, desk.account_id, 1000, issued_on=date(2026, 9, 3))
    await desk.schedule(date(2026, 10, 5), frequency="quarterly")
    await desk.run()
    await post_invoice(desk.services, desk.account_id, 70, issued_on=date(2026, 9, 10))
    last_day = date(2026, 9, 30)
    own = await make_statement(desk.services, desk.account_id, last_day, date_from=last_day)
    await change(desk, frequency="monthly")
    await desk.run()
    mailed, shown, following = await desk.made()
    assert (shown.id, own.balances[0].closing_balance) == (own.id, 1070)
    assert (own.previous_id, following.previous_id) == (mailed.id, mailed.id)
    (balance,) = following.balances
    assert (mailed.balances[0].closing_balance, balance.opening_balance, balance.adjustments) == (1000, 1000, 70)


async def test_one_that_would_be_too_long_is_a_summary(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("billing_api.statements.making.MAX_LINES", 2)
    await post_entries(
        desk.services,
        desk.account_id,
        *(postings.invoice(document(f"I-{n}", effective_on=date(2026, 10, 3)), net=1, tax=0) for n in range(3)),
    )
    await desk.schedule(date(2026, 11, 5))
    await desk.run()
    (made,) = await desk.made()
    assert (made.summary, made.line_count, made.balances[0].closing_balance) == (True, 1, 3)
    assert len(await desk.mails()) == 1
