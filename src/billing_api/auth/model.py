"""Global tables of the sign-in mechanisms: what was revoked, how often somebody tried, and who was refused."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from billing_api.db.base import Base


class Revocation(Base):
    """Global: access tokens of this subject (a session or a person) issued before now are refused."""

    __tablename__ = "revocations"
    __table_args__ = (Index(None, "revoked_at"),)

    subject_id: Mapped[UUID] = mapped_column(primary_key=True)
    revoked_at: Mapped[datetime]


class RateCounter(Base):
    """Global: how often a key was hit in its present window."""

    __tablename__ = "rate_counters"
    __table_args__ = (Index(None, "expires_at"),)

    key: Mapped[str] = mapped_column(primary_key=True)
    hits: Mapped[int]
    expires_at: Mapped[datetime]


class SecurityEntry(Base):
    """Global: a failed sign-in or a refusal by a throttle; append-only by a trigger.

    `account_id` is known where somebody is signed in; `email_digest` is the SHA-256 of an address in its normal form.
    """

    __tablename__ = "security_log"
    __table_args__ = (Index(None, "email_digest", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    occurred_at: Mapped[datetime]
    action: Mapped[str]
    account_id: Mapped[UUID | None]
    actor_id: Mapped[str | None]
    email_digest: Mapped[str | None]
    request_id: Mapped[str | None]
    ip: Mapped[str | None]
    detail: Mapped[dict[str, Any]]
