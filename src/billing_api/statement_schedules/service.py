"""The schedule of an account's statements."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

from billing_api.core import Core
from billing_api.db.database import in_transaction
from billing_api.errors import FieldError, InvalidInputError
from billing_api.kit.changes import differences
from billing_api.kit.version import Version
from billing_api.statement_schedules.mailing_days import mailing_day_of, next_mailing_day, period_of
from billing_api.statement_schedules.model import StatementSchedule
from billing_api.statement_schedules.repository import StatementScheduleRepository
from billing_api.statement_schedules.schemas import StatementScheduleRead, StatementScheduleUpdate


class StatementSchedules:
    """One schedule for each account; at first it is not enabled."""

    def __init__(self, core: Core, schedules: StatementScheduleRepository, locales: Sequence[str]) -> None:
        self.db = core.db
        self._core = core
        self._schedules = schedules
        self._locales = locales

    async def get(self, account_id: UUID) -> StatementScheduleRead:
        """Return the schedule; one that was never changed is not enabled."""
        schedule = await self._schedules.find(account_id)
        return _read(schedule or self._first(account_id), is_stored=schedule is not None)

    @in_transaction
    async def update(
        self, account_id: UUID, change: StatementScheduleUpdate, version: Version
    ) -> StatementScheduleRead:
        """Replace the schedule. A change that changes nothing makes no new version.

        At first, and while nothing was mailed, the next mail is on the first mailing day after today. From then on a
        change leaves out no period: the next one is mailed at once where its new mailing day has passed.
        Raise InvalidInputError for an unknown locale, StaleVersionError.
        """
        if change.locale is not None and change.locale not in self._locales:
            words = f"The portal speaks {', '.join(self._locales)}."
            raise InvalidInputError(FieldError("/locale", "unknown_locale", words, tuple(self._locales)))
        account = await self._core.accounts.lock(account_id)
        found = await self._schedules.find(account_id)
        schedule = found or self._first(account_id)
        version.require(schedule.version)
        given = change.model_dump()
        given["kind"] = given.pop("type")
        if changed := differences(schedule, given):
            now = self._core.clock.now()
            schedule = replace(schedule, **changed, updated_at=now, version=schedule.version + 1)
            if {"enabled", "frequency", "day"} & changed.keys():
                schedule = replace(schedule, next_on=self._next_on(found, schedule))
            await self._schedules.save(account, schedule)
            fields = sorted("type" if name == "kind" else name for name in changed)
            self._core.audit.record(
                account_id, "statement_schedule.updated", fields=fields, recipients=len(schedule.recipients)
            )
            return _read(schedule, is_stored=True)
        return _read(schedule, is_stored=found is not None)

    def _next_on(self, before: StatementSchedule | None, changed: StatementSchedule) -> date | None:
        if not changed.enabled:
            return None
        today, mailed_through = self._core.clock.today(), changed.mailed_through
        if before is None or before.next_on is None or (mailed_through is None and before.next_on > today):
            return next_mailing_day(changed.frequency, changed.day, today, mailed_through=mailed_through)
        waits_from, _ = period_of(before.frequency, before.day, before.next_on)
        if mailed_through is not None:
            waits_from = max(waits_from, mailed_through + timedelta(days=1))
        return mailing_day_of(changed.frequency, changed.day, waits_from)

    def _first(self, account_id: UUID) -> StatementSchedule:
        return StatementSchedule(
            account_id=account_id,
            enabled=False,
            frequency="monthly",
            day=1,
            kind="activity",
            summary=False,
            locale=None,
            recipients=[],
            next_on=None,
            mailed_through=None,
            updated_at=self._core.clock.now(),
            version=1,
        )


def _read(schedule: StatementSchedule, *, is_stored: bool) -> StatementScheduleRead:
    return StatementScheduleRead(
        enabled=schedule.enabled,
        frequency=schedule.frequency,
        day=schedule.day,
        type=schedule.kind,
        summary=schedule.summary,
        locale=schedule.locale,
        recipients=schedule.recipients,
        next_on=schedule.next_on,
        updated_at=schedule.updated_at if is_stored else None,
        version=schedule.version,
    )
