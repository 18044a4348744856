"""People as other features read them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from billing_api.auth.caller import Role


@dataclass(frozen=True, slots=True)
class Login:
    """The person behind an e-mail address."""

    person_id: UUID
    password_hash: str | None
    is_disabled: bool
    version: int
    password_device_id: UUID | None  # the device that the password was changed from


@dataclass(frozen=True, slots=True)
class Identity:
    """What is known of a person who has an address; `own_words` are addresses, own name and companies' names."""

    password_hash: str | None
    version: int
    is_disabled: bool
    own_words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A person on an account; `last_entered_at` is None before the first sign-in."""

    person_id: UUID
    name: str
    email: str
    role: Role
    disabled_at: datetime | None
    last_entered_at: datetime | None
