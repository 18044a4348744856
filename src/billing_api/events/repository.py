"""The SQL of the relay and of the readers of events."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, bindparam, func, select, update
from sqlalchemy.dialects.postgresql import insert

from billing_api.db.database import Database
from billing_api.db.statements import Command, Statement, columns_of, parameters, values_of
from billing_api.events.model import EventPosition, event_positions, outbox_events
from billing_api.events.values import NumberedEvent

RELAY = "relay"
_MOST_COUNTED = 100_000

_e, _p = outbox_events.c, event_positions.c
_POSITION = columns_of(event_positions, EventPosition)
_EVENT = columns_of(outbox_events, NumberedEvent)
_UNNUMBERED = _e.number.is_(None)
_THIS = _p.name == bindparam("name")

_ADD_POSITION = Command(insert(event_positions).on_conflict_do_nothing(index_elements=["name"]))
_LIST_POSITIONS = Statement(select(*_POSITION), EventPosition)
_LOCK_POSITION = Statement(select(*_POSITION).where(_THIS).with_for_update(skip_locked=True), EventPosition)
_MOVE = Command(update(event_positions).where(_THIS).values(parameters("number")))

_FIND_UNNUMBERED = Statement(select(_e.id).where(_UNNUMBERED).limit(1), UUID)
_first = select(_e.account_id, _e.id).where(_UNNUMBERED).order_by(_e.id).limit(bindparam("limit")).subquery("first")
_numbered = select(
    *_first.c, (bindparam("last", type_=BigInteger()) + func.row_number().over(order_by=_first.c.id)).label("number")
).cte("numbered")
_NUMBER = Command(
    update(outbox_events)
    .where(_e.account_id == _numbered.c.account_id, _e.id == _numbered.c.id)
    .values(number=_numbered.c.number, **parameters("numbered_at"))
)
_LIST_AFTER = Statement(
    select(*_EVENT).where(_e.number > bindparam("after")).order_by(_e.number).limit(bindparam("limit")), NumberedEvent
)
_FIND = Statement(
    select(*_EVENT).where(_e.account_id == bindparam("account_id"), _e.id == bindparam("id")), NumberedEvent
)
_some = select(_e.id, _e.occurred_at).where(_UNNUMBERED).order_by(_e.id).limit(_MOST_COUNTED).subquery("some")


@dataclass(frozen=True, slots=True)
class Unnumbered:
    """The events that the relay has not numbered yet; at most 100,000 are counted."""

    count: int
    oldest_at: datetime | None


_oldest = func.min(_some.c.occurred_at).label("oldest_at")
_COUNT_UNNUMBERED = Statement(select(func.count().label("count")).add_columns(_oldest).select_from(_some), Unnumbered)


class EventRepository:
    """Numbered events, and the positions of those who number and read them."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def list_positions(self) -> dict[str, EventPosition]:
        """Return all positions by name."""
        return {position.name: position for position in await self._db.fetch(_LIST_POSITIONS)}

    async def add_position(self, position: EventPosition) -> None:
        """Insert a position, unless there is one of this name."""
        await self._db.execute(_ADD_POSITION, **values_of(position))

    async def lock_position(self, name: str) -> EventPosition | None:
        """Return a position under its lock; None while another worker has it, or when there is none."""
        return await self._db.fetch_one(_LOCK_POSITION, name=name)

    async def move(self, name: str, number: int) -> None:
        """Write how far the relay or a reader has come."""
        await self._db.execute(_MOVE, name=name, number=number)

    async def has_unnumbered(self) -> bool:
        """Return whether an event is committed and not numbered."""
        return await self._db.fetch_one(_FIND_UNNUMBERED) is not None

    async def number(self, last: int, now: datetime, *, limit: int) -> int:
        """Number committed events from the number after `last` on, under the relay's lock; return how many."""
        return await self._db.execute(_NUMBER, last=last, numbered_at=now, limit=limit)

    async def list_after(self, number: int, *, limit: int) -> list[NumberedEvent]:
        """Return the next events after this number."""
        return await self._db.fetch(_LIST_AFTER, after=number, limit=limit)

    async def find(self, account_id: UUID, event_id: UUID) -> NumberedEvent | None:
        """Return one event that is numbered, or None."""
        return await self._db.fetch_one(_FIND, account_id=account_id, id=event_id)

    async def count_unnumbered(self) -> Unnumbered:
        """Return how many events wait for the relay, and since when."""
        return await self._db.fetch_one(_COUNT_UNNUMBERED) or Unnumbered(0, None)
