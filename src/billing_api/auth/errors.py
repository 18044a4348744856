"""The reasons to refuse a caller."""

from typing import Annotated, ClassVar

from pydantic import Field

from billing_api.auth.caller import Role
from billing_api.errors import AppError, Kind

_CHALLENGE = {"WWW-Authenticate": 'Bearer error="invalid_token"'}  # RFC 6750, 3.1: an expired one is an invalid one


class UnauthenticatedError(AppError):
    """The request carries no access token."""

    code, title, kind = "unauthenticated", "Sign in first", Kind.UNAUTHENTICATED
    cure = "Sign in with `POST /v1/sessions`, and send `Authorization: Bearer` with the `access_token`."

    def __init__(self) -> None:
        super().__init__("Send an access token: `Authorization: Bearer …`.")


class InvalidTokenError(AppError):
    """The access token is not one of ours, or was revoked; the response does not say which."""

    code, title, kind = "invalid_token", "The access token is not valid", Kind.UNAUTHENTICATED
    cure = (
        "Sign in again with `POST /v1/sessions`. A portal that holds a refresh token may try "
        "`POST /v1/sessions/refresh` first: it works while the session goes on."
    )

    def __init__(self) -> None:
        super().__init__("The access token is not valid, or its session has ended: sign in again.")
        self.headers = _CHALLENGE


class TokenExpiredError(AppError):
    """The access token has expired."""

    code, title, kind = "token_expired", "The access token has expired", Kind.UNAUTHENTICATED
    cure = "Refresh with `POST /v1/sessions/refresh`, and repeat the request with the new token."

    def __init__(self) -> None:
        super().__init__("The access token has expired: refresh it with POST /v1/sessions/refresh.")
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
