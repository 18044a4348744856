"""Work that comes round by the clock: each tick is one job, over all workers."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.dialects.postgresql import insert

from billing_api.db.database import Database, in_transaction
from billing_api.db.statements import Command, Statement, columns_of, parameters
from billing_api.jobs.model import PeriodicTick, periodic_ticks
from billing_api.jobs.repository import PERIODIC, Queue
from billing_api.jobs.running import MOST_CRASHES
from billing_api.jobs.service import new_job
from billing_api.jobs.tasks import JobRun, Priority, Task
from billing_api.kit.clock import Clock

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_t = periodic_ticks.c
_THIS = _t.name == bindparam("name")
# A shorter interval counts from now on.
_ADD = Command(
    (_new := insert(periodic_ticks)).on_conflict_do_update(
        index_elements=["name"], set_={"next_at": func.least(_t.next_at, bindparam("latest"))}
    )
)
_LIST_DUE = Statement(
    select(*columns_of(periodic_ticks, PeriodicTick)).where(_t.next_at <= bindparam("now")), PeriodicTick
)
_LOCK_DUE = Statement(
    select(*columns_of(periodic_ticks, PeriodicTick))
    .where(_THIS, _t.next_at <= bindparam("now"))
    .with_for_update(skip_locked=True),
    PeriodicTick,
)
_UPDATE = Command(update(periodic_ticks).where(_THIS).values(parameters("next_at")))


@dataclass(frozen=True, slots=True)
class Tick:
    """The ticks that a run of periodic work stands for: after downtime several are run as one."""

    first: datetime
    last: datetime


PeriodicHandler = Callable[[Tick], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Periodic:
    """Work that is due `every` so often, such as a pruning.

    Its ticks are the multiples of the interval since 1970 in UTC. A tick that comes while the last one waits or runs
    is left out; a run that failed is tried again, and the tick after it begins anew. A new one is due at once.
    """

    name: str  # of its feature and its verb: `sessions.prune`
    every: timedelta
    seconds: float = 300
    attempts: int = 3

    @property
    def task(self) -> Task[Tick]:
        """The kind of its jobs."""
        return Task(
            self.name,
            Tick,
            attempts=self.attempts,
            seconds=self.seconds,
            priority=Priority.PERIODIC,
            routine=True,
        )

    def last_tick(self, now: datetime) -> datetime:
        """Return the last tick up to this moment."""
        return _EPOCH + (now - _EPOCH) // self.every * self.every


def handled_by(work: PeriodicHandler) -> Callable[[Tick, JobRun], Awaitable[None]]:
    """Return periodic work as the handler of its jobs."""

    async def handle(tick: Tick, _: JobRun) -> None:
        await work(tick)

    return handle


class Timetable:
    """Enqueues the periodic work that is due; each worker has one, and any of them may do it."""

    def __init__(self, db: Database, clock: Clock, queue: Queue, works: Sequence[Periodic]) -> None:
        self.db = db
        self._clock = clock
        self._queue = queue
        self._works = {work.name: work for work in works}
        self._is_written = False

    async def enqueue_due(self) -> None:
        """Enqueue all that is due. Raise DatabaseUnavailableError."""
        if not self._is_written:
            await self._write()
            self._is_written = True
        for tick in await self.db.fetch(_LIST_DUE, now=self._clock.now()):
            if tick.name in self._works:  # not a work of another version
                await self._enqueue(self._works[tick.name])

    @in_transaction
    async def _write(self) -> None:
        now = self._clock.now()
        for name in sorted(self._works):
            await self.db.execute(_ADD, name=name, next_at=now, latest=now + self._works[name].every)

    @in_transaction
    async def _enqueue(self, work: Periodic) -> None:
        now = self._clock.now()
        due = await self.db.fetch_one(_LOCK_DUE, name=work.name, now=now)
        if due is None:  # another worker has it
            return
        last = max(work.last_tick(now), due.next_at)
        job = new_job(work.task, Tick(first=due.next_at, last=last), now, key=PERIODIC)
        await self._queue.begin_again(job, crashes_allowed=MOST_CRASHES)
        await self.db.execute(_UPDATE, name=work.name, next_at=work.last_tick(now) + work.every)
