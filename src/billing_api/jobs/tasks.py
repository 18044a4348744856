"""Kinds of jobs: each has a name, the type of its payload, and how long and how often it is tried."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from enum import IntEnum
from typing import Any, Generic, TypeVar
from uuid import UUID

from pydantic import TypeAdapter

from billing_api.jobs.errors import LeaseLostError
from billing_api.jobs.model import Job
from billing_api.jobs.repository import Queue

PayloadT = TypeVar("PayloadT")


@dataclass(frozen=True, slots=True)
class Backoff:
    """The wait after a failed attempt: `first`, then twice as long after each, and never more than `most`."""

    first: timedelta = timedelta(seconds=10)
    most: timedelta = timedelta(hours=1)

    def after(self, attempts: int) -> timedelta:
        """Return the wait after so many attempts."""
        doublings = min(attempts - 1, 30)  # a timedelta of more would overflow
        return min(self.first * (1 << doublings), self.most)


class Priority(IntEnum):
    """The order of jobs that are due: all of a lower number go first."""

    URGENT = 0  # someone waits for it
    PERIODIC = 1
    ORDINARY = 2


@dataclass(frozen=True, slots=True)
class Task(Generic[PayloadT]):
    """A kind of job, such as the sending of one mail.

    `payload` is a frozen dataclass of ids and plain values, which is stored as JSON: no personal data, which is read
    when the job runs. A job is tried `attempts` times, `seconds` long each, and then held. A `slow` one waits for
    another system, such as a mail server: a worker keeps one place free of such jobs, and runs one of an account at a
    time.
    """

    name: str  # of its feature and its verb: `mails.send`
    payload: type[PayloadT]
    attempts: int = 10
    backoff: Backoff = field(default_factory=Backoff)
    seconds: float = 60
    priority: Priority = Priority.ORDINARY
    slow: bool = False
    routine: bool = False  # its successes are logged at DEBUG alone

    def stored(self, payload: PayloadT) -> dict[str, Any]:
        """Return a payload as it is stored."""
        values: dict[str, Any] = TypeAdapter(self.payload).dump_python(payload, mode="json")
        return values

    def read(self, stored: dict[str, Any]) -> PayloadT:
        """Return a stored payload as a value. Raise pydantic's ValidationError."""
        return TypeAdapter(self.payload).validate_python(stored)


@dataclass(frozen=True, slots=True)
class KeyedJob(Generic[PayloadT]):
    """A job of an account that is wanted once: its task has one with this key."""

    key: str
    payload: PayloadT
    account_id: UUID


class JobRun:
    """One attempt at a job, for its handler."""

    def __init__(self, job: Job, task: Task[Any], queue: Queue) -> None:
        self._job = job
        self._task = task
        self._queue = queue
        self.is_finished = False

    @property
    def id(self) -> UUID:
        return self._job.id

    @property
    def attempt(self) -> int:
        """The number of this attempt, from 1 on."""
        return self._job.attempts

    @property
    def is_last_attempt(self) -> bool:
        return self._job.attempts >= self._task.attempts

    async def finish(self) -> None:
        """Mark the job as done in the handler's open transaction, so that its effect and its end are committed as one.

        A handler that changes the database alone is so carried out exactly once. Raise LeaseLostError when another
        worker has the job by now.
        """
        if not await self._queue.finish(self._job):
            raise LeaseLostError(self._job.id)
        self._queue.db.after_commit(self._note_finished)

    def _note_finished(self) -> None:
        self.is_finished = True


Handler = Callable[[PayloadT, JobRun], Awaitable[None]]
"""A handler gets the payload and the attempt. It runs outside of transactions and opens its own."""
