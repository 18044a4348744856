"""Tokens of partners' clients over HTTP, by RFC 6749, RFC 7009 and RFC 8414."""

from typing import Annotated

from fastapi import Depends

from billing_api.auth.allowances import TooManyRequestsError
from billing_api.auth.deps import TOKEN_PATH
from billing_api.auth.scopes import SCOPES
from billing_api.clients.deps import ClientForm, documented_form
from billing_api.clients.errors import InvalidScopeError, UnauthorizedClientError, UnsupportedGrantTypeError
from billing_api.clients.issuing import TokenIssuer
from billing_api.clients.schemas import PartnerTokenRead, RevocationRead, ServerMetadataRead
from billing_api.http.provide import SettingsDep, provided
from billing_api.http.routes import NO_STORE, Routes

router = Routes("/oauth", tags=["partner tokens"])
well_known = Routes(tags=["partner tokens"])  # below /.well-known
TokenIssuerDep = Annotated[TokenIssuer, Depends(provided(TokenIssuer))]

_TOKEN_FORM = documented_form(
    {"grant_type": "`client_credentials`"},
    {"scope": "The scopes of the token, with spaces between them; absent: all of the client"},
    {"grant_type": "client_credentials", "scope": "payments:read payments:write"},
)
_REVOCATION_FORM = documented_form(
    {"token": "The token that is to be revoked"},
    {"token_type_hint": "Ignored: there is one sort of tokens"},
    {"token": "eyJhbGciOiJFUzI1NiIs…"},
)


@router.post(
    "/token",
    operation_id="oauth_create_token",
    errors=[UnsupportedGrantTypeError, InvalidScopeError, TooManyRequestsError],
    cache_control=NO_STORE,
    openapi_extra=_TOKEN_FORM,
)
async def create_token(form: ClientForm, tokens: TokenIssuerDep) -> PartnerTokenRead:
    """Give a partner's client a token of at most fifteen minutes; a client keeps it until it ends, and asks again.

    Source: RFC 6749, 4.4. Parameters that are not known are ignored, and errors have the form of its section 5.2.
    """
    if form.require("grant_type") != "client_credentials":
        raise UnsupportedGrantTypeError
    issued = await tokens.issue(form.credentials, form.get("scope"))
    return PartnerTokenRead(
        access_token=issued.access_token,
        token_type="Bearer",  # noqa: S106 - RFC 6750's word
        expires_in=int(issued.lifetime.total_seconds()),
        scope=issued.scope,
    )


@router.post(
    "/revoke",
    operation_id="oauth_revoke_token",
    errors=[UnauthorizedClientError, TooManyRequestsError],
    cache_control=NO_STORE,
    openapi_extra=_REVOCATION_FORM,
)
async def revoke_token(form: ClientForm, tokens: TokenIssuerDep) -> RevocationRead:
    """Revoke a token of the client within a second; it succeeds for one that holds no more. Source: RFC 7009."""
    await tokens.revoke(form.credentials, form.require("token"))
    return RevocationRead(revoked=True)


@well_known.get("/oauth-authorization-server", operation_id="oauth_get_metadata", cache_control="public, max-age=3600")
async def get_metadata(settings: SettingsDep) -> ServerMetadataRead:
    """Read where partners' libraries get their tokens (RFC 8414)."""
    base = settings.base_url
    return ServerMetadataRead(
        issuer=settings.issuer,
        token_endpoint=f"{base}{TOKEN_PATH}",
        revocation_endpoint=f"{base}/v1/oauth/revoke",
        jwks_uri=f"{base}/.well-known/jwks.json",
        scopes_supported=list(SCOPES),
        response_types_supported=[],
        grant_types_supported=["client_credentials"],
        token_endpoint_auth_methods_supported=["client_secret_basic", "client_secret_post"],
        revocation_endpoint_auth_methods_supported=["client_secret_basic", "client_secret_post"],
    )
