"""The relay: numbers events once they are committed, so that readers can go through them by number.

An event's id is made before its transaction ends, so one with a lower id may be committed after one with a higher id.
A reader that goes by ids, or by times, would miss it. Its number is made afterwards.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from billing_api.db.database import Database, in_transaction
from billing_api.events.model import EventPosition
from billing_api.events.repository import RELAY, EventRepository
from billing_api.kit.clock import Clock

_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Backlog:
    """The events that the relay has not numbered, at most 100,000, and those that each consumer has not read."""

    unnumbered: int
    oldest_at: datetime | None
    behind: Mapping[str, int]


class Relay:
    """Gives numbers 1, 2, 3 … to events; of those that run anywhere, one at a time does."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self.db = db
        self._clock = clock
        self._events = EventRepository(db)
        self._has_begun = False

    async def number_all(self) -> int:
        """Number the events that are committed by now, and return how many. Raise DatabaseUnavailableError.

        While another relay is at work none is numbered.
        """
        if not await self._events.has_unnumbered():
            return 0
        if not self._has_begun:
            await self._begin()
            self._has_begun = True
        total = numbered = await self._number_some()
        while numbered == _AT_ONCE:
            numbered = await self._number_some()
            total += numbered
        return total

    async def backlog(self) -> Backlog:
        """Return how many events are not passed on yet. Raise DatabaseUnavailableError."""
        unnumbered = await self._events.count_unnumbered()
        positions = await self._events.list_positions()
        relay = positions.pop(RELAY, None)
        last = relay.number if relay is not None else 0
        behind = {name: max(last - position.number, 0) for name, position in positions.items()}
        return Backlog(unnumbered.count, unnumbered.oldest_at, behind)

    @in_transaction
    async def _begin(self) -> None:
        await self._events.add_position(EventPosition(RELAY, 0, self._clock.now()))

    @in_transaction
    async def _number_some(self) -> int:
        # The row's lock lasts to the end of the commit: the next relay begins with the number after the last one.
        position = await self._events.lock_position(RELAY)
        if position is None:
            return 0
        numbered = await self._events.number(position.number, self._clock.now(), limit=_AT_ONCE)
        await self._events.move(RELAY, position.number + numbered)
        return numbered
