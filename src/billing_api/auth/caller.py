"""The caller, as services know them."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

Role = Literal["owner", "payer", "viewer"]


@dataclass(frozen=True, slots=True)
class Caller:
    """A user who is signed in to one account."""

    account_id: UUID
    user_id: UUID
    session_id: UUID
    role: Role
