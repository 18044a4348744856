"""Users as other features read them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from billing_api.auth.caller import Role


@dataclass(frozen=True, slots=True)
class Member:
    """A user on an account, as a portal shows who is signed in; of several addresses `email` is always the same one."""

    user_id: UUID
    name: str
    email: str
    role: Role


@dataclass(frozen=True, slots=True)
class UserCredentials:
    """The user behind an e-mail address, as a sign-in needs them."""

    user_id: UUID
    name: str
    email: str  # as in Member
    password_hash: str | None
    is_disabled: bool
    version: int
    password_device_id: UUID | None  # the device that the password was changed from


@dataclass(frozen=True, slots=True)
class LockedUser:
    """A user whose lock this transaction holds until it ends; `Users.lock` and `Users.create` make one.

    A user is locked before their memberships, sessions and one-time links. `version` is that of the lock's moment.
    """

    id: UUID
    password_hash: str | None
    is_disabled: bool
    version: int


@dataclass(frozen=True, slots=True)
class PasswordOwner:
    """A user whose password is to change; `own_words` are their addresses, their name and their companies' names."""

    password_hash: str | None
    version: int
    is_disabled: bool
    own_words: Sequence[str]


@dataclass(frozen=True, slots=True)
class Access:
    """An account that a user has entered, and their role there; `entered_before_at` is None for the first time."""

    account_id: UUID
    role: Role
    entered_before_at: datetime | None


@dataclass(frozen=True, slots=True)
class AccountUser:
    """A user of an account; `last_entered_at` is None before the first sign-in."""

    user_id: UUID
    name: str
    email: str
    role: Role
    disabled_at: datetime | None
    last_entered_at: datetime | None
