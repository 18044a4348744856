"""The SQL of the queue.

Leases are measured by the database's clock: those of two machines may differ by more than a lease lasts.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Interval,
    Text,
    and_,
    any_,
    bindparam,
    case,
    false,
    func,
    literal,
    literal_column,
    not_,
    null,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, TIMESTAMP, insert
from sqlalchemy.types import Uuid

from billing_api.db.database import Database, in_transaction
from billing_api.db.pruning import delete_some, prune
from billing_api.db.statements import (
    Command,
    Statement,
    arrays_of,
    columns_of,
    insert_many,
    parameters,
    values_of,
)
from billing_api.jobs.model import Job, JobState, jobs
from billing_api.kit.clock import Clock
from billing_api.kit.ids import new_id


@dataclass(frozen=True, slots=True)
class KeyedState:
    """The state of the job that its task has with a key."""

    key: str
    state: JobState


PERIODIC = "periodic"
"""The key of the one job of each periodic work."""


def is_in(state: JobState) -> ColumnElement[bool]:
    """Return the condition on the state as a constant: a plan that is made once finds the partial index by it."""
    return _j.state == literal_column(f"'{state.value}'", Text())


_j = jobs.c
_JOB = columns_of(jobs, Job)
_THIS = _j.id == bindparam("id")
_HAS_LEASE = and_(_THIS, _j.lease_id == bindparam("lease_id"))
_NO_LEASE = {"lease_id": null(), "leased_until": null()}
_KNOWN = _j.task == any_(bindparam("tasks", type_=ARRAY(Text())))
_DUE = and_(is_in(JobState.WAITING), _j.run_at <= bindparam("now"), _KNOWN)
_UNTIL = func.clock_timestamp() + bindparam("lease", type_=Interval())

_ADD = Statement(
    insert(jobs).on_conflict_do_nothing(index_elements=["task", "key"]).returning(_j.id),
    UUID,
)
_ADD_ALL = Command(insert_many(jobs).on_conflict_do_nothing(index_elements=["task", "key"]))
_STATES = Statement(
    select(_j.key, _j.state).where(
        _j.task == bindparam("task"), _j.key == any_(bindparam("keys", type_=ARRAY(Text())))
    ),
    KeyedState,
)
_FIND_BY_KEY = Statement(select(_j.id).where(_j.task == bindparam("task"), _j.key == bindparam("key")), UUID)
_FIND = Statement(select(*_JOB).where(_THIS), Job)
_LOCK = Statement(select(*_JOB).where(_THIS).with_for_update(), Job)

_suspect = select(_j.id).where(_DUE, _j.crashes > 0).order_by(_j.run_at).limit(1).with_for_update(skip_locked=True)
_is_slow = _j.task == any_(bindparam("slow_tasks", type_=ARRAY(Text())))
_has_one = _j.account_id == any_(bindparam("busy_accounts", type_=ARRAY(Uuid())))
_next = (
    select(_j.id)
    .where(_DUE, _j.crashes == 0, not_(and_(_is_slow, func.coalesce(_has_one, false()))))
    .order_by(_j.priority, _j.run_at)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True)
    .cte("due")
)
_STARTED = {
    "state": literal(JobState.RUNNING.value),
    "attempts": _j.attempts + 1,
    "leased_until": _UNTIL,
    **parameters("lease_id", "worker"),
    "started_at": bindparam("now"),
    "ended_at": null(),
}
_FIND_SUSPECT = Statement(_suspect, UUID)
_START = Statement(update(jobs).where(_THIS).values(_STARTED).returning(*_JOB), Job)
_START_NEXT = Statement(update(jobs).where(_j.id == _next.c.id).values(_STARTED).returning(*_JOB), Job)
_RENEW = Statement(
    update(jobs)
    .where(
        _j.id == any_(bindparam("ids", type_=ARRAY(Uuid()))),
        _j.lease_id == any_(bindparam("lease_ids", type_=ARRAY(Uuid()))),
    )
    .values(leased_until=_UNTIL)
    .returning(_j.id),
    UUID,
)
_LAPSED = Statement(
    select(*_JOB)
    .where(is_in(JobState.RUNNING), _j.leased_until < func.clock_timestamp(), _KNOWN)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True),
    Job,
)
_END = Command(
    update(jobs)
    .where(_HAS_LEASE)
    .values(
        _NO_LEASE
        | parameters("state", "ended_at", "crashes")
        | {"done_at": func.coalesce(bindparam("done_at", type_=TIMESTAMP(timezone=True)), _j.done_at)}
        | {"error": func.coalesce(bindparam("error", type_=Text()), _j.error)}
    )
)
_WAIT = Command(
    update(jobs)
    .where(_HAS_LEASE)
    .values(
        _NO_LEASE
        | {"state": literal(JobState.WAITING.value), "error": func.coalesce(bindparam("error", type_=Text()), _j.error)}
        | parameters("run_at", "attempts", "crashes")
    )
)
_RETRY = Command(
    update(jobs)
    .where(_THIS)
    .values(state=JobState.WAITING.value, run_at=bindparam("now"), attempts=0, crashes=0, ended_at=null())
)
_CANCEL = Command(
    update(jobs).where(_THIS).values(_NO_LEASE | {"state": JobState.CANCELLED.value, "ended_at": bindparam("now")})
)
_REMOVE = delete_some(
    jobs,
    literal_column("state IN ('done', 'cancelled')", Boolean()),  # as the partial index has it
    _j.ended_at <= bindparam("before"),
)
_again = insert(jobs)
_BEGIN_AGAIN = Statement(
    _again.on_conflict_do_update(
        index_elements=["task", "key"],
        set_={name: _again.excluded[name] for name in ("payload", "state", "run_at", "attempts", "ended_at")},
        # One that killed its workers waits for an operator; any other failure is tried at the next tick.
        where=case(
            (_j.state == JobState.HELD.value, _j.crashes < bindparam("crashes_allowed")),
            else_=_j.state == any_(literal([JobState.DONE.value, JobState.CANCELLED.value], ARRAY(Text()))),
        ),
    ).returning(_j.id),
    UUID,
)


class Queue:
    """The jobs as rows: enqueued, started under a lease, ended."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self.db = db
        self._clock = clock

    async def add(self, job: Job) -> UUID:
        """Insert a job in the open transaction, unless its task has one with this key; return the id of either."""
        added = await self.db.fetch_one(_ADD, **values_of(job))
        if added is None:
            added = await self.db.fetch_one(_FIND_BY_KEY, task=job.task, key=job.key)
        assert added is not None  # a job with a key is not removed before its end is days ago
        return added

    async def add_all(self, new: Sequence[Job]) -> Mapping[str, JobState]:
        """Insert jobs of one task as `add` does; return the state of the job of each key, in two round trips."""
        await self.db.execute(_ADD_ALL, **arrays_of(new))
        found = await self.db.fetch(_STATES, task=new[0].task, keys=[job.key for job in new])
        return {one.key: one.state for one in found}

    async def begin_again(self, job: Job, *, crashes_allowed: int) -> bool:
        """Insert a job of a periodic work, or begin the one with its key again; return whether one is due now.

        None is while the last one waits or runs, or is held because it killed its workers.
        """
        values = values_of(job)
        return await self.db.fetch_one(_BEGIN_AGAIN, **values, crashes_allowed=crashes_allowed) is not None

    async def find(self, job_id: UUID) -> Job | None:
        """Return one job, or None."""
        return await self.db.fetch_one(_FIND, id=job_id)

    async def lock(self, job_id: UUID) -> Job | None:
        """Return one job under its lock, or None."""
        return await self.db.fetch_one(_LOCK, id=job_id)

    @in_transaction
    async def start(
        self,
        tasks: Collection[str],
        *,
        limit: int,
        is_idle: bool,
        lease: timedelta,
        worker: str,
        slow_tasks: Collection[str] = (),
        busy_accounts: Collection[UUID] = (),
    ) -> list[Job]:
        """Start jobs of these tasks that are due, at most `limit`, and return them with their leases.

        Of the `slow_tasks` among them, none of a busy account is started. One whose worker died goes first, and alone:
        it may have killed the worker, and must not take others with it. Until the worker is idle, none is started then.
        """
        started = {"now": self._clock.now(), "lease": lease, "lease_id": new_id(), "worker": worker}
        suspect = await self.db.fetch_one(_FIND_SUSPECT, tasks=list(tasks), now=started["now"])
        if suspect is None:
            lanes = {"slow_tasks": list(slow_tasks), "busy_accounts": list(busy_accounts)}
            return await self.db.fetch(_START_NEXT, tasks=list(tasks), limit=limit, **lanes, **started)
        return await self.db.fetch(_START, id=suspect, **started) if is_idle else []

    @in_transaction
    async def renew(self, running: Collection[Job], *, lease: timedelta) -> set[UUID]:
        """Renew the leases of these jobs, and return the ids of those that the worker still has."""
        ids, lease_ids = [job.id for job in running], [job.lease_id for job in running]
        return set(await self.db.fetch(_RENEW, ids=ids, lease_ids=lease_ids, lease=lease))

    async def list_lapsed(self, tasks: Collection[str], *, limit: int) -> list[Job]:
        """Return jobs under their locks whose lease has lapsed: their worker is gone, or hangs."""
        return await self.db.fetch(_LAPSED, tasks=list(tasks), limit=limit)

    async def finish(self, job: Job) -> bool:
        """Mark a job as done; return whether the attempt still had its lease."""
        return await self._end(job, JobState.DONE, None, job.crashes)

    async def hold(self, job: Job, error: str, *, crashes: int | None = None) -> bool:
        """Set a job aside for an operator; return whether the attempt still had its lease."""
        return await self._end(job, JobState.HELD, error, job.crashes if crashes is None else crashes)

    async def _end(self, job: Job, state: JobState, error: str | None, crashes: int) -> bool:
        values = {"id": job.id, "lease_id": job.lease_id, "state": state.value, "error": error, "crashes": crashes}
        now = self._clock.now()
        done_at = now if state is JobState.DONE else None
        return await self.db.execute(_END, ended_at=now, done_at=done_at, **values) == 1

    async def wait(self, job: Job, *, after: timedelta, attempts: int, crashes: int, error: str | None = None) -> bool:
        """Let a job wait for its next attempt; return whether the attempt still had its lease."""
        values: dict[str, Any] = {"attempts": attempts, "crashes": crashes, "error": error}
        run_at = self._clock.now() + after
        return await self.db.execute(_WAIT, id=job.id, lease_id=job.lease_id, run_at=run_at, **values) == 1

    async def retry(self, job: Job, now: datetime) -> None:
        """Let a job run again, with all its attempts."""
        await self.db.execute(_RETRY, id=job.id, now=now)

    async def cancel(self, job: Job, now: datetime) -> None:
        """End a job; the worker that runs it finds its lease gone."""
        await self.db.execute(_CANCEL, id=job.id, now=now)

    async def prune(self, before: datetime) -> int:
        """Remove the jobs that were done or cancelled before, and return their number."""
        return await prune(self.db, lambda limit: self.db.execute(_REMOVE, before=before, limit=limit))
