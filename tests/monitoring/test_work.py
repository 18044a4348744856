"""The metrics of the background work come from the database, whatever runs."""

from datetime import timedelta
from functools import partial

from prometheus_client import CollectorRegistry

from billing_api.core import Core
from billing_api.db.database import Database
from billing_api.events.consuming import Consumer
from billing_api.housekeeping import WORKED_BY_THE_WORKER
from billing_api.jobs.periodic import Timetable
from billing_api.jobs.repository import Queue
from billing_api.work_measures import WorkMeasures
from tests.factories.clock import MovableClock
from tests.fixtures.shop import Shop
from tests.jobs.program import GIVE_UP, NOTE


class Watch:
    """The metrics at a time that the test sets."""

    def __init__(self, shop: Shop) -> None:
        self.clock = MovableClock()
        core = shop.parts[Core]
        self._measures = WorkMeasures(core.db, self.clock)

    async def read(self, name: str, **labels: str) -> float | None:
        """Return one metric."""
        registry = CollectorRegistry()
        await self._measures.add_to(registry)
        return registry.get_sample_value(name, labels)


async def test_jobs_by_state_and_the_longest_wait(shop: Shop) -> None:
    watch, queue = Watch(shop), shop.parts[Queue]
    await shop.enqueue(GIVE_UP)
    (job,) = await queue.start([GIVE_UP.name], limit=1, is_idle=True, lease=timedelta(minutes=1), worker="w")
    assert await watch.read("jobs", task=GIVE_UP.name, state="running") == 1
    await shop.parts[Database].run(lambda: queue.hold(job, "x"))
    await shop.enqueue(NOTE)
    await shop.enqueue(NOTE, run_at=watch.clock.now() + timedelta(days=1))
    assert await watch.read("jobs", task=GIVE_UP.name, state="held") == 1
    assert await watch.read("jobs", task=NOTE.name, state="waiting") == 2
    watch.clock.forward(minutes=10)
    late = await watch.read("jobs_due_oldest_seconds", task=NOTE.name)
    assert late is not None
    assert 590 < late <= 600
    assert await watch.read("jobs_due_oldest_seconds", task=GIVE_UP.name) == 0


async def test_periodic_work_is_overdue_also_when_no_worker_ever_ran(shop: Shop) -> None:
    watch = Watch(shop)
    assert await watch.read("periodic_work_overdue_seconds", task="payments.reconcile") == 0
    watch.clock.forward(minutes=31)
    assert await watch.read("periodic_work_overdue_seconds", task="payments.reconcile") == 30 * 60


async def test_success_of_periodic_work_counts_and_a_failure_after_it_does_not(shop: Shop) -> None:
    watch, db = Watch(shop), shop.parts[Database]
    queue = Queue(db, watch.clock)
    works = [work for feature in WORKED_BY_THE_WORKER for work in feature.periodic if work.name == "payments.reconcile"]
    for succeeds in (True, False):
        watch.clock.forward(minutes=31)
        await Timetable(db, watch.clock, queue, works).enqueue_due()
        lease = timedelta(minutes=1)
        (job,) = await queue.start([works[0].name], limit=1, is_idle=True, lease=lease, worker="w")
        await db.run(partial(queue.finish, job) if succeeds else partial(queue.hold, job, "an outage"))
        overdue = await watch.read("periodic_work_overdue_seconds", task="payments.reconcile")
        assert overdue == (0 if succeeds else 30 * 60)


def test_no_consumer_has_the_name_of_the_relay() -> None:
    """Both have a position of their name."""
    names = [consumer.name for feature in WORKED_BY_THE_WORKER for consumer in feature.consumers]
    assert "relay" not in names
    assert len(set(names)) == len(names)
    assert all(isinstance(consumer, Consumer) for feature in WORKED_BY_THE_WORKER for consumer in feature.consumers)
