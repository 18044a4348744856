"""The outbox's table, and the positions of its relay and its readers."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, insert, text

from billing_api.db.base import account_key, table
from billing_api.db.statements import Command, parameters


@dataclass(frozen=True, slots=True)
class OutboxEvent:
    """One business fact, written in the transaction that made it true; the relay numbers it once that is committed."""

    account_id: UUID
    id: UUID
    kind: str
    subject_id: UUID
    occurred_at: datetime
    data: dict[str, Any]
    number: int | None
    numbered_at: datetime | None


outbox_events = table(
    "outbox_events",
    OutboxEvent,
    account_key(),
    Index(None, "account_id", "subject_id", "id"),
    Index("ix_outbox_events_unnumbered", "id", postgresql_where=text("number IS NULL")),
    # Unique by the relay's lock: an index can't be, across accounts (docs/decisions/0002).
    Index("ix_outbox_events_number", "number", postgresql_where=text("number IS NOT NULL")),
)
_WRITTEN = ("account_id", "id", "kind", "subject_id", "occurred_at", "data")
ADD_EVENT = Command(insert(outbox_events).values(parameters(*_WRITTEN)))


@dataclass(frozen=True, slots=True)
class EventPosition:
    """How far the relay has numbered, or a reader has read."""

    name: str
    number: int  # the last one
    since: datetime  # a reader leaves out the events that occurred before


event_positions = table("event_positions", EventPosition, key=["name"])
