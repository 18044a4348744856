"""Jobs: enqueued within the transaction that needs them, and looked after by operators."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from billing_api.db.database import Database, in_transaction
from billing_api.jobs.callbacks import JobCallbacks
from billing_api.jobs.errors import JobNotFoundError, JobStateError
from billing_api.jobs.model import Job, JobState
from billing_api.jobs.repository import Queue
from billing_api.jobs.tasks import KeyedJob, PayloadT, Task
from billing_api.kit.clock import Clock
from billing_api.kit.ids import new_id

_ENDED = (JobState.DONE, JobState.CANCELLED)


class Jobs:
    """The queue, as services and operators use it."""

    def __init__(self, db: Database, clock: Clock, callbacks: JobCallbacks, *, keep: timedelta) -> None:
        """Take how long a job is kept after its end."""
        self.db = db
        self._clock = clock
        self._callbacks = callbacks
        self._keep = keep
        self._queue = Queue(db, clock)

    async def enqueue(
        self,
        task: Task[PayloadT],
        payload: PayloadT,
        *,
        run_at: datetime | None = None,
        key: str | None = None,
        account_id: UUID | None = None,
    ) -> UUID:
        """Add a job in the open transaction, and return its id: it runs once that is committed, and never when not.

        It runs at once, or not before `run_at`. Where the task has a job with this `key`, which is kept for some days
        after its end, none is added and the id is that one's. Raise NoTransactionError.
        """
        return await self._queue.add(new_job(task, payload, self._clock.now(), run_at, key, account_id))

    async def enqueue_all(self, task: Task[PayloadT], wanted: Sequence[KeyedJob[PayloadT]]) -> Mapping[str, JobState]:
        """Add jobs of one task as `enqueue` does, in two round trips however many they are.

        Return, for each key, the state of its job, which may be an earlier one. Raise NoTransactionError.
        """
        if not wanted:
            return {}
        now = self._clock.now()
        return await self._queue.add_all(
            [new_job(task, one.payload, now, key=one.key, account_id=one.account_id) for one in wanted]
        )

    async def get(self, job_id: UUID) -> Job:
        """Return one job. Raise JobNotFoundError."""
        job = await self._queue.find(job_id)
        if job is None:
            raise JobNotFoundError(job_id)
        return job

    @in_transaction
    async def retry(self, job_id: UUID) -> Job:
        """Let a held or cancelled job run again now, with all its attempts. Raise JobNotFoundError, JobStateError."""
        job = await self._lock(job_id)
        if job.state not in {JobState.HELD, JobState.CANCELLED}:
            raise JobStateError(job_id, job.state, "retried")
        await self._queue.retry(job, self._clock.now())
        await self._callbacks.call(job, JobState.WAITING)
        return await self.get(job_id)

    @in_transaction
    async def cancel(self, job_id: UUID) -> Job:
        """End a job that is not done; one that runs is interrupted. Raise JobNotFoundError, JobStateError."""
        job = await self._lock(job_id)
        if job.state in _ENDED:
            raise JobStateError(job_id, job.state, "cancelled")
        await self._queue.cancel(job, self._clock.now())
        await self._callbacks.call(job, JobState.CANCELLED)
        return await self.get(job_id)

    async def prune(self) -> int:
        """Remove the jobs that were done or cancelled some days ago, and return their number."""
        return await self._queue.prune(self._clock.now() - self._keep)

    async def _lock(self, job_id: UUID) -> Job:
        job = await self._queue.lock(job_id)
        if job is None:
            raise JobNotFoundError(job_id)
        return job


def new_job(
    task: Task[PayloadT],
    payload: PayloadT,
    now: datetime,
    run_at: datetime | None = None,
    key: str | None = None,
    account_id: UUID | None = None,
) -> Job:
    """Return a job that waits."""
    return Job(
        id=new_id(),
        task=task.name,
        key=key,
        account_id=account_id,
        payload=task.stored(payload),
        priority=task.priority,
        state=JobState.WAITING,
        run_at=run_at or now,
        attempts=0,
        crashes=0,
        lease_id=None,
        leased_until=None,
        worker=None,
        error=None,
        created_at=now,
        started_at=None,
        ended_at=None,
        done_at=None,
    )
