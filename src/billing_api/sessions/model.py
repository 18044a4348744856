"""The tables of sign-ins and their refresh tokens."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from billing_api.db.base import Base, TenantRow, account_key, tenant_key


class Session(TenantRow):
    """One sign-in of a person into an account: the family of its refresh tokens."""

    __tablename__ = "sessions"
    __table_args__ = (
        account_key(),
        Index("ix_sessions_account_id_person_id", "account_id", "person_id", postgresql_where=text("ended_at IS NULL")),
    )

    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]  # absolute: no rotation extends it
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None]
    ip: Mapped[str | None]
    user_agent: Mapped[str | None]
    device_id: Mapped[UUID | None]  # of the device token that its sign-in gave


class RefreshToken(Base):
    """Global: the SHA-256 of a refresh token; a used one that comes again ends its whole family."""

    __tablename__ = "refresh_tokens"
    __table_args__ = (tenant_key("session_id", "sessions"), Index(None, "account_id", "session_id"))

    token_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    account_id: Mapped[UUID]
    session_id: Mapped[UUID]
    issued_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    successor_salt: Mapped[bytes | None] = mapped_column(LargeBinary)  # with the token itself it gives the next one
