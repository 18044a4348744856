"""Readers of numbered events: each event has its effect once, in the transaction that moves the reader's position."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from uuid import UUID

import structlog

from billing_api.db.database import Database, in_transaction
from billing_api.db.errors import DRIVER_ERRORS
from billing_api.db.turns import WaitForTurnError
from billing_api.errors import UnavailableError
from billing_api.events.model import EventPosition
from billing_api.events.repository import RELAY, EventRepository
from billing_api.events.values import NumberedEvent
from billing_api.jobs.errors import GiveUpError
from billing_api.jobs.service import Jobs
from billing_api.jobs.tasks import JobRun, Task
from billing_api.kit.clock import Clock

log = structlog.get_logger(__name__)

_AT_ONCE = 100
_OF_THE_DATABASE = (UnavailableError, WaitForTurnError, *DRIVER_ERRORS)

ConsumeEvent = Callable[[NumberedEvent], Awaitable[None]]
"""Handles an event within the open transaction: it enqueues a job, for one."""


@dataclass(frozen=True, slots=True)
class Consumer:
    """A reader of the events of some kinds.

    It begins with the events that occur after its first start, or with the first event of all.
    """

    name: str  # of its feature and what it does: `notifications.notify`
    kinds: frozenset[str]
    from_the_beginning: bool = False


@dataclass(frozen=True, slots=True)
class EventAgain:
    """An event whose handling has failed, and the consumer that tries it again."""

    consumer: str
    account_id: UUID
    event_id: UUID


CONSUME_AGAIN = Task("events.consume_again", EventAgain)


class Consumers:
    """All readers of events; of the workers that have them, one at a time moves each."""

    def __init__(self, db: Database, clock: Clock, jobs: Jobs, handlers: Mapping[Consumer, ConsumeEvent]) -> None:
        self.db = db
        self._clock = clock
        self._jobs = jobs
        self._events = EventRepository(db)
        self._handlers = {consumer.name: (consumer, handle) for consumer, handle in handlers.items()}

    async def consume_all(self) -> None:
        """Let every reader read the events that are numbered by now. Raise DatabaseUnavailableError."""
        positions = await self._events.list_positions()
        for name, (consumer, _) in self._handlers.items():
            if name not in positions:
                await self._begin(consumer)
                positions = await self._events.list_positions()
        last = positions[RELAY].number if RELAY in positions else 0
        for name in self._handlers:
            if positions[name].number < last:
                while await self._consume_some(name) == _AT_ONCE:
                    pass

    async def consume_again(self, failed: EventAgain, run: JobRun) -> None:
        """Handle one event whose handling had failed: a job. Raise GiveUpError."""
        if failed.consumer not in self._handlers:
            raise GiveUpError(f"there is no consumer {failed.consumer}")
        await self._consume_again(failed, run)

    @in_transaction
    async def _consume_again(self, failed: EventAgain, run: JobRun) -> None:
        event = await self._events.find(failed.account_id, failed.event_id)
        if event is not None:
            await self._handlers[failed.consumer][1](event)
        await run.finish()

    @in_transaction
    async def _begin(self, consumer: Consumer) -> None:
        now = self._clock.now()
        relay = (await self._events.list_positions()).get(RELAY)
        number = relay.number if relay is not None and not consumer.from_the_beginning else 0
        await self._events.add_position(EventPosition(consumer.name, number, now))

    @in_transaction
    async def _consume_some(self, name: str) -> int:
        """Handle the next events, and return how many were passed; 0 while another worker does it."""
        position = await self._events.lock_position(name)
        if position is None:
            return 0
        consumer, _ = self._handlers[name]
        events = await self._events.list_after(position.number, limit=_AT_ONCE)
        for event in events:
            is_late_enough = consumer.from_the_beginning or event.occurred_at >= position.since
            if event.kind in consumer.kinds and is_late_enough:
                await self._consume(name, event)
        if events:
            await self._events.move(name, events[-1].number)
        return len(events)

    async def _consume(self, name: str, event: NumberedEvent) -> None:
        """Handle one event; when that fails it becomes a job, so that it keeps no other event waiting."""
        _, handle = self._handlers[name]
        try:
            await self.db.savepoint(lambda: handle(event))
        except _OF_THE_DATABASE:  # the whole transaction is run again
            raise
        except Exception as error:  # noqa: BLE001 - of any kind
            log.warning("event_put_aside", consumer=name, number=event.number, error=type(error).__name__)
            again = EventAgain(name, event.account_id, event.id)
            await self._jobs.enqueue(CONSUME_AGAIN, again, account_id=event.account_id)
