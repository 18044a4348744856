"""The audit log: written in the transaction of the change that it describes."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from billing_api.audit.model import ADD_ENTRY, HAS_ENTRY
from billing_api.db.database import Database
from billing_api.kit.clock import Clock
from billing_api.kit.context import acting
from billing_api.kit.ids import new_id


class AuditLog:
    """The record of every change to money, identity, methods and settings, with its actor, time and origin."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    def record(self, account_id: UUID, action: str, subject_id: UUID | None = None, **detail: Any) -> None:
        """Record an action of the present actor; `detail` holds ids and plain values, never a secret."""
        actor = acting()
        self._db.append(
            ADD_ENTRY,
            account_id=account_id,
            id=new_id(),
            occurred_at=self._clock.now(),
            actor_kind=actor.kind,
            actor_id=actor.actor_id,
            action=action,
            subject_id=subject_id,
            request_id=actor.request_id,
            ip=actor.ip,
            detail=detail,
        )

    async def record_once(self, account_id: UUID, action: str, subject_id: UUID, **detail: Any) -> None:
        """Record an action with these details unless the log has the same; the account's lock keeps others out."""
        known = await self._db.fetch_one(
            HAS_ENTRY, account_id=account_id, subject_id=subject_id, action=action, detail=detail
        )
        if not known:
            self.record(account_id, action, subject_id, **detail)

    def record_all(self, account_id: UUID, action: str, details: Mapping[UUID, Mapping[str, Any]]) -> None:
        """Note that the present actor did the same to several subjects; the details by subject."""
        for subject_id, detail in details.items():
            self.record(account_id, action, subject_id, **detail)
