"""The metrics of the background work, as the database has them: they are there while no worker is."""

from datetime import datetime, timedelta

from prometheus_client import CollectorRegistry, Gauge

from billing_api.db.database import Database
from billing_api.events.relay import Relay
from billing_api.housekeeping import WORKED_BY_THE_WORKER
from billing_api.jobs.overview import JobOverview
from billing_api.kit.clock import Clock


class WorkMeasures:
    """Jobs by their state, periodic work that is overdue, and events that are not passed on yet."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._clock = clock
        self._jobs = JobOverview(db)
        self._relay = Relay(db, clock)
        self._works = [work for feature in WORKED_BY_THE_WORKER for work in feature.periodic]
        self._began_at = clock.now()

    async def add_to(self, registry: CollectorRegistry) -> None:
        """Add the metrics. Raise DatabaseUnavailableError."""
        now = self._clock.now()
        await self._add_jobs(registry, now)
        await self._add_periodic_work(registry, now)
        await self._add_events(registry, now)

    async def _add_jobs(self, registry: CollectorRegistry, now: datetime) -> None:
        jobs = Gauge("jobs", "Jobs that have not ended, by task and state", ["task", "state"], registry=registry)
        late = Gauge(
            "jobs_due_oldest_seconds", "Time since the longest waiting job was due", ["task"], registry=registry
        )
        for count in await self._jobs.count_by_task(now):
            for state in ("waiting", "running", "held"):
                jobs.labels(count.task, state).set(getattr(count, state))
            late.labels(count.task).set(_seconds(now - (count.due_since or now)))

    async def _add_periodic_work(self, registry: CollectorRegistry, now: datetime) -> None:
        overdue = Gauge(
            "periodic_work_overdue_seconds",
            "Time since periodic work should have succeeded again",
            ["task"],
            registry=registry,
        )
        done_at = {run.name: run.done_at for run in await self._jobs.list_periodic()}
        for work in self._works:
            last = done_at.get(work.name) or self._began_at
            overdue.labels(work.name).set(_seconds(now - last - work.every))

    async def _add_events(self, registry: CollectorRegistry, now: datetime) -> None:
        waiting = Gauge("events_unnumbered", "Events that the relay has not numbered yet", registry=registry)
        oldest = Gauge("events_unnumbered_oldest_seconds", "Age of the oldest of these events", registry=registry)
        behind = Gauge(
            "events_behind", "Numbered events that a consumer has not read yet", ["consumer"], registry=registry
        )
        backlog = await self._relay.backlog()
        waiting.set(backlog.unnumbered)
        oldest.set(_seconds(now - (backlog.oldest_at or now)))
        for consumer, count in backlog.behind.items():
            behind.labels(consumer).set(count)


def _seconds(time: timedelta) -> float:
    return max(time.total_seconds(), 0)
