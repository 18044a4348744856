"""The background work of all features, as a worker runs it."""

from collections.abc import Iterable, Sequence

from billing_api.config import Settings
from billing_api.core import Core
from billing_api.events.consuming import CONSUME_AGAIN, Consumers
from billing_api.events.relay import Relay
from billing_api.feature import Feature
from billing_api.jobs.callbacks import JobCallbacks
from billing_api.jobs.periodic import Timetable, handled_by
from billing_api.jobs.repository import Queue
from billing_api.jobs.running import BoundTask
from billing_api.jobs.service import Jobs
from billing_api.jobs.worker import Chore, Worker, WorkerLimits
from billing_api.parts import Parts

_TIMETABLE_SECONDS = 1.0
_EVENTS_SECONDS = 0.5


def make_worker(parts: Parts, settings: Settings, features: Sequence[Feature]) -> Worker:
    """Return a worker for the tasks, the periodic work and the consumers of these features. Raise ValueError."""
    core, queue = parts[Core], parts[Queue]
    relay, consumers = Relay(core.db, core.clock), make_consumers(parts, features)
    bound = [*_bound(parts, features), BoundTask(CONSUME_AGAIN, consumers.consume_again)]
    timetable = Timetable(core.db, core.clock, queue, [work for feature in features for work in feature.periodic])

    async def pass_events_on() -> None:
        await relay.number_all()
        await consumers.consume_all()

    return Worker(
        queue,
        parts[JobCallbacks],
        _by_name(bound),
        WorkerLimits(
            jobs_at_once=settings.worker_jobs_at_once,
            poll_seconds=settings.worker_poll_seconds,
            lease_seconds=settings.worker_lease_seconds,
            finish_seconds=settings.worker_finish_seconds,
        ),
        [
            Chore("timetable", timetable.enqueue_due, _TIMETABLE_SECONDS),
            Chore("events", pass_events_on, _EVENTS_SECONDS),
        ],
    )


def make_consumers(parts: Parts, features: Iterable[Feature]) -> Consumers:
    """Return the readers of events of these features."""
    core = parts[Core]
    handlers = {consumer: make(parts) for feature in features for consumer, make in feature.consumers.items()}
    return Consumers(core.db, core.clock, parts[Jobs], handlers)


def _bound(parts: Parts, features: Iterable[Feature]) -> Iterable[BoundTask]:
    for feature in features:
        yield from (BoundTask(task, make(parts)) for task, make in feature.tasks.items())
        yield from (BoundTask(work.task, handled_by(make(parts))) for work, make in feature.periodic.items())


def _by_name(bound: Sequence[BoundTask]) -> dict[str, BoundTask]:
    by_name = {one.task.name: one for one in bound}
    if len(by_name) < len(bound):
        names = [one.task.name for one in bound]
        raise ValueError(f"two tasks are named {next(name for name in names if names.count(name) > 1)}")
    return by_name
