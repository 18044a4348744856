"""The outbox's table."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, insert

from billing_api.db.base import account_key, table
from billing_api.db.statements import Command


@dataclass(frozen=True, slots=True)
class OutboxEvent:
    """One business fact, written in the transaction that made it true."""

    account_id: UUID
    id: UUID
    kind: str
    subject_id: UUID
    occurred_at: datetime
    data: dict[str, Any]


outbox_events = table("outbox_events", OutboxEvent, account_key(), Index(None, "account_id", "subject_id", "id"))
ADD_EVENT = Command(insert(outbox_events))
