"""Global tables of the sign-in mechanisms: what was revoked, and how often somebody tried."""

from datetime import datetime
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
