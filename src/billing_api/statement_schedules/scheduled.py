"""Statements that are due by their schedule: each is made and mailed once, those that were missed in their order."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from uuid import UUID

import structlog

from billing_api.accounts.locked import LockedAccount
from billing_api.core import Core
from billing_api.db.database import in_transaction
from billing_api.jobs.model import JobState
from billing_api.jobs.periodic import Tick
from billing_api.jobs.service import Jobs
from billing_api.jobs.tasks import JobRun
from billing_api.statement_schedules.jobs import MAKE, MakeScheduled
from billing_api.statement_schedules.mailing_days import next_mailing_day, period_of
from billing_api.statement_schedules.model import StatementSchedule
from billing_api.statement_schedules.repository import DueSchedule, StatementScheduleRepository
from billing_api.statements.errors import StatementTooLongError
from billing_api.statements.mailing import MailStatements
from billing_api.statements.making import MadeStatement, MakeStatement
from billing_api.statements.schemas import StatementCreate

log = structlog.get_logger(__name__)
_AT_ONCE = 200
_BEGINNING = DueSchedule(UUID(int=0), date.min)


class ScheduledStatements:
    """Makes and mails what is due."""

    def __init__(
        self,
        core: Core,
        schedules: StatementScheduleRepository,
        jobs: Jobs,
        making: MakeStatement,
        mailing: MailStatements,
        locales: Sequence[str],
    ) -> None:
        self.db = core.db
        self._core = core
        self._schedules = schedules
        self._jobs = jobs
        self._making = making
        self._mailing = mailing
        self._locales = locales

    async def enqueue_due(self, _: Tick) -> None:
        """Enqueue a job for each account with a statement that is due or was missed, unless it has one.

        One whose job an operator has cancelled is left out, and the schedule goes on.
        """
        place = _BEGINNING
        while found := await self._schedules.list_due(self._core.clock.today(), place, _AT_ONCE):
            for cancelled in await self.db.run(partial(self._enqueue_all, found)):
                await self._leave_out(cancelled)
            place = found[-1]

    async def _enqueue_all(self, found: Sequence[DueSchedule]) -> list[DueSchedule]:
        """Enqueue a job for each, and return those whose job an operator has cancelled."""
        ids = [await self._enqueue(due.account_id, due.next_on) for due in found]
        states = [(await self._jobs.get(job_id)).state for job_id in ids]
        return [due for due, state in zip(found, states, strict=True) if state is JobState.CANCELLED]

    @in_transaction
    async def _leave_out(self, cancelled: DueSchedule) -> None:
        """Go on with the period after one whose job was cancelled."""
        account = await self._core.accounts.lock(cancelled.account_id)
        schedule = await self._schedules.find(account.id)
        if schedule is not None and schedule.next_on == cancelled.next_on:
            next_on = next_mailing_day(schedule.frequency, schedule.day, cancelled.next_on)
            await self._schedules.save(account, replace(schedule, next_on=next_on))
            self._core.audit.record(account.id, "statement_schedule.left_out", mailed_on=str(cancelled.next_on))

    @in_transaction
    async def make(self, order: MakeScheduled, run: JobRun) -> None:
        """Make and mail one statement: a job.

        Statement, mails, the next mailing day and the job's end are one transaction. So a worker that is killed has
        done all of it or nothing.
        """
        account = await self._core.accounts.lock(order.account_id)
        schedule = await self._schedules.find(account.id)
        if schedule is not None and schedule.next_on == order.mailed_on:
            made = await self._make(account, schedule, order.mailed_on)
            await self._mailing.queue(account, made.statement, schedule.recipients)
            next_on = next_mailing_day(schedule.frequency, schedule.day, order.mailed_on)
            date_to = made.statement.date_to
            await self._schedules.save(account, replace(schedule, next_on=next_on, mailed_through=date_to))
            if next_on <= self._core.clock.today():
                await self._enqueue(account.id, next_on)
        await run.finish()

    async def _make(self, account: LockedAccount, schedule: StatementSchedule, mailed_on: date) -> MadeStatement:
        """Return the statement; one that would be too long is a summary."""
        date_from, date_to = period_of(schedule.frequency, schedule.day, mailed_on)
        new = StatementCreate(
            type=schedule.kind,
            date_from=date_from if schedule.kind == "activity" else None,
            date_to=date_to,
            locale=schedule.locale if schedule.locale in self._locales else None,
            summary=schedule.summary,
        )
        try:
            return await self._making.make(account, new, scheduled_on=mailed_on)
        except StatementTooLongError as error:
            log.warning("scheduled_statement_is_a_summary", account=str(account.id), lines=error.line_count)
            return await self._making.make(account, new.model_copy(update={"summary": True}), scheduled_on=mailed_on)

    async def _enqueue(self, account_id: UUID, mailed_on: date) -> UUID:
        return await self._jobs.enqueue(
            MAKE, MakeScheduled(account_id, mailed_on), key=f"{account_id} {mailed_on}", account_id=account_id
        )
