"""Sessions, as clients see them."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from billing_api.auth.caller import Role
from billing_api.auth.passwords import GivenPassword, NewPassword
from billing_api.kit.email import EmailAddress
from billing_api.kit.pagination import PageQuery
from billing_api.kit.schema import InputSchema, ReadSchema, Secret

TokenPlace = Literal["cookie", "body"]
GivenToken = Annotated[Secret, Field(min_length=1, max_length=200)]
GivenDeviceToken = Annotated[Secret, Field(min_length=1, max_length=2048)]


class SessionCreate(InputSchema):
    """A sign-in."""

    model_config = ConfigDict(str_strip_whitespace=False)  # a password may begin with a space

    email: EmailAddress
    password: GivenPassword
    refresh_token_in: TokenPlace = Field(
        "cookie", description="`body` for a portal that is on another site than the API: a cookie would not reach us"
    )
    device_token: GivenDeviceToken | None = Field(
        None,
        examples=[None],
        description="`device_token` of the last sign-in on this device, where it is not in the cookie",
    )


class SessionRefresh(InputSchema):
    """The refresh token, unless it is in the cookie."""

    refresh_token: GivenToken | None = Field(None, examples=["rt_kJ3…"])


class PasswordChange(InputSchema):
    """A new password, and the present one as proof of the user."""

    model_config = ConfigDict(str_strip_whitespace=False)

    current_password: GivenPassword
    new_password: NewPassword


class SessionTokensRead(ReadSchema):
    """The tokens of a sign-in or a refresh."""

    access_token: str = Field(examples=["eyJhbGciOiJFUzI1NiIs…"])
    token_type: Literal["Bearer"]
    expires_in: int = Field(examples=[900], description="Seconds until the access token ends")
    refresh_token: str | None = Field(examples=[None], description="Null when it is in the cookie")
    device_token: str | None = Field(
        examples=[None],
        description="Of a sign-in with `refresh_token_in: body`, to be kept on the device and sent with its next "
        "sign-in; null when it is in a cookie, and with a refresh",
    )
    session_id: UUID
    session_expires_at: datetime = Field(
        description="No token reaches beyond this moment; a session that is not refreshed ends before it"
    )
    account_id: UUID
    role: Role


class SessionRead(ReadSchema):
    """One sign-in that has not ended."""

    id: UUID
    current: bool = Field(examples=[True], description="Whether this very request belongs to it")
    created_at: datetime
    last_seen_at: datetime = Field(description="Of its last refresh")
    expires_at: datetime
    ip: str | None = Field(examples=["203.0.113.7"])
    user_agent: str | None = Field(examples=["Mozilla/5.0"])


class SessionQuery(PageQuery):
    """The parameters of the list of sessions."""


class KeyRead(ReadSchema):
    """A public key as a JWK."""

    kty: Literal["EC"]
    crv: Literal["P-256"]
    alg: Literal["ES256"]
    use: Literal["sig"]
    kid: str = Field(examples=["01a203f3-fdd5-7345-b090-e90b00a22741"])
    x: str = Field(examples=["DUNrPuH-9a0DbOmp-kG5p4l6x0sl8PZcM-h_I7QJEUI"])
    y: str = Field(examples=["B0MPFBEnrkdJgnx_GjqAGy_KR_s2qblbeDHC1HlBr_M"])


class KeySetRead(ReadSchema):
    """The keys that access tokens are verified by."""

    keys: list[KeyRead]
