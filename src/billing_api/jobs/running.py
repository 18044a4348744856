"""One attempt at a job: the handler runs within its time, and the outcome is recorded."""

import asyncio
import logging
from collections.abc import Mapping
from datetime import timedelta
from time import perf_counter
from typing import Any, NamedTuple

import structlog

from billing_api.db.database import Database, in_transaction
from billing_api.db.retries import patiently
from billing_api.jobs.callbacks import JobCallbacks
from billing_api.jobs.errors import GiveUpError, LeaseLostError, TryAgainError
from billing_api.jobs.failures import error_text
from billing_api.jobs.model import Job, JobState
from billing_api.jobs.repository import Queue
from billing_api.jobs.tasks import Handler, JobRun, Task
from billing_api.kit.context import begin_request
from billing_api.kit.metrics import JOB_SECONDS

log = structlog.get_logger(__name__)

# A job that takes its worker along is tried alone, and set aside after so many times.
MOST_CRASHES = 3
_TAKEN_BACK_AT_ONCE = 100
LOST = "the worker died, or did not renew its lease"


class BoundTask(NamedTuple):
    """A task with the handler of this process."""

    task: Task[Any]
    handle: Handler[Any]


class Attempts:
    """Carries out attempts at jobs and records their outcomes."""

    def __init__(self, queue: Queue, callbacks: JobCallbacks) -> None:
        self.db: Database = queue.db
        self._queue = queue
        self._callbacks = callbacks

    async def run(self, job: Job, bound: BoundTask) -> str:
        """Run a job's handler and record the outcome, which is returned. An attempt that is cancelled records none."""
        begin_request(str(job.id), None)  # the audit log and the log lines name the job
        began = perf_counter()
        outcome = "unrecorded"  # the database is away for longer than is waited for
        try:
            outcome = await self._run(job, bound)
        except asyncio.CancelledError:
            outcome = "interrupted"
            raise
        finally:
            seconds = perf_counter() - began
            JOB_SECONDS.labels(job.task, outcome).observe(seconds)
            level = logging.DEBUG if bound.task.routine and outcome == "done" else logging.INFO
            log.log(
                level, "job", task=job.task, attempt=job.attempts, outcome=outcome, milliseconds=round(seconds * 1000)
            )
        return outcome

    async def _run(self, job: Job, bound: BoundTask) -> str:
        run = JobRun(job, bound.task, self._queue)
        try:
            async with asyncio.timeout(bound.task.seconds):
                await bound.handle(bound.task.read(job.payload), run)
        except LeaseLostError:
            return "lost"
        except Exception as error:  # noqa: BLE001 - of any kind: it is recorded with the job
            if run.is_finished:
                log.warning("job_failed_after_its_end", error=type(error).__name__)
                return "done"
            failure = error
        else:
            # Repeated past a lost commit: the lease is gone then, and the second try changes nothing.
            return "done" if run.is_finished else await patiently(lambda: self._finish(job))
        return await patiently(lambda: self._fail(job, bound.task, failure))

    @in_transaction
    async def _finish(self, job: Job) -> str:
        return "done" if await self._queue.finish(job) else "lost"

    @in_transaction
    async def _fail(self, job: Job, task: Task[Any], error: Exception) -> str:
        words = error_text(error)
        gives_up = isinstance(error, GiveUpError) or job.attempts >= task.attempts
        is_expected = isinstance(error, GiveUpError | TryAgainError)
        log.warning("job_failed", error=words, gives_up=gives_up, exc_info=None if is_expected else error)
        if gives_up:
            return "held" if await self._hold(job, words) else "lost"
        after = task.backoff.after(job.attempts)
        # The worker has outlived it, so it need not run alone again.
        kept = await self._queue.wait(job, after=after, attempts=job.attempts, crashes=0, error=words)
        return "failed" if kept else "lost"

    @in_transaction
    async def give_back(self, job: Job) -> bool:
        """Let another worker run a job that this one has interrupted; the attempt does not count."""
        return await self._queue.wait(job, after=timedelta(), attempts=job.attempts - 1, crashes=job.crashes)

    @in_transaction
    async def take_back(self, tasks: Mapping[str, BoundTask]) -> int:
        """Let those jobs run again whose worker is gone, and hold those that lost too many; return their number."""
        lapsed = await self._queue.list_lapsed(tasks.keys(), limit=_TAKEN_BACK_AT_ONCE)
        for job in lapsed:
            task, crashes = tasks[job.task].task, job.crashes + 1
            log.warning("job_lost_its_worker", task=job.task, job=str(job.id), worker=job.worker, crashes=crashes)
            if crashes >= MOST_CRASHES or job.attempts >= task.attempts:
                await self._hold(job, LOST, crashes=crashes)
            else:
                await self._queue.wait(job, after=timedelta(), attempts=job.attempts, crashes=crashes, error=LOST)
        return len(lapsed)

    async def _hold(self, job: Job, error: str, *, crashes: int | None = None) -> bool:
        """Set a job aside, and let its feature note it; return whether the attempt still had its lease."""
        is_held = await self._queue.hold(job, error, crashes=crashes)
        if is_held:
            await self._callbacks.call(job, JobState.HELD)
        return is_held
