"""The caller of a request, as services know them: a user, or a client."""

from dataclasses import dataclass
from typing import Annotated, Literal, get_args
from uuid import UUID

from billing_api.auth.scopes import Scope
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


@dataclass(frozen=True, slots=True)
class Client:
    """A partner's system with a token; it may act on every account, as far as the token's scopes allow."""

    client_id: UUID
    token_id: UUID
    scopes: frozenset[Scope]
