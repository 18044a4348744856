"""The caller of a route: the aliases that make a handler's signature its policy."""

from typing import Annotated

from fastapi import Depends, Request
from fastapi.openapi.models import HTTPBearer as HTTPBearerModel
from fastapi.security.base import SecurityBase

from billing_api.auth.authenticator import Authenticator
from billing_api.auth.caller import ROLES, Caller, Role
from billing_api.auth.errors import InvalidTokenError, RoleNotSufficientError, TokenExpiredError, UnauthenticatedError
from billing_api.errors import AppError
from billing_api.kit.context import act_as
from billing_api.kit.headers import header_of

__all__ = ["Caller", "Owner", "Payer", "Role", "SignedIn", "Viewer"]


class SignedIn(SecurityBase):
    """The dependency of every route that needs a caller: it returns them if their role is one of `roles`.

    It is a security scheme too, so that the OpenAPI document says where the token goes.
    """

    def __init__(self, *roles: Role) -> None:
        self.roles = roles
        self.restricted_to = () if set(roles) == set(ROLES) else roles
        self.errors: tuple[type[AppError], ...] = (
            UnauthenticatedError,
            InvalidTokenError,
            TokenExpiredError,
            *((RoleNotSufficientError,) if self.restricted_to else ()),
        )
        self.scheme_name = "access_token"
        self.model = HTTPBearerModel(
            bearerFormat="JWT",
            description="`access_token` from the response of POST /v1/sessions: signed with ES256, checked by RFC8725",
        )

    async def __call__(self, request: Request) -> Caller:
        """Raise UnauthenticatedError, InvalidTokenError, TokenExpiredError, RoleNotSufficientError."""
        authenticator: Authenticator = request.app.state.parts[Authenticator]
        caller = await authenticator.authenticate(header_of(request.scope["headers"], b"authorization"))
        return self.admit(caller)

    def admit(self, caller: Caller) -> Caller:
        """Act as a caller who is known already, and return them. Raise RoleNotSufficientError."""
        act_as("person", str(caller.user_id), caller.account_id, caller.session_id)
        if caller.role not in self.roles:
            raise RoleNotSufficientError(caller.role, self.roles)
        return caller


Viewer = Annotated[Caller, Depends(SignedIn("owner", "payer", "viewer"))]
Payer = Annotated[Caller, Depends(SignedIn("owner", "payer"))]
Owner = Annotated[Caller, Depends(SignedIn("owner"))]
