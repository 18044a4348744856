"""Work by the clock: each tick once, missed ones as one, and never two at a time."""

from datetime import UTC, datetime, timedelta

import pytest

from billing_api.db.database import Database
from billing_api.jobs.model import Job, JobState
from billing_api.jobs.periodic import Periodic, Tick, Timetable
from billing_api.jobs.repository import Queue
from billing_api.jobs.running import MOST_CRASHES
from tests.factories.clock import MovableClock
from tests.fixtures.shop import Shop

ROUND = Periodic("tests.round", every=timedelta(minutes=10))


class Rounds:
    """A timetable whose clock the test moves, and the one job of its work."""

    def __init__(self, shop: Shop, work: Periodic = ROUND, clock: MovableClock | None = None) -> None:
        self.clock = clock or _at_half_past()
        self.work = work
        self.db = shop.parts[Database]
        self.queue = Queue(self.db, self.clock)
        self.timetable = Timetable(self.db, self.clock, self.queue, [work])

    async def start(self) -> Job | None:
        """Enqueue what is due, and start it."""
        await self.timetable.enqueue_due()
        lease = timedelta(minutes=1)
        started = await self.queue.start([self.work.name], limit=9, is_idle=True, lease=lease, worker="w")
        assert len(started) < 2
        return started[0] if started else None

    async def run(self) -> Tick | None:
        """Run what is due, and return its ticks."""
        job = await self.start()
        if job is None:
            return None
        await self.db.run(lambda: self.queue.finish(job))
        return self.work.task.read(job.payload)


def _at_half_past() -> MovableClock:
    clock = MovableClock()
    clock.time = datetime(2026, 11, 27, 4, 32, tzinfo=UTC)
    return clock


@pytest.fixture
def rounds(shop: Shop) -> Rounds:
    """A timetable of work that is new."""
    return Rounds(shop)


async def test_new_work_is_due_at_once_and_then_at_each_tick(rounds: Rounds) -> None:
    assert await rounds.run() is not None
    assert await rounds.run() is None
    rounds.clock.forward(minutes=10)
    tick = await rounds.run()
    assert tick is not None
    assert tick.first == tick.last == ROUND.last_tick(rounds.clock.now())
    assert await rounds.run() is None


async def test_missed_ticks_are_run_once(rounds: Rounds) -> None:
    await rounds.run()
    began = ROUND.last_tick(rounds.clock.now())
    rounds.clock.forward(hours=5)
    tick = await rounds.run()
    assert tick == Tick(first=began + ROUND.every, last=ROUND.last_tick(rounds.clock.now()))
    assert await rounds.run() is None


async def test_tick_is_left_out_while_the_last_one_runs(rounds: Rounds) -> None:
    job = await rounds.start()
    assert job is not None
    rounds.clock.forward(minutes=10)
    assert await rounds.start() is None
    await rounds.db.run(lambda: rounds.queue.finish(job))
    assert await rounds.start() is None
    rounds.clock.forward(minutes=10)
    assert await rounds.start() is not None


async def test_tick_begins_anew_what_was_held(rounds: Rounds) -> None:
    job = await rounds.start()
    assert job is not None
    await rounds.db.run(lambda: rounds.queue.hold(job, "an outage"))
    rounds.clock.forward(minutes=10)
    again = await rounds.start()
    assert again is not None
    assert (again.id, again.attempts, again.error) == (job.id, 1, "an outage")


async def test_work_that_killed_its_workers_waits_for_an_operator(rounds: Rounds, shop: Shop) -> None:
    job = await rounds.start()
    assert job is not None
    await rounds.db.run(lambda: rounds.queue.hold(job, "killed", crashes=MOST_CRASHES))
    rounds.clock.forward(minutes=10)
    assert await rounds.start() is None
    await shop.jobs.retry(job.id)
    assert (await shop.jobs.get(job.id)).state is JobState.WAITING


async def test_shorter_interval_counts_from_the_next_start(rounds: Rounds, shop: Shop) -> None:
    await rounds.run()
    rounds.clock.forward(minutes=1)
    sooner = Rounds(shop, Periodic(ROUND.name, every=timedelta(minutes=1)), rounds.clock)
    assert await sooner.run() is None
    rounds.clock.forward(minutes=1)
    assert await sooner.run() is not None


async def test_work_of_another_version_is_left_alone(rounds: Rounds, shop: Shop) -> None:
    await rounds.run()
    other = Rounds(shop, Periodic("tests.other", every=ROUND.every), rounds.clock)
    rounds.clock.forward(minutes=10)
    assert await other.run() is not None
    assert await rounds.run() is not None


def test_ticks_are_multiples_of_the_interval() -> None:
    day = Periodic("tests.day", every=timedelta(days=1))
    assert day.last_tick(datetime(2026, 11, 27, 3, 59, tzinfo=UTC)) == datetime(2026, 11, 27, tzinfo=UTC)
    assert ROUND.last_tick(datetime(2026, 11, 27, 3, 59, tzinfo=UTC)) == datetime(2026, 11, 27, 3, 50, tzinfo=UTC)
