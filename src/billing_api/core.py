"""The parts that nearly every service needs, as one value."""

from dataclasses import dataclass

from billing_api.accounts.service import Accounts
from billing_api.audit.service import AuditLog
from billing_api.db.database import Database
from billing_api.db.idempotency import IdempotencyKeys
from billing_api.events.service import Outbox
from billing_api.kit.clock import Clock


@dataclass(frozen=True, slots=True)
class Core:
    """The database, the clock, the audit log, the events, the accounts and the idempotency keys."""

    db: Database
    clock: Clock
    audit: AuditLog
    events: Outbox
    accounts: Accounts
    keys: IdempotencyKeys
