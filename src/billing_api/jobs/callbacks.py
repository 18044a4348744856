"""Callbacks of features for jobs that are held, cancelled or retried, in the same transaction."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NamedTuple

import structlog
from pydantic import ValidationError

from billing_api.jobs.model import Job, JobState
from billing_api.jobs.tasks import PayloadT, Task

log = structlog.get_logger(__name__)

JobCallback = Callable[[PayloadT, JobState], Awaitable[None]]
"""Called in the open transaction when a job is held or cancelled, or waits again because an operator retries it."""


class TaskWithCallback(NamedTuple):
    """A task whose feature has a callback, and the way to make it."""

    task: Task[Any]
    make: Callable[[], JobCallback[Any]]


class JobCallbacks:
    """The callbacks of all tasks that have one."""

    def __init__(self, tasks: Mapping[str, TaskWithCallback]) -> None:
        """Take the tasks by their names."""
        self._tasks = tasks

    async def call(self, job: Job, state: JobState) -> None:
        """Call the callback of the job's task with the new state, unless the payload can't be read."""
        found = self._tasks.get(job.task)
        if found is None:
            return
        try:
            payload = found.task.read(job.payload)
        except ValidationError:
            log.warning("job_payload_unreadable", task=job.task, job=str(job.id))
            return
        await found.make()(payload, state)
