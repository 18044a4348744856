"""The responses about partners' tokens: those of RFC 6749, 5.1 and RFC 8414."""

from typing import Annotated, Any, Literal

from pydantic import Field

from billing_api.auth.scopes import Scope
from billing_api.kit.documented import Named, Sent
from billing_api.kit.read_types import UrlRead
from billing_api.kit.schema import ReadSchema

_FEW: dict[str, Any] = {"maxItems": 20}
AuthMethod = Annotated[
    Literal["client_secret_basic", "client_secret_post"],
    Named(
        "ClientAuthMethod",
        "How a client sends its id and its secret",
        {"client_secret_basic": "By HTTP Basic", "client_secret_post": "In the form"},
    ),
]


class PartnerTokenRead(ReadSchema):
    """A partner's token."""

    access_token: Annotated[str, Sent(maxLength=4096)] = Field(
        description="A JWT for the header `Authorization: Bearer …`", examples=["eyJhbGciOiJFUzI1NiIs…"]
    )
    token_type: Literal["Bearer"] = Field(description="The scheme of the header")
    expires_in: Annotated[int, Sent(minimum=1, maximum=900)] = Field(
        examples=[900], description="Seconds until the token ends; there is no refresh token: ask for another one"
    )
    scope: Annotated[str, Sent(maxLength=1000)] = Field(
        examples=["payments:read payments:write"], description="The token's scopes, with spaces between them"
    )


class RevocationRead(ReadSchema):
    """The token holds no more, whether it did before or not; RFC 7009 leaves the body to the server."""

    revoked: Literal[True] = Field(description="Always true: generators want a member")


class ServerMetadataRead(ReadSchema):
    """The endpoints for partners' tokens, as libraries look for them."""

    issuer: UrlRead = Field(description="`iss` of the tokens", examples=["https://billing.example.com"])
    token_endpoint: UrlRead = Field(
        description="The address that gives tokens", examples=["https://billing.example.com/v1/oauth/token"]
    )
    revocation_endpoint: UrlRead = Field(
        description="The address that revokes tokens", examples=["https://billing.example.com/v1/oauth/revoke"]
    )
    jwks_uri: UrlRead = Field(
        description="The public keys", examples=["https://billing.example.com/.well-known/jwks.json"]
    )
    scopes_supported: list[Scope] = Field(description="The scopes", json_schema_extra=_FEW)
    response_types_supported: list[Annotated[str, Sent(maxLength=100)]] = Field(
        description="None: there is no authorization endpoint", json_schema_extra=_FEW, examples=[[]]
    )
    grant_types_supported: list[Literal["client_credentials"]] = Field(
        description="The grant types", json_schema_extra=_FEW
    )
    token_endpoint_auth_methods_supported: list[AuthMethod] = Field(
        description="The ways to send a client's id and secret for a token",
        json_schema_extra=_FEW,
        examples=[["client_secret_basic", "client_secret_post"]],
    )
    revocation_endpoint_auth_methods_supported: list[AuthMethod] = Field(
        description="The ways to send a client's id and secret for a revocation",
        json_schema_extra=_FEW,
        examples=[["client_secret_basic", "client_secret_post"]],
    )
