"""The tables of people: who they are, how they sign in, and which accounts they may enter."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from billing_api.db.base import Base, account_key


class Person(Base):
    """Global: somebody who signs in."""

    __tablename__ = "people"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    password_hash: Mapped[str | None]
    password_is_long: Mapped[bool]  # at least 15 characters: without MFA a shorter one is not enough
    password_changed_at: Mapped[datetime | None]
    password_device_id: Mapped[UUID | None]  # that it was changed from; none by a link or an operator
    disabled_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    version: Mapped[int]  # counts changes of the password, disabling and enabling: an older link or device is not valid


class LoginIdentity(Base):
    """Global: an e-mail address in its normal form; one person may have several, one address has one person."""

    __tablename__ = "login_identities"

    email: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), index=True)
    verified_at: Mapped[datetime | None]


class Membership(Base):
    """A person's role on an account. Found by the person, too: sign-in asks which accounts somebody may enter."""

    __tablename__ = "memberships"
    __table_args__ = (
        account_key(),
        CheckConstraint("role IN ('owner', 'payer', 'viewer')", name="role"),
        Index("ix_memberships_person_id", "person_id", postgresql_where=text("ended_at IS NULL")),
    )

    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), primary_key=True)
    role: Mapped[str]
    created_at: Mapped[datetime]
    last_entered_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    version: Mapped[int]
