"""The tables of users: who they are, how they sign in, and which accounts they may enter."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text

from billing_api.auth.caller import Role
from billing_api.db.base import account_key, table, user_key


@dataclass(frozen=True, slots=True)
class User:
    """Global: a user, who can sign in to each account of a membership."""

    id: UUID
    name: str
    password_hash: str | None
    password_is_long: bool  # at least 15 characters: without MFA a shorter one is not enough
    password_changed_at: datetime | None
    password_device_id: UUID | None  # the device of the change; none for a link or an operator
    disabled_at: datetime | None
    created_at: datetime
    version: int  # counts changes of the password, disabling and enabling: an older link or device is not valid


@dataclass(frozen=True, slots=True)
class UserEmail:
    """Global: an e-mail address in its normal form; one user may have several, one address has one user."""

    email: str
    user_id: UUID
    verified_at: datetime | None


@dataclass(frozen=True, slots=True)
class Membership:
    """A user's role on an account. It is found by the user, too: sign-in needs the accounts that they may enter."""

    account_id: UUID
    user_id: UUID
    role: Role
    created_at: datetime
    last_entered_at: datetime | None
    ended_at: datetime | None
    version: int


users = table("users", User, key=("id",))
user_emails = table("user_emails", UserEmail, user_key(), Index(None, "user_id"), key=("email",))
memberships = table(
    "memberships",
    Membership,
    account_key(),
    user_key(stored_as="person_id", primary_key=True),
    CheckConstraint("role IN ('owner', 'payer', 'viewer')", name="role"),
    Index("ix_memberships_person_id", "user_id", postgresql_where=text("ended_at IS NULL")),
    key=("account_id", "user_id"),
)
