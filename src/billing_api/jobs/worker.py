"""The worker: takes jobs that are due, a few at once, renews their leases, and ends within a bound."""

import asyncio
import os
import socket
import time
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

import structlog

from billing_api.errors import UnavailableError
from billing_api.jobs.callbacks import JobCallbacks
from billing_api.jobs.model import Job
from billing_api.jobs.repository import Queue
from billing_api.jobs.running import Attempts, BoundTask

log = structlog.get_logger(__name__)

_RENEWALS = 3  # within one lease
# For handlers to end once they are cancelled. One that does not keeps its lease, which lapses.
_CANCEL_SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerLimits:
    """How a worker works: jobs at once, the pause between two looks, the lease, and the bound of its stopping."""

    jobs_at_once: int = 4
    poll_seconds: float = 1.0
    lease_seconds: float = 60.0
    finish_seconds: float = 30.0


@dataclass(frozen=True, slots=True)
class Chore:
    """Work of the worker itself, done again and again with a pause between; several workers may do it at once."""

    name: str
    work: Callable[[], Awaitable[object]]
    every_seconds: float


class Worker:
    """Runs jobs and chores until it is told to stop."""

    def __init__(
        self,
        queue: Queue,
        callbacks: JobCallbacks,
        tasks: Mapping[str, BoundTask],
        limits: WorkerLimits,
        chores: Sequence[Chore],
    ) -> None:
        self._queue = queue
        self._attempts = Attempts(queue, callbacks)
        self._tasks = dict(tasks)
        self._slow = frozenset(name for name, bound in tasks.items() if bound.task.slow)
        self._limits = limits
        self._lease = timedelta(seconds=limits.lease_seconds)
        self._chores = chores
        self._name = f"{socket.gethostname()}:{os.getpid()}"
        self._running: dict[asyncio.Task[None], Job] = {}
        self._renewed_at = time.monotonic()
        self._stopping = asyncio.Event()
        self._wake = asyncio.Event()

    def stop(self) -> None:
        """Take no new jobs from now on: `run` returns once those that run have ended, or the bound is over.

        Called a second time, it interrupts them at once.
        """
        if self._stopping.is_set():
            self._interrupt(self._running)
        self._stopping.set()
        self._wake.set()

    async def run(self) -> bool:
        """Work until `stop`; return whether every handler has ended by then."""
        log.info("worker_started", worker=self._name, tasks=sorted(self._tasks))
        pause = self._limits.lease_seconds / _RENEWALS
        # Leases are renewed to the very end; the chores end with the taking of jobs.
        renewing = asyncio.create_task(_repeat(Chore("renew", self._renew, pause)))
        chores = [
            asyncio.create_task(_repeat(chore)) for chore in (*self._chores, Chore("take_back", self._take_back, pause))
        ]
        try:
            await self._take_jobs()
            await _cancelled(chores)
            return await self._end()
        finally:
            await _cancelled([*chores, renewing])
            log.info("worker_stopped", worker=self._name, left=len(self._running))

    async def _take_jobs(self) -> None:
        while not self._stopping.is_set():
            self._wake.clear()
            await _guarded("take", self._take)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), self._limits.poll_seconds)

    async def _take(self) -> None:
        """Start jobs while there are places: slow ones one by one, and in all places but one."""
        while self._slow_places > 0:
            if not await self._start(self._tasks, limit=1):
                return  # nothing is due
        await self._start(self._tasks.keys() - self._slow, limit=self._places)

    @property
    def _places(self) -> int:
        """The places that are free; none beside a job that must be alone."""
        is_alone = any(job.crashes for job in self._running.values())
        return 0 if is_alone else self._limits.jobs_at_once - len(self._running)

    @property
    def _slow_places(self) -> int:
        """The places that a slow job may take. A worker with a single place gives it to any job."""
        most = max(1, self._limits.jobs_at_once - 1)
        return min(self._places, most - sum(job.task in self._slow for job in self._running.values()))

    async def _start(self, tasks: Collection[str], *, limit: int) -> bool:
        """Start due jobs of these tasks, and return whether there were any."""
        if limit <= 0:
            return False
        started = await self._queue.start(
            tasks,
            limit=limit,
            is_idle=not self._running,
            lease=self._lease,
            worker=self._name,
            slow_tasks=self._slow,
            busy_accounts={
                job.account_id for job in self._running.values() if job.task in self._slow and job.account_id
            },
        )
        for job in started:
            task = asyncio.create_task(self._work(job))
            self._running[task] = job
            task.add_done_callback(self._note_end)
        return bool(started)

    def _note_end(self, task: asyncio.Task[None]) -> None:
        del self._running[task]
        self._wake.set()

    async def _work(self, job: Job) -> None:
        try:
            await _guarded("record", lambda: self._attempts.run(job, self._tasks[job.task]))
        except asyncio.CancelledError:
            # The worker stops; or the lease is lost already, and nothing changes.
            await _guarded("give_back", lambda: self._attempts.give_back(job))

    async def _renew(self) -> None:
        """Renew the leases, and interrupt the jobs that this worker has no longer, or can't know to have."""
        jobs = dict(self._running)
        began = time.monotonic()
        try:
            kept = await self._queue.renew(jobs.values(), lease=self._lease) if jobs else set()
        except UnavailableError:
            if time.monotonic() - self._renewed_at > self._limits.lease_seconds:
                log.warning("leases_lapsed", jobs=len(jobs))
                self._interrupt(jobs)
            raise
        self._renewed_at = began
        self._interrupt(task for task, job in jobs.items() if job.id not in kept)

    def _interrupt(self, tasks: Iterable[asyncio.Task[None]]) -> None:
        for task in list(tasks):
            if not task.cancelling():  # a second time would interrupt the giving back
                task.cancel()

    async def _take_back(self) -> None:
        await self._attempts.take_back(self._tasks)
        self._wake.set()

    async def _end(self) -> bool:
        """Wait for the jobs that run, interrupt those that take too long, and return whether all have ended."""
        if self._running:
            log.info("worker_stopping", jobs=len(self._running), within_seconds=self._limits.finish_seconds)
            await asyncio.wait(self._running, timeout=self._limits.finish_seconds)
        self._interrupt(self._running)
        if self._running:
            await asyncio.wait(self._running, timeout=_CANCEL_SECONDS)
        return not self._running


async def _repeat(chore: Chore) -> None:
    while True:
        await _guarded(chore.name, chore.work)
        await asyncio.sleep(chore.every_seconds)


async def _guarded(name: str, work: Callable[[], Awaitable[object]]) -> None:
    """Do a part of the worker's own work; whatever fails is tried again at its next turn."""
    try:
        await work()
    except UnavailableError as error:
        log.warning("worker_waits_for_the_database", chore=name, error=type(error).__name__)
    except Exception:
        log.exception("chore_failed", chore=name)


async def _cancelled(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
