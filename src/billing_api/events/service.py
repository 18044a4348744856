"""The outbox: every business fact is one row, written in the transaction that made it true."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from billing_api.db.database import Database
from billing_api.events.model import ADD_EVENT
from billing_api.kit.clock import Clock
from billing_api.kit.ids import new_id
from billing_api.kit.metrics import EVENTS


class Outbox:
    """Facts for webhooks, e-mails and other readers of the events, which all derive from these rows."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    def record(self, account_id: UUID, kind: str, subject_id: UUID, /, **data: Any) -> None:
        """Note a fact such as `invoice.posted`; `data` is for its readers, in the API's own words."""
        self._db.after_commit(EVENTS.labels(kind).inc)
        self._db.append(
            ADD_EVENT,
            account_id=account_id,
            id=new_id(),
            kind=kind,
            subject_id=subject_id,
            occurred_at=self._clock.now(),
            data=data,
        )

    def record_all(self, account_id: UUID, kind: str, facts: Mapping[UUID, Mapping[str, Any]]) -> None:
        """Note facts of one kind in this order; their data by subject."""
        for subject_id, data in facts.items():
            self.record(account_id, kind, subject_id, **data)
