"""The caller, as services know them."""

from dataclasses import dataclass
from typing import Annotated, Literal, get_args
from uuid import UUID

from billing_api.kit.documented import Named

_Role = Literal["owner", "payer", "viewer"]
Role = Annotated[
    _Role,
    Named(
        "Role",
        "What a user may do on the account",
        {
            "owner": "Does what a payer does, and changes the profile",
            "payer": "Reads, pays, and changes payment methods and addresses",
            "viewer": "Reads",
        },
    ),
]
ROLES: tuple[Role, ...] = get_args(_Role)


@dataclass(frozen=True, slots=True)
class Caller:
    """A user who is signed in to one account."""

    account_id: UUID
    user_id: UUID
    session_id: UUID
    role: Role
