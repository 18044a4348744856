"""The background work of all features, as a worker runs it."""

from collections.abc import Iterable

from billing_api.config import Settings
from billing_api.core import Core
from billing_api.feature import Feature
from billing_api.jobs.periodic import Periodic, Timetable, handled_by
from billing_api.jobs.repository import Queue
from billing_api.jobs.running import Bound
from billing_api.jobs.worker import Chore, Worker, WorkerLimits
from billing_api.parts import Parts

_TIMETABLE_SECONDS = 1.0


def make_worker(parts: Parts, settings: Settings, features: Iterable[Feature]) -> Worker:
    """Return a worker for the tasks and the periodic work of these features."""
    core, queue = parts[Core], parts[Queue]
    tasks, periodic = _bound(parts, features)
    timetable = Timetable(core.db, core.clock, queue, periodic)
    limits = WorkerLimits(
        jobs_at_once=settings.worker_jobs_at_once,
        poll_seconds=settings.worker_poll_seconds,
        lease_seconds=settings.worker_lease_seconds,
        finish_seconds=settings.worker_finish_seconds,
    )
    return Worker(queue, tasks, limits, [Chore("timetable", timetable.enqueue_due, _TIMETABLE_SECONDS)])


def _bound(parts: Parts, features: Iterable[Feature]) -> tuple[dict[str, Bound], list[Periodic]]:
    """Return the tasks of features with their handlers by name, and the periodic work. Raise ValueError."""
    tasks: dict[str, Bound] = {}
    periodic: list[Periodic] = []
    for feature in features:
        bound = [Bound(task, make(parts)) for task, make in feature.tasks.items()]
        bound += [Bound(work.task, handled_by(make(parts))) for work, make in feature.periodic.items()]
        for one in bound:
            if one.task.name in tasks:
                raise ValueError(f"two tasks are named {one.task.name}")
            tasks[one.task.name] = one
        periodic += feature.periodic
    return tasks, periodic
