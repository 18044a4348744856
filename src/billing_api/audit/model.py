"""The audit log's table."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, bindparam, insert, select
from sqlalchemy.dialects.postgresql import JSONB

from billing_api.db.base import account_key, table
from billing_api.db.statements import Command, Statement


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One change with its actor, time and origin; append-only by a trigger."""

    account_id: UUID
    id: UUID
    occurred_at: datetime
    actor_kind: str
    actor_id: str | None
    action: str
    subject_id: UUID | None
    request_id: str | None
    ip: str | None
    detail: dict[str, Any]


audit_log = table("audit_log", AuditEntry, account_key(), Index(None, "account_id", "subject_id", "id"))
ADD_ENTRY = Command(insert(audit_log))
_a = audit_log.c
HAS_ENTRY = Statement(
    select(
        select(_a.id)
        .where(
            _a.account_id == bindparam("account_id"),
            _a.subject_id == bindparam("subject_id"),
            _a.action == bindparam("action"),
            _a.detail == bindparam("detail", type_=JSONB()),
        )
        .exists()
    ),
    bool,
)
