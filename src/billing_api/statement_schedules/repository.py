"""The SQL of schedules."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import bindparam, select, tuple_
from sqlalchemy.dialects.postgresql import insert

from billing_api.accounts.locked import LockedAccount
from billing_api.db.database import Database
from billing_api.db.statements import Command, Statement, columns_of, values_of
from billing_api.statement_schedules.model import StatementSchedule, statement_schedules


@dataclass(frozen=True, slots=True)
class DueSchedule:
    """An account with a statement that is due, and its mailing day."""

    account_id: UUID
    next_on: date


_s = statement_schedules.c
_FIND = Statement(
    select(*columns_of(statement_schedules, StatementSchedule)).where(_s.account_id == bindparam("account_id")),
    StatementSchedule,
)
_new = insert(statement_schedules)
_SAVE = Command(
    _new.on_conflict_do_update(
        index_elements=[_s.account_id],
        set_={column.name: _new.excluded[column.name] for column in _s if column.name != "account_id"},
    )
)
_place = tuple_(bindparam("after_day", type_=_s.next_on.type), bindparam("after_account", type_=_s.account_id.type))
_LIST_DUE = Statement(
    select(*columns_of(statement_schedules, DueSchedule))
    .where(_s.next_on <= bindparam("today"), tuple_(_s.next_on, _s.account_id) > _place)
    .order_by(_s.next_on, _s.account_id)
    .limit(bindparam("limit")),
    DueSchedule,
)


class StatementScheduleRepository:
    """The schedule of one account at a time, and those of all that are due."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def find(self, account_id: UUID) -> StatementSchedule | None:
        """Return an account's schedule, or None. The account's lock keeps it as it is."""
        return await self._db.fetch_one(_FIND, account_id=account_id)

    async def save(self, account: LockedAccount, schedule: StatementSchedule) -> None:
        """Insert or replace an account's schedule."""
        if schedule.account_id != account.id:
            raise ValueError("a schedule is saved under the lock of its own account")
        await self._db.execute(_SAVE, **values_of(schedule))

    async def list_due(self, today: date, after: DueSchedule, limit: int) -> Sequence[DueSchedule]:
        """Return schedules with a mailing day up to today, in the order of these days, from a place on."""
        return await self._db.fetch(
            _LIST_DUE, today=today, after_day=after.next_on, after_account=after.account_id, limit=limit
        )
