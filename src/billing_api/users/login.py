"""What a sign-in is checked against."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Login:
    """The person behind an e-mail address."""

    person_id: UUID
    password_hash: str | None
    is_disabled: bool
