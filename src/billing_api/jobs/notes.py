"""What features note when a job is given up, cancelled, or set to run again: in the transaction in which it is."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NamedTuple

import structlog
from pydantic import ValidationError

from billing_api.jobs.model import Job, JobState
from billing_api.jobs.tasks import PayloadT, Task

log = structlog.get_logger(__name__)

JobNote = Callable[[PayloadT, JobState], Awaitable[None]]
"""Notes in the open transaction that a job is held, cancelled, or waits again because an operator retries it."""


class NotedTask(NamedTuple):
    """A task whose feature keeps a note, and the way to make the function that writes it."""

    task: Task[Any]
    make: Callable[[], JobNote[Any]]


class JobNotes:
    """The notes of all tasks that have one."""

    def __init__(self, noted: Mapping[str, NotedTask]) -> None:
        """Take the tasks by their names."""
        self._noted = noted

    async def note(self, job: Job, state: JobState) -> None:
        """Let the job's feature note the new state; a payload that can't be read has no note."""
        noted = self._noted.get(job.task)
        if noted is None:
            return
        try:
            payload = noted.task.read(job.payload)
        except ValidationError:
            log.warning("job_payload_unreadable", task=job.task, job=str(job.id))
            return
        await noted.make()(payload, state)
