"""The reasons to refuse a caller."""

from typing import Annotated, ClassVar

from pydantic import Field

from billing_api.auth.caller import Role
from billing_api.auth.scopes import Scope
from billing_api.errors import AppError, Kind

_CHALLENGE = {"WWW-Authenticate": 'Bearer error="invalid_token"'}  # RFC 6750, 3.1: an expired one is an invalid one


class UnauthenticatedError(AppError):
    """The request carries no access token."""

    code, title, kind = "unauthenticated", "Sign in first", Kind.UNAUTHENTICATED
    cure = (
        "Sign in with `POST /v1/sessions`, and send `Authorization: Bearer` with the `access_token`. A partner's "
        "system gets its token by `POST /v1/oauth/token`."
    )

    def __init__(self) -> None:
        super().__init__("Send an access token: `Authorization: Bearer …`.")


class InvalidTokenError(AppError):
    """The access token is not one of ours, or was revoked; the response does not say which."""

    code, title, kind = "invalid_token", "The access token is not valid", Kind.UNAUTHENTICATED
    cure = (
        "Sign in again with `POST /v1/sessions`. A portal that holds a refresh token may try "
        "`POST /v1/sessions/refresh` first: it works while the session goes on. A partner's system asks for a new "
        "token with `POST /v1/oauth/token`. A user's token is none of a partner's system, and the other way round."
    )

    def __init__(self) -> None:
        super().__init__("The access token is not valid here, or was revoked: sign in again, or get a new one.")
        self.headers = _CHALLENGE


class TokenExpiredError(AppError):
    """The access token has expired."""

    code, title, kind = "token_expired", "The access token has expired", Kind.UNAUTHENTICATED
    cure = (
        "Refresh with `POST /v1/sessions/refresh`, and repeat the request with the new token. A partner's system asks "
        "for a new one with `POST /v1/oauth/token`."
    )

    def __init__(self) -> None:
        super().__init__("The access token has expired: refresh it, or get a new one.")
        self.headers = _CHALLENGE


class RoleNotSufficientError(AppError):
    """The caller's role on the account does not allow this."""

    code, title, kind = "role_not_sufficient", "Your role does not allow this", Kind.FORBIDDEN
    cure = "Hide the action from this user, or ask an owner of the account for another role."
    sample: ClassVar = {"role": "viewer", "needed": ("owner", "payer")}

    role: Annotated[Role, Field(description="The caller's role on the account")]
    needed: Annotated[list[Role], Field(min_length=1, max_length=3, description="The roles that may do this")]

    def __init__(self, role: str, needed: tuple[str, ...]) -> None:
        super().__init__(f"This wants the role {' or '.join(needed)}; yours is {role}.", role=role, needed=list(needed))


class InsufficientScopeError(AppError):
    """The partner's token has not the scope that the operation needs. Source: RFC 6750, 3.1."""

    code, title, kind = "insufficient_scope", "The token's scopes do not allow this", Kind.FORBIDDEN
    cure = (
        "Ask for a token with the scope `needed`, or without naming scopes: then it has all of the client. The vendor "
        "sees the client's scopes with `billing-api clients list`."
    )
    sample: ClassVar = {"needed": "payments:write"}

    needed: Annotated[Scope, Field(description="The scope that the operation needs")]

    def __init__(self, needed: Scope) -> None:
        super().__init__(f"This needs the scope {needed}, which the token has not.", needed=needed)
        self.headers = {"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{needed}"'}
