"""The table of one-time password tokens."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import BigInteger, Column, Index

from billing_api.db.base import table, user_key

Origin = Literal["vendor", "mail"]  # the vendor hands the link over, or a mail brings it


@dataclass(frozen=True, slots=True)
class PasswordReset:
    """Global: a token with which one user sets a password, once and for a short time."""

    token_hash: bytes
    user_id: UUID
    user_version: int | None  # the user's version when it was issued; None in rows of old releases, which are not valid
    origin: Origin | None  # None in rows of old releases
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None


password_resets = table(
    "password_resets",
    PasswordReset,
    user_key(stored_as="person_id"),
    Column("person_version", BigInteger(), key="user_version"),
    Index(None, "user_id"),
    Index(None, "expires_at"),
    key=("token_hash",),
)
