"""The audit log's table."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, insert
from sqlalchemy.orm import Mapped

from billing_api.db.base import TenantRow, account_key, table_of


class AuditEntry(TenantRow):
    """Who did what, when, from where; append-only by a trigger."""

    __tablename__ = "audit_log"
    __table_args__ = (account_key(), Index(None, "account_id", "subject_id", "id"))

    occurred_at: Mapped[datetime]
    actor_kind: Mapped[str]
    actor_id: Mapped[str | None]
    action: Mapped[str]
    subject_id: Mapped[UUID | None]
    request_id: Mapped[str | None]
    ip: Mapped[str | None]
    detail: Mapped[dict[str, Any]]


ADD_ENTRIES = insert(table_of(AuditEntry))
