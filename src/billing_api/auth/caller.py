"""Who calls, as services know it."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

Role = Literal["owner", "payer", "viewer"]


@dataclass(frozen=True, slots=True)
class Caller:
    """A signed-in person on one account."""

    account_id: UUID
    person_id: UUID
    session_id: UUID
    role: Role
