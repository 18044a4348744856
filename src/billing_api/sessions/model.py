"""The tables of sign-ins and their refresh tokens."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, text

from billing_api.db.base import account_key, table, tenant_key, user_key


@dataclass(frozen=True, slots=True)
class Session:
    """One sign-in of a user into an account: the family of its refresh tokens."""

    account_id: UUID
    id: UUID
    user_id: UUID
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime  # absolute: no rotation extends it
    ended_at: datetime | None
    end_reason: str | None
    ip: str | None
    user_agent: str | None
    device_id: UUID | None  # of the device token that its sign-in gave
    entered_before_at: datetime | None  # the user's sign-in to the account before this one


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """Global: the SHA-256 of a refresh token; a used one that comes again ends its whole family."""

    token_hash: bytes
    account_id: UUID
    session_id: UUID
    issued_at: datetime
    used_at: datetime | None
    successor_salt: bytes | None  # with the token itself it gives the next one


sessions = table(
    "sessions",
    Session,
    account_key(),
    user_key(stored_as="person_id"),
    Index(None, "expires_at"),
    Index("ix_sessions_account_id_person_id", "account_id", "user_id", postgresql_where=text("ended_at IS NULL")),
)
refresh_tokens = table(
    "refresh_tokens",
    RefreshToken,
    tenant_key("session_id", "sessions"),
    Index(None, "account_id", "session_id"),
    key=("token_hash",),
)
