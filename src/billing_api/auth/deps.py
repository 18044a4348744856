"""The caller of a route: the aliases that make a handler's signature its policy."""

from abc import abstractmethod
from functools import lru_cache
from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.openapi.models import HTTPBearer as HTTPBearerModel
from fastapi.openapi.models import OAuth2 as OAuth2Model
from fastapi.openapi.models import OAuthFlowClientCredentials, OAuthFlows
from fastapi.security.base import SecurityBase

from billing_api.auth.authenticator import Authenticator, ClientAuthenticator
from billing_api.auth.caller import ROLES, Caller, Client, Role
from billing_api.auth.errors import (
    InsufficientScopeError,
    InvalidTokenError,
    RoleNotSufficientError,
    TokenExpiredError,
    UnauthenticatedError,
)
from billing_api.auth.scopes import SCOPES, Scope
from billing_api.errors import AppError
from billing_api.kit.context import act_as
from billing_api.kit.headers import header_of

_USERS = 4096  # whose ids are remembered as texts
_OF_EVERY_TOKEN: tuple[type[AppError], ...] = (UnauthenticatedError, InvalidTokenError, TokenExpiredError)
TOKEN_PATH = "/v1/oauth/token"  # noqa: S105 - a path


class Guard(SecurityBase):
    """The dependency of every route that needs a caller: it returns them if they may call it.

    It is a security scheme too, so that the OpenAPI document says where the token goes.
    """

    errors: tuple[type[AppError], ...]

    @abstractmethod
    async def __call__(self, request: Request) -> Caller | Client:
        """Return the caller. Raise one of `errors`."""


class SignedIn(Guard):
    """The guard of users: their role must be one of `roles`."""

    def __init__(self, *roles: Role) -> None:
        self.roles = roles
        self.restricted_to = () if set(roles) == set(ROLES) else roles
        self.errors = (*_OF_EVERY_TOKEN, *((RoleNotSufficientError,) if self.restricted_to else ()))
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
        act_as("user", _text_of(caller.user_id), caller.account_id, caller.session_id)
        if caller.role not in self.roles:
            raise RoleNotSufficientError(caller.role, self.roles)
        return caller


class Scoped(Guard):
    """The guard of partners' clients: their token must have the scope."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.errors = (*_OF_EVERY_TOKEN, InsufficientScopeError)
        self.scheme_name = "partner_token"
        flow = OAuthFlowClientCredentials(tokenUrl=TOKEN_PATH, scopes={**SCOPES})
        self.model = OAuth2Model(
            flows=OAuthFlows(clientCredentials=flow),
            description="`access_token` from POST /v1/oauth/token: signed with ES256, checked by RFC8725",
        )

    async def __call__(self, request: Request) -> Client:
        """Raise UnauthenticatedError, InvalidTokenError, TokenExpiredError, InsufficientScopeError."""
        authenticator: ClientAuthenticator = request.app.state.parts[ClientAuthenticator]
        client = await authenticator.authenticate(header_of(request.scope["headers"], b"authorization"))
        act_as("client", str(client.client_id))
        if self.scope not in client.scopes:
            raise InsufficientScopeError(self.scope)
        return client


_text_of = lru_cache(_USERS)(str)  # one of Python's UUIDs takes as long as the rest of `admit`

Viewer = Annotated[Caller, Depends(SignedIn("owner", "payer", "viewer"))]
Payer = Annotated[Caller, Depends(SignedIn("owner", "payer"))]
Owner = Annotated[Caller, Depends(SignedIn("owner"))]

InvoiceReader = Annotated[Client, Security(Scoped("invoices:read"), scopes=["invoices:read"])]
InvoiceWriter = Annotated[Client, Security(Scoped("invoices:write"), scopes=["invoices:write"])]
PaymentReader = Annotated[Client, Security(Scoped("payments:read"), scopes=["payments:read"])]
PaymentWriter = Annotated[Client, Security(Scoped("payments:write"), scopes=["payments:write"])]
RefundReader = Annotated[Client, Security(Scoped("refunds:read"), scopes=["refunds:read"])]
RefundWriter = Annotated[Client, Security(Scoped("refunds:write"), scopes=["refunds:write"])]
