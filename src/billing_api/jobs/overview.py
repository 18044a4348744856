"""The jobs as operators and monitors see them: lists and counts."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, ColumnElement, Text, Uuid, and_, bindparam, func, or_, select
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.types import TypeEngine

from billing_api.db.database import Database
from billing_api.db.statements import Statement, columns_of
from billing_api.jobs.model import Job, JobState, jobs, periodic_ticks
from billing_api.jobs.repository import PERIODIC, is_in

_COUNTED = (JobState.WAITING, JobState.RUNNING, JobState.HELD)
_j, _t = jobs.c, periodic_ticks.c


@dataclass(frozen=True, slots=True)
class TaskCount:
    """The jobs of a task that have not ended, and since when one is due and waits."""

    task: str
    waiting: int
    running: int
    held: int
    due_since: datetime | None


@dataclass(frozen=True, slots=True)
class PeriodicRun:
    """How a periodic work stands: its next tick, its job, and the job's last success."""

    name: str
    next_at: datetime
    job_id: UUID | None
    state: JobState | None
    error: str | None
    done_at: datetime | None


def _given(column: Column[Any], kind: TypeEngine[Any]) -> ColumnElement[bool]:
    """Return the condition that the column has the value of its parameter, unless that is null."""
    value = bindparam(column.key, type_=kind)
    return or_(value.is_(None), column == value)


_LIST = Statement(
    select(*columns_of(jobs, Job))
    .where(_given(_j.state, Text()), _given(_j.task, Text()), _given(_j.account_id, Uuid()))
    .order_by(_j.id.desc())
    .limit(bindparam("limit")),
    Job,
)
_is_due = and_(is_in(JobState.WAITING), _j.run_at <= bindparam("now", type_=TIMESTAMP(timezone=True)))
_COUNT_BY_TASK = Statement(
    select(
        _j.task,
        *(func.count().filter(is_in(state)).label(state.value) for state in _COUNTED),
        func.min(_j.run_at).filter(_is_due).label("due_since"),
    )
    .where(or_(*(is_in(state) for state in _COUNTED)))  # each is a partial index
    .group_by(_j.task),
    TaskCount,
)
_LIST_PERIODIC = Statement(
    select(_t.name, _t.next_at, _j.id.label("job_id"), _j.state, _j.error, _j.done_at)
    .select_from(periodic_ticks.outerjoin(jobs, and_(_j.task == _t.name, _j.key == PERIODIC)))
    .order_by(_t.name),
    PeriodicRun,
)


class JobOverview:
    """Reads of the whole queue."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def list_newest(
        self, *, state: JobState | None, task: str | None, account_id: UUID | None, limit: int
    ) -> list[Job]:
        """Return the newest jobs, of one state, one task, or one account where these are given."""
        return await self._db.fetch(_LIST, state=state and state.value, task=task, account_id=account_id, limit=limit)

    async def count_by_task(self, now: datetime) -> list[TaskCount]:
        """Return how many jobs of each task wait, run or are held."""
        return await self._db.fetch(_COUNT_BY_TASK, now=now)

    async def list_periodic(self) -> list[PeriodicRun]:
        """Return how all periodic work stands."""
        return await self._db.fetch(_LIST_PERIODIC)
