"""Global tables of signing in: revocations, counters of tries, and the log of refusals."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index

from billing_api.db.base import table


@dataclass(frozen=True, slots=True)
class Revocation:
    """Global: access tokens of this subject (a session, a user or a client) that were issued before are refused."""

    subject_id: UUID
    revoked_at: datetime


@dataclass(frozen=True, slots=True)
class RateCounter:
    """Global: the hits of a key in its present window."""

    key: str
    hits: int
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class SecurityEntry:
    """Global: a failed sign-in, a refusal by a throttle, or a change of a client; append-only by a trigger.

    `account_id` is known where the user is signed in; `email_digest` is the SHA-256 of an address in its normal form.
    """

    id: UUID
    occurred_at: datetime
    action: str
    account_id: UUID | None
    actor_id: str | None
    email_digest: str | None
    request_id: str | None
    ip: str | None
    detail: dict[str, Any]


revocations = table("revocations", Revocation, Index(None, "revoked_at"), key=("subject_id",))
rate_counters = table("rate_counters", RateCounter, Index(None, "expires_at"), key=("key",))
security_log = table("security_log", SecurityEntry, Index(None, "email_digest", "id"), key=("id",))
