"""The table of one-time password tokens."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from billing_api.db.base import Base


class PasswordReset(Base):
    """Global: a token with which one person sets a password, once and for a short time."""

    __tablename__ = "password_resets"

    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), index=True)
    person_version: Mapped[int | None]  # that it was issued for; none before this was recorded: not valid
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
