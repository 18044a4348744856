"""The audit log: written in the transaction of the change that it tells of."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from billing_api.audit.model import ADD_ENTRIES, AuditEntry
from billing_api.db.database import Database
from billing_api.kit.clock import Clock
from billing_api.kit.context import acting
from billing_api.kit.ids import new_id


class AuditLog:
    """Who did what, when, from where, for every change to money, identity, methods and settings."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def record_in(self, account_id: UUID, action: str, subject_id: UUID | None = None, **detail: Any) -> None:
        """Note what the present actor did; `detail` holds ids and plain values, never a secret."""
        who = acting()
        self._db.session.add(
            AuditEntry(
                account_id=account_id,
                id=new_id(),
                occurred_at=self._clock.now(),
                actor_kind=who.kind,
                actor_id=who.actor_id,
                action=action,
                subject_id=subject_id,
                request_id=who.request_id,
                ip=who.ip,
                detail=detail,
            )
        )

    async def record_all_in(self, account_id: UUID, action: str, details: Mapping[UUID, Mapping[str, Any]]) -> None:
        """Note that the present actor did the same to several subjects, in one statement; the details by subject."""
        who, now = acting(), self._clock.now()
        if details:
            await self._db.session.execute(
                ADD_ENTRIES,
                [
                    {
                        "account_id": account_id,
                        "id": new_id(),
                        "occurred_at": now,
                        "actor_kind": who.kind,
                        "actor_id": who.actor_id,
                        "action": action,
                        "subject_id": subject_id,
                        "request_id": who.request_id,
                        "ip": who.ip,
                        "detail": detail,
                    }
                    for subject_id, detail in details.items()
                ],
            )
