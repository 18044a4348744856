"""The outbox's table."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, insert
from sqlalchemy.orm import Mapped

from billing_api.db.base import TenantRow, account_key, table_of


class OutboxEvent(TenantRow):
    """One business fact, written in the transaction that made it true."""

    __tablename__ = "outbox_events"
    __table_args__ = (account_key(), Index(None, "account_id", "subject_id", "id"))

    kind: Mapped[str]
    subject_id: Mapped[UUID]
    occurred_at: Mapped[datetime]
    data: Mapped[dict[str, Any]]


ADD_EVENTS = insert(table_of(OutboxEvent))
